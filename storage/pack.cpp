#include "storage/pack.h"

#include <array>

namespace storage {
namespace {

/// By byte, because every byte of every text passes here on every scan.
constexpr std::array<bool, 256> kEscaped = [] {
  std::array<bool, 256> escaped{};
  for (std::size_t c = 0; c < 0x20; ++c) escaped[c] = true;
  escaped['"'] = escaped['\\'] = true;
  return escaped;
}();

void append_escaped(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
    return;
  }
  const auto code = static_cast<unsigned char>(c);
  out += "\\u00";
  out += kHex[code >> 4];
  out += kHex[code & 0xf];
}

}  // namespace

void PackWriter::text(std::string_view value) {
  comma();
  out_ += '"';
  const char* from = value.data();
  const char* const end = from + value.size();
  for (const char* c = from; c != end; ++c) {
    if (!kEscaped[static_cast<unsigned char>(*c)]) continue;
    out_.append(from, c);
    append_escaped(out_, *c);
    from = c + 1;
  }
  out_.append(from, end);
  out_ += '"';
}

void PackReader::fail(const char* wanted) const {
  throw PackError("expected " + std::string(wanted) + " at byte " + std::to_string(at_) + " of " +
                  std::to_string(text_.size()));
}

bool PackReader::null() {
  const std::size_t from = at_ < text_.size() && text_[at_] == ',' ? at_ + 1 : at_;
  if (text_.substr(from, 4) != "null") return false;
  at_ = from + 4;
  return true;
}

char PackReader::escaped() {
  if (at_ >= text_.size()) fail("an escaped character");
  const char c = text_[at_++];
  if (c == '"' || c == '\\') return c;
  unsigned code = 0;
  const std::string_view hex = text_.substr(at_, 4);
  if (c != 'u' || hex.size() != 4) fail("an escaped character");
  const auto [end, problem] = std::from_chars(hex.data(), hex.data() + 4, code, 16);
  if (problem != std::errc() || end != hex.data() + 4 || code >= 0x20) fail("a control character");
  at_ += 4;
  return static_cast<char>(code);
}

std::string PackReader::text() {
  separator();
  if (at_ >= text_.size() || text_[at_] != '"') fail("a text");
  ++at_;
  std::string value;
  while (true) {
    const char* const from = text_.data() + at_;
    const char* const end = text_.data() + text_.size();
    const char* stop = from;
    while (stop != end && *stop != '"' && *stop != '\\') ++stop;
    if (stop == end) fail("the end of a text");
    value.append(from, stop);
    at_ += static_cast<std::size_t>(stop - from) + 1;
    if (*stop == '"') return value;
    value += escaped();
  }
}

}  // namespace storage
