// What the transport's tests share: short time-outs, one call, and the error that it ends in.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

#include "tests/support/socket_server.h"
#include "vsphere-client/curl_transport.h"
#include "vsphere-client/error.h"

namespace vsphere {

using std::chrono::milliseconds;

/// Long enough never to be reached by a healthy test, short enough that a hang fails it.
inline CurlOptions options_for(const std::string& url) {
  CurlOptions options;
  options.base_url = url;
  options.allow_http = true;
  options.connect_timeout = milliseconds{5000};
  options.first_byte_timeout = milliseconds{5000};
  options.stall_timeout = milliseconds{5000};
  options.user_agent = "deltakeep-test";
  return options;
}

inline Request call_of(const std::string& operation, const std::string& body = "<call/>") {
  Request request;
  request.operation = operation;
  request.body = body;
  request.headers = {{"Content-Type", "text/xml; charset=utf-8"}};
  return request;
}

struct Answer {
  Reply reply;
  std::string body;
  int sink_status = 0;  ///< as the sink saw it; 0 when it was never called
};

inline Answer send(Transport& transport, const Request& request = call_of("CurrentTime")) {
  Answer answer;
  answer.reply = transport.send(request, [&answer](int status, std::string_view chunk) {
    answer.sink_status = status;
    answer.body += chunk;
  });
  return answer;
}

/// The error that a call ends in; a failed expectation and a Fault when it ends in none.
inline Error error_of(Transport& transport, const Request& request = call_of("CurrentTime")) {
  try {
    send(transport, request);
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << request.operation << " did not fail";
  return {ErrorKind::Fault, Outcome::Unknown, "no error"};
}

inline Error error_of(const CurlOptions& options, const Request& request = call_of("CurrentTime")) {
  CurlTransport transport(options, {});
  return error_of(transport, request);
}

/// A message is fit for a person when it names the operation and the host and says what to do.
inline void expect_message(const Error& error, std::initializer_list<std::string> parts) {
  for (const std::string& part : parts) {
    EXPECT_THAT(error.what(), testing::HasSubstr(part));
  }
}

}  // namespace vsphere
