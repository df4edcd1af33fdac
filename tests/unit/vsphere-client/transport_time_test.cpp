#include "tests/unit/vsphere-client/transport_fixture.h"

namespace vsphere {
namespace {

using testing_support::Connection;
using testing_support::http_reply;
using testing_support::SocketServer;
using Clock = std::chrono::steady_clock;

void never_answer(Connection& connection) {
  connection.read_request();
  connection.wait_until_closed();
}

TEST(TransportTime, ServerThatNeverAnswersIsUnknownAfterTheFirstByteTimeOut) {
  SocketServer server(never_answer);
  CurlOptions options = options_for(server.url());
  options.first_byte_timeout = milliseconds{60};
  const Error error = error_of(options, call_of("RemoveSnapshot_Task"));
  EXPECT_EQ(error.kind(), ErrorKind::Transport);
  EXPECT_EQ(error.outcome(), Outcome::Unknown);
  expect_message(error, {"no answer within 0.06 s", "look before trying again"});
}

TEST(TransportTime, RequestMayBringItsOwnFirstByteTimeOut) {
  SocketServer server(never_answer);
  Request request = call_of("WaitForUpdatesEx");
  request.first_byte_timeout = milliseconds{60};
  const Error error = error_of(options_for(server.url()), request);
  expect_message(error, {"no answer within 0.06 s"});
}

TEST(TransportTime, ReplyThatRunsDryIsUnknownAfterTheStallTimeOut) {
  SocketServer server([](Connection& c) {
    c.read_request();
    c.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome");
    c.wait_until_closed();
  });
  CurlOptions options = options_for(server.url());
  options.stall_timeout = milliseconds{60};
  const Error error = error_of(options);
  EXPECT_EQ(error.kind(), ErrorKind::Transport);
  EXPECT_EQ(error.outcome(), Outcome::Unknown);
  expect_message(error, {"ran dry for 0.06 s"});
}

TEST(TransportTime, HeadersWithoutABodyEndAsWell) {
  SocketServer server([](Connection& c) {
    c.read_request();
    c.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
    c.wait_until_closed();
  });
  CurlOptions options = options_for(server.url());
  options.first_byte_timeout = milliseconds{60};
  options.stall_timeout = milliseconds{60};
  EXPECT_EQ(error_of(options).kind(), ErrorKind::Transport);
}

TEST(TransportTime, HeadersSentEarlyDoNotShortenTheTimeToThink) {
  SocketServer server([](Connection& c) {
    c.read_request();
    c.drip("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", 100, milliseconds{120});
    c.send("done");
  });
  CurlOptions options = options_for(server.url());
  options.stall_timeout = milliseconds{30};
  CurlTransport transport(options, {});
  EXPECT_EQ(send(transport).body, "done");
}

TEST(TransportTime, SlowButSteadyReplyIsRead) {
  SocketServer server([](Connection& c) {
    c.read_request();
    c.drip(http_reply(200, "slow and steady"), 2, milliseconds{15});
  });
  CurlOptions options = options_for(server.url());
  options.stall_timeout = milliseconds{300};
  CurlTransport transport(options, {});
  const auto start = Clock::now();
  EXPECT_EQ(send(transport).body, "slow and steady");
  EXPECT_GT(Clock::now() - start, options.stall_timeout) << "the case proves nothing";
}

TEST(TransportTime, DripBelowTheSlowestRateIsAStall) {
  SocketServer server([](Connection& c) {
    c.read_request();
    c.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    c.drip(std::string(100'000, 'x'), 1, milliseconds{5});
  });
  CurlOptions options = options_for(server.url());
  options.stall_timeout = milliseconds{100};
  options.slowest_bytes_per_second = 10'000;
  const Error error = error_of(options);
  EXPECT_EQ(error.kind(), ErrorKind::Transport);
  expect_message(error, {"ran dry"});
}

TEST(TransportTime, CallAfterATimeOutUsesANewConnection) {
  SocketServer server([](Connection& c) {
    if (c.number() == 1) return never_answer(c);
    c.read_request();
    c.send(http_reply(200, "second"));
  });
  CurlTransport transport(options_for(server.url()), {});
  Request first = call_of("CurrentTime");
  first.first_byte_timeout = milliseconds{50};
  error_of(transport, first);
  EXPECT_EQ(send(transport).body, "second");
}

TEST(TransportStop, NothingIsSentAfterAStop) {
  SocketServer server(never_answer);
  std::stop_source stop;
  CurlTransport transport(options_for(server.url()), stop.get_token());
  stop.request_stop();
  const Error error = error_of(transport);
  EXPECT_EQ(error.kind(), ErrorKind::Interrupted);
  EXPECT_EQ(error.outcome(), Outcome::NotExecuted);
  EXPECT_EQ(server.connections(), 0);
}

TEST(TransportStop, StopWhileTheServerThinksEndsTheCallWithinASecondAndIsUnknown) {
  std::stop_source stop;
  SocketServer server([&stop](Connection& c) {
    c.read_request();
    stop.request_stop();
    c.wait_until_closed();
  });
  CurlTransport transport(options_for(server.url()), stop.get_token());
  const auto start = Clock::now();
  const Error error = error_of(transport);
  EXPECT_LT(Clock::now() - start, milliseconds{1000});
  EXPECT_EQ(error.kind(), ErrorKind::Interrupted);
  EXPECT_EQ(error.outcome(), Outcome::Unknown);
}

TEST(TransportStop, StopDuringTheHandshakeIsNotExecuted) {
  std::stop_source stop;
  SocketServer server([&stop](Connection& c) {
    c.read_bytes(1);
    stop.request_stop();
    c.wait_until_closed();
  });
  CurlTransport transport(options_for("https://127.0.0.1:" + std::to_string(server.port())),
                          stop.get_token());
  const auto start = Clock::now();
  const Error error = error_of(transport);
  EXPECT_LT(Clock::now() - start, milliseconds{1000});
  EXPECT_EQ(error.kind(), ErrorKind::Interrupted);
  EXPECT_EQ(error.outcome(), Outcome::NotExecuted);
}

TEST(TransportStop, FarewellStillLeavesAfterAStop) {
  SocketServer server([](Connection& c) {
    while (c.read_request()) c.send(http_reply(200, "bye"));
  });
  std::stop_source stop;
  CurlTransport transport(options_for(server.url()), stop.get_token());
  stop.request_stop();
  Request logout = call_of("Logout");
  logout.farewell = true;
  EXPECT_EQ(send(transport, logout).body, "bye");
}

TEST(TransportStop, FarewellToASilentServerEndsSoon) {
  SocketServer server(never_answer);
  std::stop_source stop;
  CurlTransport transport(options_for(server.url()), stop.get_token());
  stop.request_stop();
  Request logout = call_of("Logout");
  logout.farewell = true;
  const auto start = Clock::now();
  EXPECT_EQ(error_of(transport, logout).kind(), ErrorKind::Interrupted);
  EXPECT_LT(Clock::now() - start, milliseconds{2000});
}

}  // namespace
}  // namespace vsphere
