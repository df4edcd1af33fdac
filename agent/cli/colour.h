// Colours by meaning, so that the same severity looks the same in every command.
#pragma once

#include <string>
#include <string_view>

#include "agent/cli/screen.h"

namespace agent {

enum class Colour { None, Good, Warning, Critical, Faint, Strong };

/// `text` wrapped in the sequence for `colour`; `text` itself when the screen wants no colour.
/// `text` must be safe already (safe_text): this adds escapes and removes none.
std::string paint(Colour colour, std::string_view text, const Screen& screen);

}  // namespace agent
