#include "vsphere-client/xml_scan.h"

#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "vsphere-client/utf8.h"

namespace vsphere {
namespace {

// Eight bytes in one word ("SIMD within a register"): a byte of the result has its high bit set
// where the byte tested is zero. Bytes above the first hit may be wrong, so only the first counts.
constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighs = 0x8080808080808080;
constexpr std::uint64_t zero_bytes(std::uint64_t word) { return (word - kOnes) & ~word & kHighs; }
constexpr std::uint64_t each(char c) { return kOnes * static_cast<unsigned char>(c); }

/// '<', '&', NUL, or not ASCII.
struct TextStop {
  static std::uint64_t hits(std::uint64_t w) {
    return zero_bytes(w ^ each('<')) | zero_bytes(w ^ each('&')) | zero_bytes(w) | (w & kHighs);
  }
  static bool hit(char c) { return c == '<' || c == '&' || static_cast<signed char>(c) <= 0; }
};

/// As TextStop, and '>' and both quotes. '<' and '>' differ in one bit, as do '&' and '\''.
struct TagStop {
  static std::uint64_t hits(std::uint64_t w) {
    return zero_bytes((w | each(2)) ^ each('>')) | zero_bytes((w | each(1)) ^ each('\'')) |
           zero_bytes(w ^ each('"')) | zero_bytes(w) | (w & kHighs);
  }
  static bool hit(char c) {
    return (c | 2) == '>' || (c | 1) == '\'' || c == '"' || static_cast<signed char>(c) <= 0;
  }
};

template <class Stop>
const char* skip(const char* p, const char* limit) {
  if constexpr (std::endian::native == std::endian::little) {
    while (limit - p >= 8) {
      std::uint64_t word;
      std::memcpy(&word, p, sizeof word);
      const std::uint64_t hits = Stop::hits(word);
      if (hits != 0) return p + (std::countr_zero(hits) >> 3);
      p += 8;
    }
  }
  while (p < limit && !Stop::hit(*p)) ++p;
  return p;
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// One past the character at p, nullptr when it goes on beyond `limit`.
const char* pass_character(const char* p, const char* limit) {
  if (*p == '\0') throw GateRefusal("it holds a NUL byte");
  const Utf8Char next = decode_utf8(p, limit);
  if (next.status == Utf8Char::Status::Invalid) throw GateRefusal("it is not valid UTF-8");
  return next.status == Utf8Char::Status::Incomplete ? nullptr : p + next.bytes;
}

bool is_allowed_reference(std::string_view name) {
  if (name.empty() || name[0] != '#') {
    return name == "amp" || name == "lt" || name == "gt" || name == "quot" || name == "apos";
  }
  const bool hex = name.size() > 1 && name[1] == 'x';
  name.remove_prefix(hex ? 2 : 1);
  std::uint32_t code = 0;
  const char* const end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data(), end, code, hex ? 16 : 10);
  if (error != std::errc{} || stop != end) return false;
  return code != 0 && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF) && code != 0xFFFE &&
         code != 0xFFFF;
}

/// One past the reference at p, nullptr when it goes on beyond `limit`.
const char* pass_reference(const char* p, const char* limit) {
  constexpr std::ptrdiff_t kLongest = 16;
  const std::ptrdiff_t room = limit - p < kLongest ? limit - p : kLongest;
  const auto* end = static_cast<const char*>(std::memchr(p, ';', static_cast<std::size_t>(room)));
  if (end == nullptr && room < kLongest) return nullptr;
  if (end == nullptr || !is_allowed_reference({p + 1, end})) {
    throw GateRefusal("it holds a character reference that XML does not allow");
  }
  return end + 1;
}

/// From behind an opening quote to behind the closing one; nullptr when that is beyond `limit`.
const char* pass_quoted(const char* p, const char* limit, char quote) {
  while ((p = skip<TagStop>(p, limit)) < limit) {
    if (*p == quote) return p + 1;
    if (*p == '<') throw GateRefusal("an attribute holds '<'");
    const char* next = p + 1;
    if (*p == '&') next = pass_reference(p, limit);
    if (static_cast<signed char>(*p) <= 0) next = pass_character(p, limit);
    if (next == nullptr) return nullptr;
    p = next;
  }
  return nullptr;
}

}  // namespace

const char* find_text_end(const char* p, const char* limit) {
  while ((p = skip<TextStop>(p, limit)) < limit && *p != '<') {
    const char* const next = *p == '&' ? pass_reference(p, limit) : pass_character(p, limit);
    if (next == nullptr) return p;
    p = next;
  }
  return p;
}

const char* find_blank_end(const char* p, const char* limit, const char* where) {
  while (p < limit && is_blank(*p)) ++p;
  if (p < limit && *p != '<') throw GateRefusal(std::string("text stands ") + where);
  return p;
}

const char* find_tag_end(const char* p, const char* limit) {
  ++p;
  while ((p = skip<TagStop>(p, limit)) < limit) {
    const char c = *p;
    if (c == '>') return p + 1;
    if (c == '<' || c == '&') throw GateRefusal("a tag holds '<' or '&'");
    p = c == '"' || c == '\'' ? pass_quoted(p + 1, limit, c) : pass_character(p, limit);
    if (p == nullptr) return nullptr;
  }
  return nullptr;
}

const char* pass_elements(const char* p, const char* limit, std::ptrdiff_t longest, int lowest,
                          int highest, int& depth) {
  for (;;) {
    p = find_text_end(p, limit);
    if (limit - p < 2 || *p != '<' || p[1] == '!' || p[1] == '?') return p;
    const char* const next = find_tag_end(p, limit - p > longest ? p + longest : limit);
    if (next == nullptr) return p;
    const int change = p[1] == '/' ? -1 : 1;
    if (depth + change < lowest || depth + change > highest) return p;
    if (change < 0 || next[-2] != '/') depth += change;
    p = next;
  }
}

void check_characters(const char* p, const char* end) {
  while ((p = skip<TextStop>(p, end)) < end) {
    const char* const next = *p == '<' || *p == '&' ? p + 1 : pass_character(p, end);
    if (next == nullptr) throw GateRefusal("it is not valid UTF-8");
    p = next;
  }
}

}  // namespace vsphere
