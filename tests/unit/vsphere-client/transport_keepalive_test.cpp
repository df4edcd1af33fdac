#include <future>
#include <thread>

#include "tests/unit/vsphere-client/transport_fixture.h"

namespace vsphere {
namespace {

using testing_support::Connection;
using testing_support::header_of;
using testing_support::http_reply;
using testing_support::SocketServer;

const std::string kCookie = "vmware_soap_session=\"52a1c0-17\"";

void answer_all(Connection& connection) {
  while (connection.read_request()) connection.send(http_reply(200, "<ok/>"));
}

Request on(Channel channel, const std::string& operation = "CurrentTime") {
  Request request = call_of(operation);
  request.channel = channel;
  return request;
}

TEST(TransportKeepAlive, EachChannelKeepsOneConnection) {
  for (const bool tls : {false, true}) {
    const auto certificate = testing_support::make_certificate({});
    SocketServer server(answer_all,
                        tls ? std::optional(testing_support::TlsSetup{certificate}) : std::nullopt);
    CurlOptions options = options_for(server.url());
    options.trust = {TlsTrust::Mode::Thumbprint, "", {certificate.thumbprint}};
    CurlTransport transport(options, {});
    for (int i = 0; i < 10; ++i) {
      send(transport, on(Channel::Calls));
      send(transport, on(Channel::Updates));
    }
    EXPECT_EQ(server.requests().size(), 20u);
    EXPECT_EQ(server.connections(), 2);
  }
}

TEST(TransportKeepAlive, WaitingUpdateDoesNotHoldUpACall) {
  std::promise<void> update_arrived;
  std::promise<void> call_done;
  auto released = call_done.get_future();
  SocketServer server([&](Connection& c) {
    const auto request = c.read_request();
    if (request && request->find("wait") != std::string::npos) {
      update_arrived.set_value();
      released.wait();
      c.send(http_reply(200, "update"));
    } else {
      c.send(http_reply(200, "call"));
    }
  });
  CurlTransport transport(options_for(server.url()), {});
  std::string update;
  {
    const std::jthread waiting([&] {
      Request request = on(Channel::Updates, "WaitForUpdatesEx");
      request.body = "<wait/>";
      update = send(transport, request).body;
    });
    update_arrived.get_future().wait();
    EXPECT_EQ(send(transport, on(Channel::Calls)).body, "call");
    transport.forget_session();
    call_done.set_value();
  }
  EXPECT_EQ(update, "update");
}

TEST(TransportKeepAlive, SecondCallOnABusyChannelIsRefused) {
  SocketServer server(answer_all);
  CurlTransport transport(options_for(server.url()), {});
  EXPECT_THROW(
      transport.send(on(Channel::Calls),
                     [&transport](int, std::string_view) { send(transport, on(Channel::Calls)); }),
      std::logic_error);
}

TEST(TransportKeepAlive, CookieIsSentBackVerbatimOnBothChannelsUntilForgotten) {
  SocketServer server([](Connection& c) {
    while (const auto request = c.read_request()) {
      const bool login = request->find("<Login/>") != std::string::npos;
      c.send(http_reply(200, "<ok/>",
                        login ? "Set-Cookie: " + kCookie + "; Path=/; HttpOnly; Secure;\r\n" : ""));
    }
  });
  CurlTransport transport(options_for(server.url()), {});
  Request login = on(Channel::Calls, "Login");
  login.body = "<Login/>";
  send(transport, login);
  send(transport, on(Channel::Calls));
  send(transport, on(Channel::Updates));
  transport.forget_session();
  send(transport, on(Channel::Calls));
  send(transport, on(Channel::Updates));
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 5u);
  EXPECT_EQ(header_of(requests[0], "Cookie"), "");
  EXPECT_EQ(header_of(requests[1], "Cookie"), kCookie);
  EXPECT_EQ(header_of(requests[2], "Cookie"), kCookie);
  EXPECT_EQ(header_of(requests[3], "Cookie"), "");
  EXPECT_EQ(header_of(requests[4], "Cookie"), "");
}

/// Answers the first request; reads the second whole, then closes without a word.
void close_on_second_request(Connection& connection) {
  connection.read_request();
  if (connection.number() > 1) {
    connection.send(http_reply(200, "repeated"));
    return;
  }
  connection.send(http_reply(200, "first"));
  connection.read_request();
}

TEST(TransportKeepAlive, CallThatMeetsAClosingConnectionIsUnknownAndNeverSentTwice) {
  for (const std::size_t size : {10u, 300'000u}) {
    SocketServer server(close_on_second_request);
    CurlTransport transport(options_for(server.url()), {});
    send(transport);
    const Error error = error_of(transport, call_of("CreateSnapshot_Task", std::string(size, 'x')));
    EXPECT_EQ(error.kind(), ErrorKind::Transport);
    EXPECT_EQ(error.outcome(), Outcome::Unknown);
    expect_message(error, {"CreateSnapshot_Task", "look before trying again"});
    EXPECT_EQ(server.requests().size(), 2u) << "the call reached the server twice";
    EXPECT_EQ(server.connections(), 1);
  }
}

TEST(TransportKeepAlive, CallAfterOneThatBrokeOffIsSentAsAnyOther) {
  for (const std::size_t size : {10u, 300'000u}) {
    SocketServer server(close_on_second_request);
    CurlTransport transport(options_for(server.url()), {});
    send(transport);
    error_of(transport, call_of("CreateSnapshot_Task", std::string(size, 'x')));
    EXPECT_EQ(send(transport, call_of("CurrentTime", std::string(size, 'y'))).body, "repeated");
    EXPECT_EQ(server.requests().size(), 3u);
  }
}

TEST(TransportKeepAlive, CallThatMeetsAResettingConnectionIsNeverSentTwice) {
  SocketServer server([](Connection& c) {
    c.read_request();
    c.send(http_reply(200, "first"));
    if (c.read_request()) c.reset();
  });
  CurlTransport transport(options_for(server.url()), {});
  send(transport);
  EXPECT_EQ(error_of(transport, call_of("CreateSnapshot_Task")).outcome(), Outcome::Unknown);
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST(TransportKeepAlive, ServerThatIsGoneAfterTakingTheCallLeavesItInDoubt) {
  std::promise<void> stopping;
  auto server = std::make_unique<SocketServer>([&stopping](Connection& c) {
    c.read_request();
    c.send(http_reply(200, "first"));
    c.read_request();
    stopping.set_value();
    c.wait_until_closed();
  });
  CurlTransport transport(options_for(server->url()), {});
  send(transport);
  const std::jthread stopper([&] {
    stopping.get_future().wait();
    server.reset();
  });
  const Error error = error_of(transport, call_of("CreateSnapshot_Task"));
  EXPECT_EQ(error.kind(), ErrorKind::Transport);
  EXPECT_EQ(error.outcome(), Outcome::Unknown);
}

TEST(TransportKeepAlive, PostWithoutABodyIsNeverSentTwiceEither) {
  SocketServer server(close_on_second_request);
  CurlTransport transport(options_for(server.url()), {});
  send(transport);
  Request session = call_of("POST /api/session", "");
  EXPECT_EQ(send(transport, session).body, "repeated") << "on a connection of its own";
  EXPECT_EQ(server.connections(), 2);
  EXPECT_EQ(server.requests().size(), 2u);

  SocketServer closing([](Connection& c) { c.read_request(); });
  CurlTransport second(options_for(closing.url()), {});
  EXPECT_EQ(error_of(second, session).outcome(), Outcome::Unknown);
  EXPECT_EQ(closing.requests().size(), 1u);
}

TEST(TransportKeepAlive, ReadMayBeRepeatedOnANewConnection) {
  SocketServer server(close_on_second_request);
  CurlTransport transport(options_for(server.url()), {});
  send(transport);
  Request read;
  read.verb = Verb::Get;
  read.operation = "GET /api/x";
  read.path = "/api/x";
  EXPECT_EQ(send(transport, read).body, "repeated");
}

TEST(TransportKeepAlive, ConnectionThatTheServerClosedWhileIdleIsReplacedUnseen) {
  std::promise<void> closed;
  SocketServer server([&closed](Connection& c) {
    c.read_request();
    c.send(http_reply(200, "<ok/>"));
    if (c.number() == 1) {
      c.half_close();
      closed.set_value();
      c.wait_until_closed();
    }
  });
  CurlTransport transport(options_for(server.url()), {});
  send(transport);
  closed.get_future().wait();
  EXPECT_EQ(send(transport, call_of("CreateSnapshot_Task")).body, "<ok/>");
  EXPECT_EQ(server.connections(), 2);
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST(TransportKeepAlive, BytesBehindAReplyAreNotTakenForTheNextOne) {
  SocketServer server([](Connection& c) {
    while (c.read_request()) {
      c.send(http_reply(200, "mine") + (c.number() == 1 ? http_reply(200, "smuggled") : ""));
    }
  });
  CurlTransport transport(options_for(server.url()), {});
  EXPECT_EQ(send(transport).body, "mine");
  EXPECT_EQ(send(transport).body, "mine");
  EXPECT_EQ(server.connections(), 2);
}

}  // namespace
}  // namespace vsphere
