// Sentences below a row of a table: as wide as the terminal, and no wider.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "agent/cli/screen.h"

namespace agent {

/// `text`, made safe, `indent` columns in, broken at spaces where the screen has a width; every
/// line ends in '\n'. A word that is longer than a line is not broken.
std::string indented(std::string_view text, std::size_t indent, const Screen& screen);

}  // namespace agent
