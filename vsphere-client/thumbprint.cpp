#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "vsphere-client/curl_transport.h"
#include "vsphere-client/error.h"
#include "vsphere-client/known_hosts.h"

namespace vsphere {
namespace {

constexpr std::size_t kHexDigits = 64;
constexpr std::string_view kBlanks = " \t\r\n";

char upper(char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (upper(a[i]) != upper(b[i])) return false;
  }
  return true;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool drop_prefix(std::string_view& text, std::string_view prefix) {
  if (!equal_ignoring_case(text.substr(0, prefix.size()), prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// Drops "sha256:", "SHA256 " and what `openssl x509 -fingerprint -sha256` prints. False when a
/// name of the digest stands there without a separator behind it.
bool drop_digest_name(std::string_view& text) {
  if (!drop_prefix(text, "sha256")) return true;
  drop_prefix(text, " fingerprint");
  if (text.empty() || std::string_view(": =").find(text.front()) == std::string_view::npos) {
    return false;
  }
  text = trimmed(text.substr(1));
  return true;
}

/// "host" and "host:443" are one server; "[::1]" and "::1" have no port of their own.
std::string with_port(std::string_view host_port) {
  const auto colon = host_port.rfind(':');
  const bool has_port = colon != std::string_view::npos &&
                        (host_port.find(':') == colon || host_port[colon - 1] == ']');
  std::string result(host_port);
  if (!has_port) {
    const bool bare_ipv6 = colon != std::string_view::npos && host_port.front() != '[';
    result = bare_ipv6 ? "[" + result + "]:443" : result + ":443";
  }
  return result;
}

}  // namespace

std::optional<std::string> normal_thumbprint(std::string_view text) {
  text = trimmed(text);
  if (!drop_digest_name(text)) return std::nullopt;
  // Colons stand between all pairs or nowhere: a lost digit must not go unseen.
  const bool colons = text.size() == kHexDigits + kHexDigits / 2 - 1;
  if (!colons && text.size() != kHexDigits) return std::nullopt;
  std::string normal;
  normal.reserve(kHexDigits);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (colons && i % 3 == 2) {
      if (text[i] != ':') return std::nullopt;
    } else if (std::isxdigit(static_cast<unsigned char>(text[i])) != 0) {
      normal += upper(text[i]);
    } else {
      return std::nullopt;
    }
  }
  return normal;
}

std::string pretty_thumbprint(std::string_view normal) {
  std::string pretty;
  for (std::size_t i = 0; i < normal.size(); ++i) {
    if (i > 0 && i % 2 == 0) pretty += ':';
    pretty += normal[i];
  }
  return pretty;
}

std::optional<std::string> find_known_host(std::istream& lines, std::string_view host_port) {
  if (host_port.empty()) return std::nullopt;
  const std::string wanted = with_port(host_port);
  std::optional<std::string> found;
  for (std::string line; std::getline(lines, line);) {
    const std::string_view entry = trimmed(line);
    const auto gap = entry.find_first_of(" \t");
    if (gap == std::string_view::npos || entry.front() == '#') continue;
    if (!equal_ignoring_case(with_port(entry.substr(0, gap)), wanted)) continue;
    // A later line wins, as in govc; a SHA-1 line does not undo a SHA-256 one.
    if (auto thumbprint = normal_thumbprint(entry.substr(gap))) found = std::move(thumbprint);
  }
  return found;
}

std::optional<std::string> load_known_host(const std::string& file, std::string_view host_port) {
  errno = 0;
  std::ifstream in(file);
  auto found = find_known_host(in, host_port);
  if (!in.is_open() || in.bad()) {
    throw Error(ErrorKind::Tls, Outcome::NotExecuted,
                "known-hosts file " + file + " cannot be read: " + std::strerror(errno) +
                    "; check GOVC_TLS_KNOWN_HOSTS and the file's mode");
  }
  return found;
}

}  // namespace vsphere
