#include <stdexcept>

#include "tests/unit/vsphere-client/transport_fixture.h"

namespace vsphere {
namespace {

using testing_support::Connection;
using testing_support::http_reply;
using testing_support::SocketServer;

/// Answers every request with the same bytes and keeps the connection.
SocketServer::Script replying(std::string bytes) {
  return [bytes = std::move(bytes)](Connection& c) {
    while (c.read_request()) c.send(bytes);
  };
}

/// Answers one request and closes.
SocketServer::Script replying_once(std::string bytes) {
  return [bytes = std::move(bytes)](Connection& c) {
    c.read_request();
    c.send(bytes);
  };
}

Error error_for(const SocketServer::Script& script) {
  SocketServer server(script);
  return error_of(options_for(server.url()), call_of("RemoveSnapshot_Task"));
}

void expect_in_doubt(const Error& error, ErrorKind kind) {
  EXPECT_EQ(error.kind(), kind) << error.what();
  EXPECT_EQ(error.outcome(), Outcome::Unknown) << error.what();
  expect_message(error, {"RemoveSnapshot_Task at 127.0.0.1:", "look before trying again"});
}

TEST(TransportReply, FaultIsAReplyAndTheSinkKnowsItsStatus) {
  SocketServer server(replying(http_reply(500, "<Fault/>", "X-A: 1\r\nx-a: 2\r\nX-Empty:\r\n")));
  CurlTransport transport(options_for(server.url()), {});
  const Answer answer = send(transport);
  EXPECT_EQ(answer.reply.status, 500);
  EXPECT_EQ(answer.sink_status, 500);
  EXPECT_EQ(answer.body, "<Fault/>");
  EXPECT_EQ(answer.reply.header("x-a"), "1");
  EXPECT_EQ(answer.reply.header("x-empty"), "");
  EXPECT_EQ(answer.reply.header("absent"), "");
  EXPECT_EQ(answer.reply.body_bytes, 8u);
  EXPECT_EQ(answer.reply.wire_bytes, 8u);
}

TEST(TransportReply, RequestArrivesAsGivenWithoutExpectOrForeignHeaders) {
  SocketServer server(replying(http_reply(200, "")));
  CurlTransport transport(options_for(server.url()), {});
  Request request = call_of("Login", std::string(2 << 20, 'x'));
  request.headers.emplace_back("SOAPAction", "\"urn:vim25/8.0.2.0\"");
  request.headers.emplace_back("X-Empty", "");
  send(transport, request);
  const std::string sent = server.requests().at(0);
  EXPECT_EQ(sent.substr(0, 20), "POST /sdk HTTP/1.1\r\n");
  EXPECT_EQ(testing_support::header_of(sent, "SOAPAction"), "\"urn:vim25/8.0.2.0\"");
  EXPECT_EQ(testing_support::header_of(sent, "Content-Type"), "text/xml; charset=utf-8");
  EXPECT_EQ(testing_support::header_of(sent, "Accept-Encoding"), "gzip");
  EXPECT_EQ(testing_support::header_of(sent, "User-Agent"), "deltakeep-test");
  const std::string head = sent.substr(0, sent.find("\r\n\r\n"));
  EXPECT_THAT(head, testing::HasSubstr("X-Empty:"));
  EXPECT_THAT(head, testing::Not(testing::HasSubstr("Expect")));
  EXPECT_EQ(sent.substr(head.size() + 4), request.body);
}

TEST(TransportReply, EmptyBodyIsAReplyAndTheSinkIsNotCalled) {
  SocketServer server(replying(http_reply(200, "")));
  CurlTransport transport(options_for(server.url()), {});
  const Answer answer = send(transport);
  EXPECT_EQ(answer.reply.status, 200);
  EXPECT_EQ(answer.sink_status, 0);
  EXPECT_EQ(answer.reply.body_bytes, 0u);
}

TEST(TransportReply, RedirectIsReturnedAndNeverFollowed) {
  SocketServer elsewhere(replying(http_reply(200, "lured")));
  for (const int status : {301, 302, 303, 307, 308}) {
    for (const std::string& target : {elsewhere.url() + "/sdk", std::string("file:///etc/passwd"),
                                      std::string("http://169.254.169.254/")}) {
      SocketServer server(replying(http_reply(status, "", "Location: " + target + "\r\n")));
      CurlTransport transport(options_for(server.url()), {});
      const Answer answer = send(transport);
      EXPECT_EQ(answer.reply.status, status);
      EXPECT_EQ(answer.reply.header("location"), target);
    }
  }
  EXPECT_EQ(elsewhere.connections(), 0);
}

TEST(TransportReply, GzipIsUnpackedAndBothSizesAreTold) {
  std::string body;
  for (int i = 0; i < 20'000; ++i) body += "<item>" + std::to_string(i) + "</item>";
  const std::string packed = testing_support::gzip(body);
  SocketServer server(replying(http_reply(200, packed, "Content-Encoding: gzip\r\n")));
  CurlTransport transport(options_for(server.url()), {});
  const Answer answer = send(transport);
  EXPECT_EQ(answer.body, body);
  EXPECT_EQ(answer.reply.body_bytes, body.size());
  EXPECT_EQ(answer.reply.wire_bytes, packed.size());
}

TEST(TransportReply, ChunkedBodyArrivesWholeWhateverTheChunkSize) {
  const std::string body(5000, 'b');
  for (const std::size_t piece : {1u, 7u, 1024u, 10'000u}) {
    SocketServer server(replying("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
                                 testing_support::chunked(body, piece)));
    CurlTransport transport(options_for(server.url()), {});
    EXPECT_EQ(send(transport).body, body) << piece;
  }
}

TEST(TransportReply, BodyThatEndsWithTheConnectionIsWhole) {
  SocketServer server(replying_once("HTTP/1.0 200 OK\r\n\r\n<old/>"));
  CurlTransport transport(options_for(server.url()), {});
  EXPECT_EQ(send(transport).body, "<old/>");
}

TEST(TransportReply, CloseWithoutAReplyIsUnknown) {
  const Error error = error_for([](Connection& c) { c.read_request(); });
  expect_in_doubt(error, ErrorKind::Transport);
  expect_message(error, {"without a reply"});
}

TEST(TransportReply, HalfCloseWithoutAReplyIsUnknown) {
  expect_in_doubt(error_for([](Connection& c) {
                    c.read_request();
                    c.half_close();
                    c.wait_until_closed();
                  }),
                  ErrorKind::Transport);
}

TEST(TransportReply, ResetInsteadOfAReplyIsUnknown) {
  expect_in_doubt(error_for([](Connection& c) {
                    c.read_request();
                    c.reset();
                  }),
                  ErrorKind::Transport);
}

TEST(TransportReply, ResetMidwayThroughTheRequestIsUnknown) {
  SocketServer server([](Connection& c) {
    c.read_bytes(1000);
    c.reset();
  });
  const Error error = error_of(options_for(server.url()),
                               call_of("RemoveSnapshot_Task", std::string(16 << 20, 'x')));
  expect_in_doubt(error, ErrorKind::Transport);
}

TEST(TransportReply, BodyCutAnywhereIsUnknown) {
  const std::string body(1600, 'b');
  const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string encoded = testing_support::chunked(body, 100);
  for (std::size_t sixteenth = 0; sixteenth < 16; ++sixteenth) {
    const std::string part = encoded.substr(0, encoded.size() * sixteenth / 16);
    expect_in_doubt(error_for(replying_once(head + part)), ErrorKind::Transport);
    const std::string whole = http_reply(200, body);
    const std::size_t cut = whole.size() - body.size() + body.size() * sixteenth / 16;
    expect_in_doubt(error_for(replying_once(whole.substr(0, cut))), ErrorKind::Transport);
  }
}

TEST(TransportReply, HeadersCutShortAreNoReply) {
  const Error error = error_for(replying_once("HTTP/1.1 200 OK\r\nContent-Le"));
  EXPECT_EQ(error.outcome(), Outcome::Unknown);
}

TEST(TransportReply, BodyOverTheLimitEndsTheTransferAtTheLimit) {
  std::size_t delivered = 0;
  const auto attempt = [&delivered](std::size_t size) {
    SocketServer server(replying_once(http_reply(200, std::string(size, 'b'))));
    CurlOptions options = options_for(server.url());
    options.max_body_bytes = 100'000;
    CurlTransport transport(options, {});
    delivered = 0;
    transport.send(call_of("RemoveSnapshot_Task"),
                   [&delivered](int, std::string_view chunk) { delivered += chunk.size(); });
  };
  EXPECT_NO_THROW(attempt(100'000));
  EXPECT_EQ(delivered, 100'000u);
  try {
    attempt(100'001);
    FAIL();
  } catch (const Error& error) {
    expect_in_doubt(error, ErrorKind::Protocol);
    expect_message(error, {"larger than 100000 bytes"});
  }
  EXPECT_LE(delivered, 100'000u);
}

TEST(TransportReply, GzipBombIsCountedUnpacked) {
  const std::string bomb = testing_support::gzip(std::string(64 << 20, '\0'));
  ASSERT_LT(bomb.size(), 100'000u) << "small enough to pass a limit on compressed bytes";
  SocketServer server(replying_once(http_reply(200, bomb, "Content-Encoding: gzip\r\n")));
  CurlOptions options = options_for(server.url());
  options.max_body_bytes = 1 << 20;
  CurlTransport transport(options, {});
  std::size_t delivered = 0;
  try {
    transport.send(call_of("RemoveSnapshot_Task"),
                   [&delivered](int, std::string_view chunk) { delivered += chunk.size(); });
    FAIL();
  } catch (const Error& error) {
    expect_in_doubt(error, ErrorKind::Protocol);
  }
  EXPECT_LE(delivered, options.max_body_bytes);
}

TEST(TransportReply, BrokenGzipIsNotAReply) {
  const std::string plain = "not gzip at all, but it says so";
  std::string broken = testing_support::gzip(std::string(5000, 'a') + plain);
  for (std::size_t i = 10; i < broken.size() - 8; ++i) broken[i] = static_cast<char>(0xFF);
  for (const std::string& body : {plain, broken}) {
    expect_in_doubt(error_for(replying_once(http_reply(200, body, "Content-Encoding: gzip\r\n"))),
                    ErrorKind::Protocol);
  }
}

TEST(TransportReply, GzipCutShortIsNotAReply) {
  const std::string packed = testing_support::gzip(std::string(5000, 'a') + "the end");
  for (const std::size_t keep : {packed.size() - 1, packed.size() - 9, packed.size() / 2}) {
    expect_in_doubt(error_for(replying_once(
                        http_reply(200, packed.substr(0, keep), "Content-Encoding: gzip\r\n"))),
                    ErrorKind::Protocol);
  }
}

TEST(TransportReply, UnknownEncodingIsNotAReply) {
  expect_in_doubt(error_for(replying_once(http_reply(200, "xxxx", "Content-Encoding: rot13\r\n"))),
                  ErrorKind::Protocol);
}

TEST(TransportReply, TenThousandHeadersEndTheTransfer) {
  std::string headers;
  for (int i = 0; i < 10'000; ++i) headers += "a: b\r\n";
  expect_in_doubt(error_for(replying_once(http_reply(200, "<ok/>", headers))), ErrorKind::Protocol);
}

TEST(TransportReply, HeaderBytesOverTheLimitEndTheTransfer) {
  std::string headers;
  for (int i = 0; i < 6; ++i) headers += "X-Long: " + std::string(50'000, 'x') + "\r\n";
  expect_in_doubt(error_for(replying_once(http_reply(200, "<ok/>", headers))), ErrorKind::Protocol);
}

TEST(TransportReply, FloodOfInterimRepliesEndsTheTransfer) {
  const Error error = error_for([](Connection& c) {
    c.read_request();
    while (c.send("HTTP/1.1 102 Processing\r\nX: y\r\n\r\n")) {
    }
  });
  expect_in_doubt(error, ErrorKind::Protocol);
}

TEST(TransportReply, InterimReplyIsNotTheReply) {
  SocketServer server(
      replying("HTTP/1.1 102 Processing\r\nX-Interim: 1\r\n\r\n" + http_reply(200, "<ok/>")));
  CurlTransport transport(options_for(server.url()), {});
  const Answer answer = send(transport);
  EXPECT_EQ(answer.reply.status, 200);
  EXPECT_EQ(answer.reply.header("x-interim"), "");
}

TEST(TransportReply, WhatIsNotHttpIsAProtocolError) {
  const Error error = error_for(replying_once("SSH-2.0-OpenSSH_9.2\r\n"));
  expect_in_doubt(error, ErrorKind::Protocol);
  expect_message(error, {"not HTTP", "check that the address"});
}

TEST(TransportReply, WhatTheSinkThrowsReachesTheCallerAndTheChannelLivesOn) {
  SocketServer server(replying(http_reply(200, std::string(100'000, 'b'))));
  CurlTransport transport(options_for(server.url()), {});
  struct Odd {
    int value;
  };
  try {
    transport.send(call_of("CurrentTime"), [](int, std::string_view) { throw Odd{7}; });
    FAIL();
  } catch (const Odd& odd) {
    EXPECT_EQ(odd.value, 7);
  }
  EXPECT_EQ(send(transport).body.size(), 100'000u);
  EXPECT_EQ(server.connections(), 2) << "the broken transfer's connection must not be used again";
}

}  // namespace
}  // namespace vsphere
