// Reads UTF-8 strictly: what is not well formed is told apart, never guessed at.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace agent {

/// The code point at `position`, which moves behind it. Nothing when the bytes there are not well
/// formed (overlong, surrogate, above U+10FFFF, cut short): `position` then moves by one byte.
std::optional<char32_t> next_code_point(std::string_view text, std::size_t& position);

/// Code points of `text`, each ill-formed byte counting as one.
std::size_t count_code_points(std::string_view text);

}  // namespace agent
