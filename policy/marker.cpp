#include "policy/marker.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>

namespace policy {
namespace {

constexpr std::string_view kBegin = "dk1 ";
constexpr std::size_t kHumanBytes = 200;
constexpr std::size_t kNameBytes = 60;
constexpr std::size_t kOpDigits = 6;
constexpr std::string_view kHex = "0123456789ABCDEF";

bool is_plain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
         c == '_' || c == ':';
}

/// Letters, digits, '-', '_' and ':' as they are, every other byte as ~XX: what is left has no
/// blank, no line end and nothing that a server, XML or a person's editor would write differently.
/// The dot is escaped too, for it ends the operation's id.
std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_plain(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '~';
    out += kHex[byte >> 4U];
    out += kHex[byte & 0xFU];
  }
  return out;
}

/// The way back for what `escaped` wrote; of anything else some text, which escapes to another one.
std::string unescaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t high = i + 2 < text.size() ? kHex.find(text[i + 1]) : std::string_view::npos;
    const std::size_t low = i + 2 < text.size() ? kHex.find(text[i + 2]) : std::string_view::npos;
    if (text[i] != '~' || high == std::string_view::npos || low == std::string_view::npos) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(static_cast<unsigned char>(high * 16 + low));
    i += 2;
  }
  return out;
}

std::string marker_line(const Marker& marker, std::string_view mac) {
  std::string line(kBegin);
  line += "op=" + escaped(marker.op) + '.' + std::to_string(marker.attempt);
  line += " ag=" + escaped(marker.agent);
  line += " vc=" + escaped(marker.endpoint_uuid);
  line += " vm=" + escaped(marker.instance_uuid);
  line += " pol=" + escaped(marker.policy);
  line += marker.helper ? " use=clone" : " use=keep";
  line += " mac=" + escaped(mac);
  return line;
}

/// Takes "NAME=value" off the front of the line, with the blank behind it.
std::optional<std::string_view> take(std::string_view& line, std::string_view name) {
  if (!line.starts_with(name)) return std::nullopt;
  line.remove_prefix(name.size());
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view value = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return value;
}

/// Reads leniently and then compares with what would have been written: so there is one text for
/// each marker, and a line that differs from it in a single byte is none.
std::optional<FoundMarker> read_line(std::string_view line) {
  std::string_view rest = line.substr(kBegin.size());
  const auto op = take(rest, "op=");
  const auto agent = take(rest, "ag=");
  const auto endpoint = take(rest, "vc=");
  const auto vm = take(rest, "vm=");
  const auto policy = take(rest, "pol=");
  const auto use = take(rest, "use=");
  const auto mac = take(rest, "mac=");
  if (!op || !agent || !endpoint || !vm || !policy || !use || !mac) return std::nullopt;

  FoundMarker found;
  const std::size_t dot = op->find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view number = op->substr(dot + 1);
  const auto read =
      std::from_chars(number.data(), number.data() + number.size(), found.marker.attempt);
  if (read.ec != std::errc{} || found.marker.attempt < 1) return std::nullopt;
  found.marker.op = unescaped(op->substr(0, dot));
  found.marker.agent = unescaped(*agent);
  found.marker.endpoint_uuid = unescaped(*endpoint);
  found.marker.instance_uuid = unescaped(*vm);
  found.marker.policy = unescaped(*policy);
  found.marker.helper = *use == "clone";
  found.mac = unescaped(*mac);
  if (found.marker.op.empty() || found.mac.empty()) return std::nullopt;
  if (marker_line(found.marker, found.mac) != line) return std::nullopt;
  return found;
}

/// Bytes of the UTF-8 character at the front; 0 when there is none that is well-formed.
std::size_t character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (text.empty()) return 0;
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xF0 ? 4U : first >= 0xE0 ? 3U : 2U;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
  }
  // Longer than need be, a surrogate, or above U+10FFFF.
  const unsigned second = byte(1);
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
      (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) {
    return 0;
  }
  return size;
}

bool is_control(std::string_view one) {
  const auto first = static_cast<unsigned char>(one[0]);
  if (one.size() == 1) return first < 0x20 || first == 0x7F;
  if (one.size() == 2) return first == 0xC2 && static_cast<unsigned char>(one[1]) < 0xA0;  // C1
  // U+2028 and U+2029 end lines; XML has no U+FFFE and U+FFFF.
  return one == "\xE2\x80\xA8" || one == "\xE2\x80\xA9" || one == "\xEF\xBF\xBE" ||
         one == "\xEF\xBF\xBF";
}

/// `text` in well-formed characters, at most `most` bytes of it; `spelled` says how each one is
/// written, "" to leave it out. A byte that is no character is handed over as an empty view.
template <class Spelled>
std::string rewritten(std::string_view text, std::size_t most, Spelled spelled) {
  std::string out;
  while (!text.empty()) {
    const std::size_t size = character(text);
    const std::string_view put = spelled(text.substr(0, size));
    if (out.size() + put.size() > most) break;
    out += put;
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return out;
}

std::string human_line(std::string_view human) {
  std::string line = rewritten(human, kHumanBytes, [](std::string_view one) -> std::string_view {
    if (one == "\n" || one == "\r" || one == "\t") return " ";
    return one.empty() || is_control(one) ? std::string_view{} : one;
  });
  // A second marker line would make the first one worthless.
  if (line.starts_with(kBegin)) line[kBegin.size() - 1] = '-';
  return line;
}

std::string_view spelled_in_name(std::string_view one) {
  if (one.empty() || is_control(one)) return "-";
  return one == "%" || one == "/" || one == "\\" ? std::string_view{"-"} : one;
}

/// "2026-11-22T02:00Z"
std::string minutes_text(Time now) {
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date{day};
  const auto minutes = std::chrono::floor<std::chrono::minutes>(now - day).count();
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(minutes / 60), static_cast<int>(minutes % 60));
  return text;
}

}  // namespace

std::string marker_signed_text(const Marker& marker) {
  std::string text;
  const auto put = [&](std::string_view value) {
    text += std::to_string(value.size());
    text += ' ';
    text += value;
  };
  put("deltakeep marker 1");
  put(marker.op);
  put(std::to_string(marker.attempt));
  put(marker.agent);
  put(marker.endpoint_uuid);
  put(marker.instance_uuid);
  put(marker.policy);
  put(marker.helper ? "clone" : "keep");
  return text;
}

std::string marker_description(const Marker& marker, std::string_view mac, std::string_view human) {
  std::string text = human_line(human);
  if (!text.empty()) text += '\n';
  return text + marker_line(marker, mac);
}

std::optional<FoundMarker> find_marker(std::string_view description) {
  std::optional<std::string_view> line;
  while (!description.empty()) {
    // A person's client may have turned \n into \r\n; an empty line between the two is no harm.
    const std::size_t end = std::min(description.find_first_of("\r\n"), description.size());
    if (description.substr(0, end).starts_with(kBegin)) {
      if (line) return std::nullopt;
      line = description.substr(0, end);
    }
    description.remove_prefix(std::min(end + 1, description.size()));
  }
  if (!line) return std::nullopt;
  return read_line(*line);
}

std::string snapshot_name(std::string_view policy, Time now, std::string_view op) {
  if (policy.empty()) policy = "deltakeep";  // an operator's
  std::string tail = "-" + minutes_text(now);
  const std::string_view last = op.substr(op.size() - std::min(op.size(), kOpDigits));
  if (!last.empty()) tail += " " + rewritten(last, kOpDigits, spelled_in_name);
  return rewritten(policy, kNameBytes - tail.size(), spelled_in_name) + tail;
}

}  // namespace policy
