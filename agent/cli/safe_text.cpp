#include "agent/cli/safe_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "agent/cli/utf8.h"

namespace agent {
namespace {

struct Range {
  char32_t first, last;
};

// Unicode's Default_Ignorable_Code_Point and Bidi_Control properties, the line separators and the
// interlinear marks: all of them are drawn as nothing or move their neighbours.
constexpr std::array kHidden{
    Range{0x00AD, 0x00AD},  Range{0x034F, 0x034F}, Range{0x061C, 0x061C},   Range{0x115F, 0x1160},
    Range{0x17B4, 0x17B5},  Range{0x180B, 0x180F}, Range{0x200B, 0x200F},   Range{0x2028, 0x202E},
    Range{0x2060, 0x206F},  Range{0x3164, 0x3164}, Range{0xFE00, 0xFE0F},   Range{0xFEFF, 0xFEFF},
    Range{0xFFA0, 0xFFA0},  Range{0xFFF0, 0xFFFB}, Range{0x1BCA0, 0x1BCA3}, Range{0x1D173, 0x1D17A},
    Range{0xE0000, 0xE0FFF}};

bool must_escape(char32_t c, Charset charset) {
  if (c < 0x20 || (c >= 0x7F && c <= 0x9F)) return true;
  if (c < 0x7F) return false;
  if (charset == Charset::Ascii || (c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF)) {
    return true;
  }
  return std::any_of(kHidden.begin(), kHidden.end(),
                     [&](Range range) { return c >= range.first && c <= range.last; });
}

std::string escaped(char32_t c) {
  if (c == '\n') return "\\n";
  if (c == '\r') return "\\r";
  if (c == '\t') return "\\t";
  if (c < 0x80) return fmt::format("\\x{:02x}", static_cast<unsigned>(c));
  return fmt::format("\\u{{{:x}}}", static_cast<unsigned>(c));
}

std::string_view ellipsis(Charset charset) { return charset == Charset::Utf8 ? "…" : "..."; }
std::size_t ellipsis_length(Charset charset) { return charset == Charset::Utf8 ? 1 : 3; }

}  // namespace

std::string safe_text(std::string_view raw, Charset charset, std::size_t limit) {
  std::string result;
  std::size_t length = 0;
  const std::size_t mark = ellipsis_length(charset);
  // Where the text would have to end to leave room for the ellipsis, should more come.
  std::size_t cut = 0;
  for (std::size_t position = 0; position < raw.size();) {
    const std::size_t start = position;
    const std::optional<char32_t> c = next_code_point(raw, position);
    std::string piece;
    std::size_t piece_length = 1;
    if (c && !must_escape(*c, charset)) {
      piece = raw.substr(start, position - start);
    } else {
      piece = c ? escaped(*c) : fmt::format("\\x{:02x}", static_cast<unsigned char>(raw[start]));
      piece_length = piece.size();
    }
    if (length + piece_length > limit) {
      result.resize(cut);
      if (mark <= limit) result += ellipsis(charset);
      return result;
    }
    result += piece;
    length += piece_length;
    if (length + mark <= limit) cut = result.size();
  }
  return result;
}

std::string cut_to_width(std::string_view text, std::size_t columns, Charset charset) {
  if (display_width(text) <= columns) return std::string(text);
  const std::size_t mark = ellipsis_length(charset);
  if (columns < mark) return {};
  std::size_t end = 0, used = 0;
  for (std::size_t position = 0; position < text.size();) {
    const std::size_t start = position;
    next_code_point(text, position);
    used += display_width(text.substr(start, position - start));
    if (used + mark > columns) break;
    end = position;
  }
  return std::string(text.substr(0, end)) + std::string(ellipsis(charset));
}

}  // namespace agent
