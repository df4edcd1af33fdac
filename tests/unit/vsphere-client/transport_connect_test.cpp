#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

#include "tests/unit/vsphere-client/transport_fixture.h"
#include "vsphere-client/curl_error.h"

namespace vsphere {
namespace {

using testing_support::Connection;
using testing_support::http_reply;
using testing_support::SocketServer;

/// A port of the loopback interface that is bound and never listens: connecting is refused.
class RefusingPort {
 public:
  RefusingPort() : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(socket_, generic, length) != 0 || getsockname(socket_, generic, &length) != 0) {
      throw std::runtime_error("cannot bind");
    }
    port_ = ntohs(address.sin_port);
  }
  ~RefusingPort() { close(socket_); }
  RefusingPort(const RefusingPort&) = delete;
  RefusingPort& operator=(const RefusingPort&) = delete;
  std::string url(const std::string& scheme) const {
    return scheme + "://127.0.0.1:" + std::to_string(port_);
  }

 private:
  int socket_;
  int port_ = 0;
};

TEST(TransportConnect, RefusedPortIsUnreachableAndNothingWasExecuted) {
  const RefusingPort port;
  for (const std::string scheme : {"http", "https"}) {
    const Error error = error_of(options_for(port.url(scheme)), call_of("CreateSnapshot_Task"));
    EXPECT_EQ(error.kind(), ErrorKind::Unreachable);
    EXPECT_EQ(error.outcome(), Outcome::NotExecuted);
    expect_message(error, {"CreateSnapshot_Task at 127.0.0.1:", "connection refused", "check"});
  }
}

TEST(TransportConnect, UnknownHostNameIsUnreachable) {
  const Error error = error_of(options_for("https://vcenter.invalid"));
  EXPECT_EQ(error.kind(), ErrorKind::Unreachable);
  EXPECT_EQ(error.outcome(), Outcome::NotExecuted);
  expect_message(error, {"CurrentTime at vcenter.invalid", "DNS", "check the name"});
}

TEST(TransportConnect, TimeOutWhileConnectingIsUnreachable) {
  // TCP connects, but nobody ever answers the handshake.
  SocketServer server([](Connection& c) { c.wait_until_closed(); });
  CurlOptions options = options_for("https://127.0.0.1:" + std::to_string(server.port()));
  options.connect_timeout = milliseconds{80};
  const Error error = error_of(options);
  EXPECT_EQ(error.kind(), ErrorKind::Unreachable);
  EXPECT_EQ(error.outcome(), Outcome::NotExecuted);
  expect_message(error, {"no connection within 0.08 s", "firewall"});
}

TEST(TransportConnect, ProxyVariablesAreIgnored) {
  SocketServer proxy([](Connection& c) {
    c.read_request();
    c.send(http_reply(502, "from the proxy"));
  });
  SocketServer server([](Connection& c) {
    c.read_request();
    c.send(http_reply(200, "direct"));
  });
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) {
    setenv(name, proxy.url().c_str(), 1);
  }
  CurlTransport transport(options_for(server.url()), {});
  EXPECT_EQ(send(transport).body, "direct");
  EXPECT_EQ(proxy.connections(), 0);
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) unsetenv(name);
}

TEST(TransportConnect, AddressesThatAreNotSchemeHostAndPortAreRefusedWithoutEchoingThem) {
  for (const std::string url : {
           "http://vc.example.com",
           "vc.example.com",
           "ftp://vc",
           "file:///etc/passwd",
           "https://",
           "https://user:hunter2@vc.example.com",
           "https://vc/sdk",
           "https://vc?x=hunter2",
           "https://vc#x",
           "https://vc\\x",
           "https://vc\nhunter2",
           "https://a b",
           "",
       }) {
    CurlOptions options = options_for(url);
    options.allow_http = false;
    try {
      CurlTransport transport(options, {});
      ADD_FAILURE() << url << " was accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::Unreachable);
      EXPECT_EQ(error.outcome(), Outcome::NotExecuted);
      EXPECT_THAT(error.what(), testing::Not(testing::HasSubstr("hunter2")));
      expect_message(error, {"https://host[:port]"});
    }
  }
}

TEST(TransportConnect, RequestsThatWouldChangeTheirOwnShapeAreRefused) {
  SocketServer server([](Connection& c) { c.read_request(); });
  CurlTransport transport(options_for(server.url()), {});
  Request elsewhere = call_of("CurrentTime");
  for (const std::string path : {"", "sdk", "@evil.example.com/", "/sdk\r\nX: y", "/a b"}) {
    elsewhere.path = path;
    EXPECT_THROW(send(transport, elsewhere), std::logic_error) << path;
  }
  Request split = call_of("CurrentTime");
  split.headers.emplace_back("X-Note", "a\r\nX-Evil: b");
  EXPECT_THROW(send(transport, split), std::logic_error);
  Request body_on_get = call_of("read");
  body_on_get.verb = Verb::Get;
  EXPECT_THROW(send(transport, body_on_get), std::logic_error);
  EXPECT_EQ(server.connections(), 0);
}

TEST(TransportConnect, ResetBeforeTheFirstByteIsNotExecutedAndAfterItUnknown) {
  Failure failure;
  failure.code = 55;  // CURLE_SEND_ERROR
  failure.operation = "RemoveSnapshot_Task";
  failure.host = "vc";
  failure.detail = "Connection reset by peer";
  EXPECT_EQ(curl_error(failure, {}).kind(), ErrorKind::Transport);
  EXPECT_EQ(curl_error(failure, {}).outcome(), Outcome::NotExecuted);
  failure.bytes_left = true;
  EXPECT_EQ(curl_error(failure, {}).kind(), ErrorKind::Transport);
  EXPECT_EQ(curl_error(failure, {}).outcome(), Outcome::Unknown);
  expect_message(curl_error(failure, {}),
                 {"RemoveSnapshot_Task at vc", "look before trying again"});
}

}  // namespace
}  // namespace vsphere
