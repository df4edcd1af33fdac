// Server addresses as people give them, brought to the one form that the client takes.
#pragma once

#include <string>
#include <string_view>

namespace agent {

struct ServerUrl {
  std::string url;             ///< "https://host[:port]/sdk", without user and password
  std::string host;            ///< as in the URL; an IPv6 address keeps its brackets
  std::string port;            ///< empty for the scheme's own
  std::string user, password;  ///< from user:password@, percent-decoded
  bool has_password = false;
};

/// Scheme https and path /sdk are implied, as in govc. Plain http is for stand-ins on the loopback
/// interface only. Throws std::invalid_argument that says what is wrong and never holds the text
/// itself, in which a password may stand.
ServerUrl parse_server_url(std::string_view text);

/// For webhooks: throws std::invalid_argument unless `text` is an https URL with a host, or http to
/// the loopback interface, and has no user or password in it.
void check_web_url(std::string_view text);

/// 127.0.0.0/8, [::1] and localhost.
bool is_loopback(std::string_view host);

}  // namespace agent
