// Names from vSphere can move a cursor, forge a log line or hide a letter; this makes them visible.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace agent {

/// What the reader's terminal can show.
enum class Charset { Utf8, Ascii };

inline constexpr std::size_t kSafeTextLimit = 256;

/// One line of text that is safe on a terminal and in a log. Escaped, so that a person sees them:
/// control characters (C0, DEL, C1: `\n`, `\t`, `\r`, `\x1b`, `\u{9b}`), bidirectional controls,
/// line separators, characters that are drawn as nothing (zero-width, fillers, tags, variation
/// selectors: `\u{200b}`), non-characters, and bytes that are not UTF-8 (`\xff`). With
/// Charset::Ascii everything outside ASCII is escaped. Longer results end in an ellipsis so that
/// `limit` code points are never exceeded; an escape is never cut in two.
/// A display form, not an encoding: a backslash stays as it is, so that safe_text(safe_text(x)) ==
/// safe_text(x) and calling it twice does no harm.
std::string safe_text(std::string_view raw, Charset charset = Charset::Utf8,
                      std::size_t limit = kSafeTextLimit);

/// Columns that `text` takes on a terminal: 0 for combining marks, 2 for wide (East Asian, emoji).
/// `text` is meant to be safe already; a byte that is not UTF-8 counts as 1.
std::size_t display_width(std::string_view text);

/// The beginning of `text` in at most `columns` columns, ending in an ellipsis where it was cut.
std::string cut_to_width(std::string_view text, std::size_t columns, Charset charset);

}  // namespace agent
