// Makes text that came from a server fit to stand in a message: one line, no control characters,
// of bounded length.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vsphere {

/// Runs of white space become one blank; control characters, characters that reorder or hide text
/// and broken UTF-8 become '?'. Longer than `max_bytes` is cut at a character and ends in "...".
std::string printable(std::string_view text, std::size_t max_bytes = 300);

}  // namespace vsphere
