#include "vsphere-client/scrub.h"

#include <algorithm>
#include <array>

namespace vsphere {
namespace {

constexpr std::size_t kShortestKnown = 6;
constexpr std::size_t kMostKnown = 200;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// `name` in lower case. By part of the name rather than by a list: a field that a later API adds
/// is more likely "guestPassword" than anything new.
bool is_secret_element(std::string_view name, bool session_object) {
  constexpr std::array<std::string_view, 7> kParts = {
      "password", "passwd", "cookie", "ticket", "assertion", "securitytoken", "privatekey"};
  for (const std::string_view part : kParts) {
    if (holds(name, part)) return true;
  }
  if (name == "sessionid") return true;
  // <key> stands in a hundred harmless places, but in a UserSession it is the session.
  return session_object && name == "key";
}

bool is_secret_header(std::string_view name) {
  constexpr std::array<std::string_view, 5> kParts = {"cookie", "authorization", "session", "token",
                                                      "ticket"};
  for (const std::string_view part : kParts) {
    if (holds(name, part)) return true;
  }
  return false;
}

struct Tag {
  std::size_t start = std::string_view::npos;  ///< of '<'
  std::size_t end = 0;                         ///< behind '>'
  std::string name;                            ///< local, lower case
  bool closing = false;
  bool empty = false;  ///< <a/>
};

/// The next tag at or behind `from`; start is npos when there is none. A tag that is not closed
/// ends at the next '<', so it swallows no other, or with the text.
Tag next_tag(std::string_view xml, std::size_t from) {
  Tag tag;
  tag.start = xml.find('<', from);
  if (tag.start == std::string_view::npos) return tag;
  const auto stop = xml.find_first_of("<>", tag.start + 1);
  const bool closed = stop != std::string_view::npos && xml[stop] == '>';
  tag.end = closed ? stop + 1 : std::min(stop, xml.size());
  std::string_view inside = xml.substr(tag.start + 1, tag.end - tag.start - 1);
  if (!inside.empty() && inside.front() == '/') {
    tag.closing = true;
    inside.remove_prefix(1);
  }
  tag.empty = inside.size() >= 2 && inside.substr(inside.size() - 2) == "/>";
  const std::string_view name = inside.substr(0, inside.find_first_of(" \t\r\n/>"));
  const auto colon = name.rfind(':');
  tag.name = lower(colon == std::string_view::npos ? name : name.substr(colon + 1));
  return tag;
}

/// Where the content of the element that `open` began ends: at the '<' of its closing tag, or with
/// the text. Elements of the same name inside are counted, so a forged early end leaks nothing.
std::size_t content_end(std::string_view xml, const Tag& open) {
  int depth = 1;
  for (Tag tag = next_tag(xml, open.end); tag.start != std::string_view::npos;
       tag = next_tag(xml, tag.end)) {
    if (tag.name != open.name || tag.empty) continue;
    depth += tag.closing ? -1 : 1;
    if (depth == 0) return tag.start;
  }
  return xml.size();
}

}  // namespace

void Scrubber::remember(std::string_view secret) {
  if (secret.size() < kShortestKnown) return;
  const std::lock_guard guard(mutex_);
  if (known_.size() >= kMostKnown ||
      std::find(known_.begin(), known_.end(), secret) != known_.end()) {
    return;
  }
  const auto longer = [](const std::string& a, const std::string& b) {
    return a.size() > b.size();
  };
  const std::string added(secret);
  known_.insert(std::upper_bound(known_.begin(), known_.end(), added, longer), added);
}

std::string Scrubber::without_known(std::string text) const {
  const std::lock_guard guard(mutex_);
  for (const std::string& secret : known_) {
    for (auto at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at + kScrubbed.size())) {
      text.replace(at, secret.size(), kScrubbed);
    }
  }
  return text;
}

std::string Scrubber::body(std::string_view text) {
  const bool session_object = holds(text, "LoginResponse") || holds(text, "UserSession");
  std::string clean;
  std::size_t copied = 0;
  for (Tag tag = next_tag(text, 0); tag.start != std::string_view::npos;
       tag = next_tag(text, tag.end)) {
    if (tag.closing || tag.empty || !is_secret_element(tag.name, session_object)) continue;
    const std::size_t end = content_end(text, tag);
    clean.append(text.substr(copied, tag.end - copied));
    if (end > tag.end) {
      remember(text.substr(tag.end, end - tag.end));
      clean.append(kScrubbed);
    }
    copied = tag.end = end;
  }
  clean.append(text.substr(copied));
  return without_known(std::move(clean));
}

std::string Scrubber::secret_body(std::string_view text) {
  // The longest quoted piece is the id: {"value":"<id>"} or "<id>".
  std::string_view longest;
  for (auto at = text.find('"'); at != std::string_view::npos;) {
    const auto end = text.find('"', at + 1);
    if (end == std::string_view::npos) break;
    const std::string_view piece = text.substr(at + 1, end - at - 1);
    if (piece.size() > longest.size()) longest = piece;
    at = text.find('"', end + 1);
  }
  remember(longest);
  return text.empty() ? std::string() : std::string(kScrubbed);
}

Headers Scrubber::headers(const Headers& headers) {
  Headers clean;
  for (const auto& [name, value] : headers) {
    if (!is_secret_header(lower(name))) {
      clean.emplace_back(name, without_known(value));
      continue;
    }
    // Remembered without cookie name and attributes, which other text may hold by right.
    const auto equals = value.find('=');
    const auto start = equals == std::string::npos ? 0 : equals + 1;
    std::string_view secret = std::string_view(value).substr(start, value.find(';') - start);
    if (secret.size() >= 2 && secret.front() == '"' && secret.back() == '"') {
      secret = secret.substr(1, secret.size() - 2);
    }
    remember(secret);
    clean.emplace_back(name, kScrubbed);
  }
  return clean;
}

}  // namespace vsphere
