#include "storage/pack.h"

namespace storage {
namespace {

bool needs_escape(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

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
  std::size_t from = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (!needs_escape(value[i])) continue;
    out_.append(value, from, i - from);
    append_escaped(out_, value[i]);
    from = i + 1;
  }
  out_.append(value, from);
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
    std::size_t stop = at_;
    while (stop < text_.size() && text_[stop] != '"' && text_[stop] != '\\') ++stop;
    if (stop == text_.size()) fail("the end of a text");
    value.append(text_, at_, stop - at_);
    at_ = stop + 1;
    if (text_[stop] == '"') return value;
    value += escaped();
  }
}

}  // namespace storage
