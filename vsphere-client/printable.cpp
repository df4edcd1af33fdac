#include "vsphere-client/printable.h"

#include <cstdint>

#include "vsphere-client/utf8.h"

namespace vsphere {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Controls, and format characters that reorder, join or hide what stands around them.
bool is_deceptive(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0xAD || code == 0x61C ||
         (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF ||
         (code >= 0xE0000 && code <= 0xE007F);
}

}  // namespace

std::string printable(std::string_view text, std::size_t max_bytes) {
  std::string out;
  const char* p = text.data();
  const char* const end = p + text.size();
  bool gap = false;
  while (p < end) {
    if (is_blank(*p)) {
      gap = true;
      ++p;
      continue;
    }
    if (gap && !out.empty()) out += ' ';
    gap = false;
    const Utf8Char next = decode_utf8(p, end);
    const bool valid = next.status == Utf8Char::Status::Valid;
    const std::size_t bytes = valid ? next.bytes : 1;
    if (out.size() + bytes > max_bytes) return out + "...";
    if (!valid || is_deceptive(next.code)) {
      out += '?';
    } else {
      out.append(p, bytes);
    }
    p += bytes;
  }
  return out;
}

}  // namespace vsphere
