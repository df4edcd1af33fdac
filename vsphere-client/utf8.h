// Decodes one UTF-8 character strictly; the gate and the printer of messages share it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vsphere {

struct Utf8Char {
  enum class Status { Valid, Invalid, Incomplete };
  Status status;
  std::uint32_t code;
  std::size_t bytes;  ///< of a valid character
};

/// Looks at [p, end), which must not be empty. No overlong form, no surrogate, nothing beyond
/// U+10FFFF (Unicode 15, table 3-7). Incomplete: what is there could still become a character.
inline Utf8Char decode_utf8(const char* p, const char* end) {
  using Status = Utf8Char::Status;
  const auto byte = [p](std::size_t i) { return static_cast<std::uint8_t>(p[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {Status::Valid, lead, 1};
  const std::size_t need = lead < 0xC2   ? 0
                           : lead < 0xE0 ? 2
                           : lead < 0xF0 ? 3
                           : lead < 0xF5 ? 4
                                         : 0;
  if (need == 0) return {Status::Invalid, 0, 0};
  const auto have = static_cast<std::size_t>(end - p);
  std::uint32_t code = lead & (0xFFu >> (need + 1));
  for (std::size_t i = 1; i < need; ++i) {
    if (i == have) return {Status::Incomplete, 0, 0};
    std::uint8_t low = 0x80;
    std::uint8_t high = 0xBF;
    if (i == 1 && lead == 0xE0) low = 0xA0;
    if (i == 1 && lead == 0xED) high = 0x9F;
    if (i == 1 && lead == 0xF0) low = 0x90;
    if (i == 1 && lead == 0xF4) high = 0x8F;
    if (byte(i) < low || byte(i) > high) return {Status::Invalid, 0, 0};
    code = (code << 6) | (byte(i) & 0x3Fu);
  }
  return {Status::Valid, code, need};
}

}  // namespace vsphere
