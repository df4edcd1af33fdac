#include "vsphere-client/curl_setup.h"

#include <new>
#include <stdexcept>

#include "vsphere-client/error.h"

namespace vsphere {
namespace {

/// An idle connection older than this is not used again: servers and firewalls that drop idle ones
/// do so after 60 s or more, and a call that meets a dropped one ends in doubt.
constexpr long kIdleSeconds = 50;

Error bad_address(const std::string& why) {
  return {ErrorKind::Unreachable, Outcome::NotExecuted,
          "the server's address is refused: " + why + "; write https://host[:port]"};
}

CURLcode on_ssl_context(CURL* /*easy*/, void* ssl_context, void* check) {
  install_tls_check(ssl_context, *static_cast<TlsCheck*>(check));
  return CURLE_OK;
}

void set_trust(CURL* easy, TlsCheck& check) {
  const TlsTrust& trust = check.trust;
  const bool chain = trust.mode == TlsTrust::Mode::System || trust.mode == TlsTrust::Mode::CaFile;
  set_option(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set_option(easy, CURLOPT_SSL_VERIFYPEER, chain ? 1L : 0L);
  set_option(easy, CURLOPT_SSL_VERIFYHOST, chain ? 2L : 0L);
  set_option(easy, CURLOPT_SSL_CTX_FUNCTION, &on_ssl_context);
  set_option(easy, CURLOPT_SSL_CTX_DATA, static_cast<void*>(&check));
  if (trust.mode == TlsTrust::Mode::CaFile) {
    set_option(easy, CURLOPT_CAINFO, trust.ca_file.c_str());
    // Debian's default directory holds the system's CAs: left in, ca_file would not be alone.
    set_option(easy, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  // A resumed TLS session shows no certificate, so with a pin each connection shakes hands in full.
  if (!chain) set_option(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
}

void set_network(CURL* easy, const CurlOptions& options, const Address& address) {
  set_option(easy, CURLOPT_PROTOCOLS_STR, address.protocol);
  set_option(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set_option(easy, CURLOPT_PROXY, "");  // "" also ignores https_proxy of the environment
  set_option(easy, CURLOPT_NOPROXY, "*");
  set_option(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set_option(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  set_option(easy, CURLOPT_NOSIGNAL, 1L);
  set_option(easy, CURLOPT_QUICK_EXIT, 1L);  // a stop does not wait for a slow name server
  set_option(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  set_option(easy, CURLOPT_MAXAGE_CONN, kIdleSeconds);
  set_option(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  set_option(easy, CURLOPT_TCP_KEEPIDLE, 60L);
  set_option(easy, CURLOPT_TCP_KEEPINTVL, 30L);
  set_option(easy, CURLOPT_BUFFERSIZE, 65536L);
}

void set_http(CURL* easy, const CurlOptions& options) {
  set_option(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set_option(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  set_option(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);  // asks for gzip, leaves it to gunzip.h
  set_option(easy, CURLOPT_PATH_AS_IS, 1L);
  set_option(easy, CURLOPT_COOKIEFILE, "");  // turns the cookie engine on, reads nothing
  if (!options.user_agent.empty()) {
    set_option(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
  }
}

bool holds_control(std::string_view text) {
  for (const char c : text) {
    if ((c >= 0 && c < ' ' && c != '\t') || c == 0x7f) return true;
  }
  return false;
}

List header_list(const Request& request) {
  List list;
  const auto append = [&list](const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    (void)list.release();
    list.reset(longer);
  };
  append("Expect:");  // libcurl would wait a second for 100-continue
  if (request.verb == Verb::Post) append("Content-Type:");
  for (const auto& [name, value] : request.headers) {
    if (holds_control(name) || holds_control(value)) {
      throw std::logic_error("header " + name + " of " + request.operation +
                             " holds a control character");
    }
    // With ";" libcurl sends a header without a value; with ":" it would drop it.
    append(value.empty() ? name + ";" : name + ": " + value);
  }
  return list;
}

void set_verb(CURL* easy, const Request& request) {
  if (request.verb == Verb::Post) {
    set_option(easy, CURLOPT_CUSTOMREQUEST, static_cast<const char*>(nullptr));
    set_option(easy, CURLOPT_POST, 1L);
    set_option(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  } else {
    if (!request.body.empty()) throw std::logic_error(request.operation + ": only POST has a body");
    set_option(easy, CURLOPT_HTTPGET, 1L);
    set_option(easy, CURLOPT_CUSTOMREQUEST, request.verb == Verb::Delete ? "DELETE" : nullptr);
  }
  // libcurl repeats a request by itself when a kept-alive connection turns out dead. Transfer ends
  // that once a byte of the body went out. A POST without a body has no such guard, so it never
  // uses a kept-alive connection. GET and DELETE may be repeated.
  const bool unguarded = request.verb == Verb::Post && request.body.empty();
  set_option(easy, CURLOPT_FRESH_CONNECT, unguarded ? 1L : 0L);
}

}  // namespace

Address parse_address(std::string_view url, bool allow_http) {
  Address address{"", "", "https"};
  std::string_view rest = url;
  if (rest.substr(0, 8) == "https://") {
    rest.remove_prefix(8);
  } else if (rest.substr(0, 7) == "http://") {
    if (!allow_http) throw bad_address("it is not https");
    address.protocol = "http";
    rest.remove_prefix(7);
  } else {
    throw bad_address("it does not start with https://");
  }
  if (!rest.empty() && rest.back() == '/') rest.remove_suffix(1);
  if (rest.find('@') != std::string_view::npos) throw bad_address("it holds a user name");
  if (rest.empty() || rest.find_first_of("/?#\\") != std::string_view::npos) {
    throw bad_address("it is not only scheme, host and port");
  }
  for (const char c : rest) {
    if (c <= ' ' || c == 0x7f) throw bad_address("it holds a blank or a control character");
  }
  address.host = rest;
  address.base = std::string(address.protocol) + "://" + address.host;
  return address;
}

void set_defaults(CURL* easy, const CurlOptions& options, const Address& address, TlsCheck& tls) {
  set_network(easy, options, address);
  set_http(easy, options);
  set_trust(easy, tls);
}

List set_request(CURL* easy, const Address& address, const Request& request) {
  if (request.path.empty() || request.path.front() != '/' || holds_control(request.path) ||
      request.path.find(' ') != std::string::npos) {
    throw std::logic_error(request.operation + ": not a path on the server");
  }
  List headers = header_list(request);
  set_option(easy, CURLOPT_URL, (address.base + request.path).c_str());
  set_option(easy, CURLOPT_HTTPHEADER, headers.get());
  set_verb(easy, request);
  return headers;
}

}  // namespace vsphere
