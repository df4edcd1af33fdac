#include "agent/config/url.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <stdexcept>

namespace agent {
namespace {

struct Parts {
  std::string scheme, user_info, host, port, path;
  bool has_user = false;
};

[[noreturn]] void bad(const char* what) { throw std::invalid_argument(what); }

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

bool visible(char c) { return c > ' ' && c < 0x7F; }

void check_host(std::string_view host) {
  if (host.empty()) bad("the URL has no host");
  const bool v6 = host.front() == '[';
  if (v6 && (host.back() != ']' || host.size() < 4)) bad("the IPv6 address is not like [fe80::1]");
  for (const char c : v6 ? host.substr(1, host.size() - 2) : host) {
    const bool letter = std::isalnum(static_cast<unsigned char>(c)) != 0;
    const bool fits = v6 ? std::isxdigit(static_cast<unsigned char>(c)) != 0 || c == ':' || c == '.'
                         : letter || c == '.' || c == '-' || c == '_';
    if (!fits) bad("the URL's host has a character that no host name has");
  }
}

void check_port(std::string_view port) {
  int value = 0;
  const char* end = port.data() + port.size();
  const auto [stop, problem] = std::from_chars(port.data(), end, value);
  if (problem != std::errc{} || stop != end || value < 1 || value > 65535) {
    bad("the URL's port is not a number from 1 to 65535");
  }
}

Parts split(std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), visible)) {
    bad("the URL has a blank, a control character or a letter outside ASCII");
  }
  Parts parts{.scheme = "https", .user_info = {}, .host = {}, .port = {}, .path = {}};
  if (const std::size_t mark = text.find("://"); mark != std::string_view::npos) {
    parts.scheme = lower(text.substr(0, mark));
    text.remove_prefix(mark + 3);
  }
  const std::size_t slash = text.find_first_of("/?#");
  parts.path = slash == std::string_view::npos ? "" : text.substr(slash);
  std::string_view authority = text.substr(0, slash);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    parts.user_info = authority.substr(0, at);
    parts.has_user = true;
    authority.remove_prefix(at + 1);
  }
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.rfind(':');
  const bool port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  parts.host = lower(authority.substr(0, port ? colon : std::string_view::npos));
  if (port) {
    parts.port = authority.substr(colon + 1);
    check_port(parts.port);
  }
  check_host(parts.host);
  if (parts.scheme == "http" && !is_loopback(parts.host)) {
    bad("plain http:// can be read and changed on its way; use https:// (http is for stand-ins on "
        "127.0.0.1, [::1] and localhost)");
  }
  if (parts.scheme != "https" && parts.scheme != "http") {
    bad("the URL does not begin with https://");
  }
  return parts;
}

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex(text[i + 2]) : -1;
    if (high < 0 || low < 0) bad("a % before the URL's @ is not followed by two hex digits");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

}  // namespace

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  if (!host.starts_with("127.")) return false;
  // "127.evil.example.com" is a name, not an address.
  return host.find_first_not_of("0123456789.") == std::string_view::npos;
}

ServerUrl parse_server_url(std::string_view text) {
  const Parts parts = split(text);
  if (parts.path.find_first_of("?#") != std::string::npos) bad("the URL has a ? or # in it");
  ServerUrl result;
  result.host = parts.host;
  const std::string path = parts.path.empty() || parts.path == "/" ? "/sdk" : parts.path;
  const bool default_port = parts.port.empty() || (parts.scheme == "https" && parts.port == "443");
  if (!default_port) result.port = parts.port;
  const std::string port = default_port ? "" : ":" + parts.port;
  result.url = parts.scheme + "://" + parts.host + port + path;
  if (!parts.has_user) return result;
  const std::size_t colon = parts.user_info.find(':');
  result.user = percent_decoded(std::string_view(parts.user_info).substr(0, colon));
  result.has_password = colon != std::string::npos;
  if (result.has_password) {
    result.password = percent_decoded(std::string_view(parts.user_info).substr(colon + 1));
  }
  return result;
}

void check_web_url(std::string_view text) {
  const Parts parts = split(text);
  if (text.find("://") == std::string_view::npos) bad("the URL does not begin with https://");
  if (parts.has_user) bad("the URL holds a user or password; use secret_file");
}

}  // namespace agent
