#include <openssl/ssl.h>

#include "tests/unit/vsphere-client/transport_fixture.h"

namespace vsphere {
namespace {

using testing_support::Certificate;
using testing_support::CertificateSpec;
using testing_support::Connection;
using testing_support::make_certificate;
using testing_support::SocketServer;
using testing_support::TlsSetup;

void answer_all(Connection& connection) {
  while (connection.read_request()) connection.send(testing_support::http_reply(200, "<ok/>"));
}

CurlOptions trusting(const SocketServer& server, const std::string& ca_file) {
  CurlOptions options = options_for(server.url());
  options.trust.mode = TlsTrust::Mode::CaFile;
  options.trust.ca_file = ca_file;
  return options;
}

CurlOptions pinning(const SocketServer& server, std::vector<std::string> thumbprints) {
  CurlOptions options = options_for(server.url());
  options.trust.mode = TlsTrust::Mode::Thumbprint;
  options.trust.thumbprints = std::move(thumbprints);
  return options;
}

/// One CA for all cases, made once.
const Certificate& authority() {
  static const Certificate certificate = [] {
    CertificateSpec spec;
    spec.common_name = "Test CA";
    spec.names.clear();
    spec.authority = true;
    return make_certificate(spec);
  }();
  return certificate;
}

void expect_refused(const Error& error, const SocketServer& server) {
  EXPECT_EQ(error.kind(), ErrorKind::Tls);
  EXPECT_EQ(error.outcome(), Outcome::NotExecuted);
  EXPECT_TRUE(server.requests().empty()) << "a request left before the certificate was accepted";
}

TEST(TransportTls, CertificateOfTheConfiguredCaIsAccepted) {
  const testing_support::TemporaryFile ca(authority().pem);
  SocketServer server(answer_all, TlsSetup{make_certificate({}, &authority())});
  CurlTransport transport(trusting(server, ca.path()), {});
  EXPECT_EQ(send(transport).body, "<ok/>");
}

TEST(TransportTls, SelfSignedCertificateIsRefusedAndItsThumbprintShown) {
  const Certificate certificate = make_certificate({});
  SocketServer server(answer_all, TlsSetup{certificate});
  const Error error = error_of(options_for(server.url()));
  expect_refused(error, server);
  expect_message(error, {"unknown CA", pretty_thumbprint(certificate.thumbprint), "ca_file"});
}

TEST(TransportTls, CertificateOfAnotherCaIsRefused) {
  const testing_support::TemporaryFile ca(make_certificate({}).pem);
  SocketServer server(answer_all, TlsSetup{make_certificate({}, &authority())});
  const Error error = error_of(trusting(server, ca.path()));
  expect_refused(error, server);
  expect_message(error, {"unknown CA"});
}

TEST(TransportTls, WrongHostNameIsRefused) {
  CertificateSpec other;
  other.names = {"DNS:other.example.com"};
  const testing_support::TemporaryFile ca(authority().pem);
  SocketServer server(answer_all, TlsSetup{make_certificate(other, &authority())});
  const Error error = error_of(trusting(server, ca.path()));
  expect_refused(error, server);
  expect_message(error, {"another host name", "127.0.0.1"});
}

TEST(TransportTls, ExpiredAndNotYetValidCertificatesAreRefusedInTheirOwnWords) {
  const testing_support::TemporaryFile ca(authority().pem);
  CertificateSpec expired;
  expired.valid_from_days = -10;
  expired.valid_to_days = -1;
  SocketServer old_server(answer_all, TlsSetup{make_certificate(expired, &authority())});
  const Error old_error = error_of(trusting(old_server, ca.path()));
  expect_refused(old_error, old_server);
  expect_message(old_error, {"has expired", "clock"});

  CertificateSpec early;
  early.valid_from_days = 2;
  SocketServer early_server(answer_all, TlsSetup{make_certificate(early, &authority())});
  const Error early_error = error_of(trusting(early_server, ca.path()));
  expect_refused(early_error, early_server);
  expect_message(early_error, {"not valid yet", "clock"});
}

TEST(TransportTls, MatchingThumbprintStandsInForCaAndHostName) {
  CertificateSpec foreign;
  foreign.names = {"DNS:other.example.com"};
  foreign.valid_from_days = -10;
  foreign.valid_to_days = -1;
  const Certificate certificate = make_certificate(foreign);
  SocketServer server(answer_all, TlsSetup{certificate});
  const std::string other(64, 'A');
  CurlTransport transport(pinning(server, {other, certificate.thumbprint}), {});
  EXPECT_EQ(send(transport).body, "<ok/>");
}

TEST(TransportTls, WrongThumbprintIsRefusedAndBothAreShown) {
  const Certificate certificate = make_certificate({}, &authority());
  SocketServer server(answer_all, TlsSetup{certificate});
  std::string expected = certificate.thumbprint;
  expected.back() = expected.back() == '0' ? '1' : '0';
  const Error error = error_of(pinning(server, {expected}));
  expect_refused(error, server);
  expect_message(error, {"shown " + pretty_thumbprint(certificate.thumbprint),
                         "expected " + pretty_thumbprint(expected)});
}

TEST(TransportTls, NoThumbprintAtAllAcceptsNothing) {
  SocketServer server(answer_all, TlsSetup{make_certificate({})});
  const Error error = error_of(pinning(server, {}));
  expect_refused(error, server);
}

TEST(TransportTls, ThumbprintIsCheckedOnEachNewConnection) {
  const Certificate certificate = make_certificate({});
  SocketServer server(
      [](Connection& c) {
        c.read_request();
        c.send(testing_support::http_reply(200, "<ok/>", "Connection: close\r\n"));
      },
      TlsSetup{certificate});
  CurlTransport transport(pinning(server, {certificate.thumbprint}), {});
  EXPECT_EQ(send(transport).body, "<ok/>");
  EXPECT_EQ(send(transport).body, "<ok/>");
  EXPECT_EQ(server.connections(), 2);
}

TEST(TransportTls, InsecureAcceptsAnyCertificate) {
  SocketServer server(answer_all, TlsSetup{make_certificate({})});
  CurlOptions options = options_for(server.url());
  options.trust.mode = TlsTrust::Mode::Insecure;
  CurlTransport transport(options, {});
  EXPECT_EQ(send(transport).body, "<ok/>");
}

TEST(TransportTls, ServerWithoutTls12IsRefused) {
  TlsSetup old_tls{make_certificate({})};
  old_tls.newest_version = TLS1_1_VERSION;
  SocketServer server(answer_all, old_tls);
  CurlOptions options = options_for(server.url());
  options.trust.mode = TlsTrust::Mode::Insecure;
  const Error error = error_of(options);
  expect_refused(error, server);
  expect_message(error, {"TLS protocol version", "1.2"});
}

TEST(TransportTls, PlainHttpOnTheTlsPortIsNamed) {
  SocketServer server([](Connection& c) { c.send(testing_support::http_reply(400, "plain")); });
  const Error error = error_of(options_for("https://127.0.0.1:" + std::to_string(server.port())));
  EXPECT_EQ(error.kind(), ErrorKind::Tls);
  EXPECT_EQ(error.outcome(), Outcome::NotExecuted);
  expect_message(error, {"does not speak TLS", "check the port"});
}

TEST(TransportTls, ResetDuringTheHandshakeIsNotExecuted) {
  SocketServer server([](Connection& c) {
    c.read_bytes(1);
    c.reset();
  });
  const Error error = error_of(options_for("https://127.0.0.1:" + std::to_string(server.port())));
  EXPECT_EQ(error.kind(), ErrorKind::Tls);
  EXPECT_EQ(error.outcome(), Outcome::NotExecuted);
}

TEST(TransportTls, MissingOrBrokenCaFileIsNamed) {
  SocketServer server(answer_all, TlsSetup{make_certificate({})});
  const testing_support::TemporaryFile broken("not a certificate\n");
  for (const std::string& file : {std::string("/nonexistent/ca.pem"), broken.path()}) {
    const Error error = error_of(trusting(server, file));
    expect_refused(error, server);
    expect_message(error, {"CA file " + file, "check ca_file"});
  }
}

TEST(TransportTls, ThumbprintOfAServerIsReadWithoutSendingARequest) {
  const Certificate certificate = make_certificate({});
  SocketServer server(answer_all, TlsSetup{certificate});
  EXPECT_EQ(fetch_thumbprint(server.url(), {}), certificate.thumbprint);
  EXPECT_TRUE(server.requests().empty());
}

TEST(TransportTls, ThumbprintOfAServerThatIsNotThereIsUnreachable) {
  try {
    fetch_thumbprint("https://vcenter.invalid", {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::Unreachable);
  }
}

}  // namespace
}  // namespace vsphere
