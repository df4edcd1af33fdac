#include "vsphere-client/curl_error.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/x509_vfy.h>

#include <cerrno>
#include <string_view>

#include "vsphere-client/printable.h"

namespace vsphere {
namespace {

std::string seconds(std::chrono::milliseconds time) {
  return fmt::format("{:g} s", static_cast<double>(time.count()) / 1000.0);
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string shown_certificate(const TlsCheck& tls) {
  if (tls.shown.empty()) return {};
  return " (it shows SHA-256 " + pretty_thumbprint(tls.shown) + ")";
}

std::string mismatch_words(const TlsCheck& tls) {
  std::string expected;
  for (const std::string& ours : tls.trust.thumbprints) {
    expected += (expected.empty() ? "" : " or ") + pretty_thumbprint(ours);
  }
  return "the certificate's thumbprint is not the configured one: shown " +
         pretty_thumbprint(tls.shown) + ", expected " + (expected.empty() ? "none" : expected) +
         "; if the certificate was renewed, compare on the server's console and set the new "
         "thumbprint, else someone stands in between";
}

std::string unverified_words(const TlsCheck& tls, const Failure& failure) {
  switch (tls.verify_error) {
    case X509_V_OK:
      return "the certificate belongs to another host name" + shown_certificate(tls) +
             "; use the name that the certificate carries, or set its thumbprint: " +
             printable(failure.detail);
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "the certificate has expired" + shown_certificate(tls) +
             "; have it renewed on the server, and check this machine's clock";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "the certificate is not valid yet" + shown_certificate(tls) +
             "; check the clocks of this machine and of the server";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return "the certificate is signed by an unknown CA" + shown_certificate(tls) +
             "; set ca_file to the CA that signed it, or set thumbprint after comparing it on the "
             "server's console";
    default:
      return fmt::format("the certificate was not accepted: {}{}; have it replaced on the server",
                         X509_verify_cert_error_string(tls.verify_error), shown_certificate(tls));
  }
}

std::string handshake_words(const Failure& failure) {
  // OpenSSL's reason strings: the only place where it tells these apart after the fact.
  if (has(failure.detail, "wrong version number") || has(failure.detail, "http request")) {
    return "the server does not speak TLS on this port; check the port";
  }
  if (has(failure.detail, "protocol version") || has(failure.detail, "unsupported protocol")) {
    return "the server offers no TLS protocol version of 1.2 or newer; enable TLS 1.2 on it";
  }
  return "the TLS handshake failed: " + printable(failure.detail) +
         "; check what stands between here and the server";
}

struct Verdict {
  ErrorKind kind;
  std::string words;
};

// libcurl says "couldn't connect" for both; for a person one is a stopped service, the other a
// network or a firewall.
Verdict unconnected_verdict(const Failure& failure) {
  switch (failure.os_error) {
    case ECONNREFUSED:
      return {ErrorKind::Unreachable,
              "connection refused; check the port and that the server runs"};
    case EHOSTUNREACH:
    case ENETUNREACH:
      return {ErrorKind::Unreachable,
              "no route to it; check the address and this machine's network"};
    default:
      return {ErrorKind::Unreachable, "cannot connect: " + printable(failure.detail) +
                                          "; check the address, the port and that the server runs"};
  }
}

Verdict connect_verdict(const Failure& failure) {
  switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return {ErrorKind::Unreachable, "the host name is not known to DNS; check the name"};
    case CURLE_OPERATION_TIMEDOUT:
      return {ErrorKind::Unreachable, "no connection within " + seconds(failure.limit) +
                                          "; check the address, the port and the firewall"};
    default:
      return unconnected_verdict(failure);
  }
}

Verdict tls_verdict(const Failure& failure, const TlsCheck& tls) {
  switch (failure.code) {
    case CURLE_SSL_CACERT_BADFILE:
      return {ErrorKind::Tls, "the CA file " + tls.trust.ca_file +
                                  " cannot be read as PEM certificates; check ca_file"};
    case CURLE_PEER_FAILED_VERIFICATION:
      return {ErrorKind::Tls, unverified_words(tls, failure)};
    default:
      return {ErrorKind::Tls, handshake_words(failure)};
  }
}

Verdict broken_verdict(const Failure& failure) {
  switch (failure.code) {
    case CURLE_GOT_NOTHING:
      return {ErrorKind::Transport, "the server closed the connection without a reply"};
    case CURLE_PARTIAL_FILE:
      return {ErrorKind::Transport, "the connection closed before the reply was whole"};
    default:
      return {ErrorKind::Transport, "the connection broke: " + printable(failure.detail)};
  }
}

/// A kept-alive connection was dead, and replacing it failed or was not allowed.
bool lost_on_reuse(const Failure& failure) {
  return failure.bytes_left &&
         (failure.code == CURLE_COULDNT_CONNECT || failure.code == CURLE_ABORTED_BY_CALLBACK ||
          failure.code == CURLE_SEND_FAIL_REWIND);
}

Verdict curl_verdict(const Failure& failure, const TlsCheck& tls) {
  if (lost_on_reuse(failure)) {
    return {ErrorKind::Transport,
            "the server closed the kept-alive connection while the request was on its way"};
  }
  if (tls.mismatch) return {ErrorKind::Tls, mismatch_words(tls)};
  switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return connect_verdict(failure);
    case CURLE_OPERATION_TIMEDOUT:
      // Only the connect phase has a time-out of libcurl's; the others are ours.
      return connect_verdict(failure);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return tls_verdict(failure, tls);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      return {ErrorKind::Protocol, "the reply is not HTTP: " + printable(failure.detail) +
                                       "; check that the address is a vCenter or ESXi host"};
    default:
      return broken_verdict(failure);
  }
}

Verdict verdict_of(const Failure& failure, const TlsCheck& tls) {
  switch (failure.ending) {
    case Ending::Curl:
      return curl_verdict(failure, tls);
    case Ending::Stopped:
      return {ErrorKind::Interrupted, "ended by our own stop request"};
    case Ending::SlowFirstByte:
      return {ErrorKind::Transport, "no answer within " + seconds(failure.limit)};
    case Ending::Stalled:
      return {ErrorKind::Transport, "the reply ran dry for " + seconds(failure.limit)};
    case Ending::BodyTooLarge:
      return {ErrorKind::Protocol, fmt::format("the reply is larger than {} bytes; ask for less "
                                               "at once",
                                               failure.size_limit)};
    case Ending::HeadersTooMany:
      return {ErrorKind::Protocol,
              "the reply has more headers than any vCenter sends; check that "
              "the address is a vCenter or ESXi host"};
    case Ending::HeadersCut:
      return {ErrorKind::Transport, "the connection closed before the reply's headers were whole"};
    case Ending::BadEncoding:
      return {ErrorKind::Protocol,
              "the reply's compression is broken or was not asked for; check "
              "what stands between here and the server"};
  }
  return {ErrorKind::Transport, "ended for an unknown reason"};
}

}  // namespace

Error curl_error(const Failure& failure, const TlsCheck& tls) {
  const Verdict verdict = verdict_of(failure, tls);
  const Outcome outcome = failure.bytes_left ? Outcome::Unknown : Outcome::NotExecuted;
  std::string text = failure.operation + " at " + failure.host + ": " + verdict.words;
  if (outcome == Outcome::Unknown) {
    text += "; the server may have carried it out, so look before trying again";
  }
  return {verdict.kind, outcome, text};
}

}  // namespace vsphere
