#include "agent/cli/utf8.h"

namespace agent {
namespace {

struct Lead {
  int trailing;
  char32_t bits;
  char32_t smallest;  ///< anything below would be overlong
};

std::optional<Lead> lead_of(unsigned char byte) {
  if (byte < 0x80) return Lead{0, byte, 0};
  if (byte >= 0xC2 && byte <= 0xDF) return Lead{1, byte & 0x1Fu, 0x80};
  if (byte >= 0xE0 && byte <= 0xEF) return Lead{2, byte & 0x0Fu, 0x800};
  if (byte >= 0xF0 && byte <= 0xF4) return Lead{3, byte & 0x07u, 0x10000};
  return std::nullopt;
}

}  // namespace

std::optional<char32_t> next_code_point(std::string_view text, std::size_t& position) {
  const std::size_t start = position++;
  const std::optional<Lead> lead = lead_of(static_cast<unsigned char>(text[start]));
  if (!lead || text.size() - start <= static_cast<std::size_t>(lead->trailing)) return std::nullopt;
  char32_t value = lead->bits;
  for (std::size_t i = 1; i <= static_cast<std::size_t>(lead->trailing); ++i) {
    const auto byte = static_cast<unsigned char>(text[start + i]);
    if ((byte & 0xC0u) != 0x80u) return std::nullopt;
    value = (value << 6) | (byte & 0x3Fu);
  }
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < lead->smallest || value > 0x10FFFF || surrogate) return std::nullopt;
  position = start + 1 + static_cast<std::size_t>(lead->trailing);
  return value;
}

std::size_t count_code_points(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t position = 0; position < text.size(); ++count) next_code_point(text, position);
  return count;
}

}  // namespace agent
