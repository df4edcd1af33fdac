#include "vsphere-client/rest_session.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "vsphere-client/error.h"
#include "vsphere-client/printable.h"

namespace vsphere {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxJsonBytes = std::size_t{64} << 20;
constexpr int kMaxJsonDepth = 32;

Error failure(ErrorKind kind, const std::string& operation, const std::string& words,
              Outcome outcome = Outcome::NotExecuted) {
  return {kind, outcome, operation + ": " + words};
}

std::string basic_authorization(const CredentialSource& source) {
  Credentials credentials = source();
  std::string plain = credentials.username + ":" + credentials.password;
  std::string encoded(4 * ((plain.size() + 2) / 3) + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                     reinterpret_cast<const unsigned char*>(plain.data()),
                                     static_cast<int>(plain.size()));
  encoded.resize(static_cast<std::size_t>(length));
  OPENSSL_cleanse(plain.data(), plain.size());
  OPENSSL_cleanse(credentials.password.data(), credentials.password.size());
  return "Basic " + encoded;
}

std::string prefix_of(RestSession::Dialect dialect) {
  return dialect == RestSession::Dialect::Api ? "/api" : "/rest/com/vmware";
}

Request request_for(RestSession::Dialect dialect, Verb verb, const std::string& path) {
  Request request;
  request.verb = verb;
  request.path = prefix_of(dialect) + path;
  request.headers = {{"Accept", "application/json"}};
  const char* name = verb == Verb::Get ? "GET " : verb == Verb::Post ? "POST " : "DELETE ";
  request.operation = name + request.path;
  return request;
}

struct Exchange {
  int status = 0;
  std::string body;
};

Exchange send(Transport& transport, const Request& request) {
  Exchange result;
  const Reply reply = transport.send(request, [&](int, std::string_view chunk) {
    if (result.body.size() + chunk.size() > kMaxJsonBytes) {
      throw failure(ErrorKind::Protocol, request.operation, "the reply is larger than 64 MiB",
                    Outcome::Unknown);
    }
    result.body += chunk;
  });
  result.status = reply.status;
  return result;
}

/// Error Protocol for anything but one JSON text of sane depth.
json parse(const std::string& operation, const std::string& text,
           const RestSession::ItemSink& item = {}) {
  const auto on_event = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth > kMaxJsonDepth) {
      throw failure(ErrorKind::Protocol, operation, "the reply is nested too deep",
                    Outcome::Unknown);
    }
    return event != json::parse_event_t::object_end || !item || !item(parsed);
  };
  try {
    return json::parse(text, on_event);
  } catch (const json::exception&) {
    throw failure(ErrorKind::Protocol, operation,
                  "the reply is not JSON: \"" + printable(text, 80) +
                      "\"; check that the address is a vCenter",
                  Outcome::Unknown);
  }
}

/// What the server said, from either dialect's error object; "" when it said nothing readable.
Fault fault_of(const std::string& body) {
  Fault fault;
  const json error = json::parse(body, nullptr, false);
  if (!error.is_object() || body.size() > 64 * 1024) return fault;
  for (const char* name : {"error_type", "type"}) {
    if (error.contains(name) && error[name].is_string()) fault.type = error[name];
  }
  const bool wrapped = error.contains("value") && error["value"].is_object();
  const json& holder = wrapped ? error["value"] : error;
  if (holder.contains("messages") && holder["messages"].is_array()) {
    for (const json& message : holder["messages"]) {
      if (!message.is_object() || !message.contains("default_message")) continue;
      const json& text = message["default_message"];
      if (text.is_string()) fault.message = text;
    }
  }
  return fault;
}

Error status_error(const std::string& operation, const Exchange& got) {
  Fault fault = fault_of(got.body);
  const std::string said = "HTTP " + std::to_string(got.status) +
                           (fault.type.empty() ? "" : " " + printable(fault.type, 100)) +
                           (fault.message.empty() ? "" : ": " + printable(fault.message));
  if (fault.message.empty()) fault.message = said;
  const auto make = [&](ErrorKind kind, Outcome outcome, const std::string& next) {
    return Error(kind, outcome, operation + ": " + said + "; " + next, fault);
  };
  switch (got.status) {
    case 401:
      return make(ErrorKind::NotAuthenticated, Outcome::NotExecuted, "log in again");
    case 403:
      return make(ErrorKind::NoPermission, Outcome::NotExecuted,
                  "give the account read access to tags");
    case 404:
      return make(ErrorKind::NotFound, Outcome::NotExecuted, "the server does not have it");
    default:
      break;
  }
  if (got.status >= 300 && got.status < 400) {
    return make(ErrorKind::Protocol, Outcome::NotExecuted, "redirects are never followed");
  }
  const Outcome outcome = got.status < 500 ? Outcome::NotExecuted : Outcome::Unknown;
  return make(ErrorKind::Fault, outcome, "see the server's log");
}

}  // namespace

RestSession::RestSession(Transport& transport, const CredentialSource& credentials)
    : transport_(transport) {
  std::string authorization = basic_authorization(credentials);
  const bool open = login(Dialect::Api, authorization) || login(Dialect::Rest, authorization);
  OPENSSL_cleanse(authorization.data(), authorization.size());
  if (!open) {
    throw failure(ErrorKind::NotFound, "REST login", "the server has neither /api nor /rest");
  }
}

/// False when the server does not speak this dialect.
bool RestSession::login(Dialect dialect, const std::string& authorization) {
  // Only /api's own path differs from the pattern.
  const std::string path = dialect == Dialect::Api ? "/session" : "/cis/session";
  Request request = request_for(dialect, Verb::Post, path);
  request.headers.emplace_back("Authorization", authorization);
  request.headers.emplace_back("vmware-use-header-authn", "true");  // an id, and no cookie
  const Exchange got = send(transport_, request);
  if (got.status == 404 || got.status == 405 || got.status == 501) return false;
  if (got.status == 401) {
    throw failure(ErrorKind::Login, request.operation,
                  "user name or password refused; check the credentials before trying again");
  }
  if (got.status != 200 && got.status != 201) throw status_error(request.operation, got);
  json answer;
  try {
    answer = parse(request.operation, got.body);
  } catch (const Error&) {
    // Without the text: were it cut short, it could hold the session's id.
    throw failure(ErrorKind::Protocol, request.operation, "the reply is not JSON",
                  Outcome::Unknown);
  }
  if (answer.is_object() && answer.contains("value")) answer = json(answer["value"]);
  if (!answer.is_string() || answer.get_ref<const std::string&>().empty()) {
    throw failure(ErrorKind::Protocol, request.operation, "the reply holds no session id",
                  Outcome::Unknown);
  }
  dialect_ = dialect;
  id_ = answer.get<std::string>();
  return true;
}

RestSession::~RestSession() {
  if (id_.empty()) return;
  try {
    Request request =
        request_for(dialect_, Verb::Delete, dialect_ == Dialect::Api ? "/session" : "/cis/session");
    request.headers.emplace_back("vmware-api-session-id", id_);
    request.farewell = true;
    transport_.send(request, {});
  } catch (...) {  // the server forgets the session by itself in time
  }
}

json RestSession::exchange(Request request, const ItemSink& item) {
  request.headers.emplace_back("vmware-api-session-id", id_);
  const Exchange got = send(transport_, request);
  if (got.status != 200) throw status_error(request.operation, got);
  json answer = parse(request.operation, got.body, item);
  if (dialect_ == Dialect::Api) return answer;
  if (!answer.is_object() || !answer.contains("value")) {
    throw failure(ErrorKind::Protocol, request.operation, "the reply holds no value",
                  Outcome::Unknown);
  }
  return std::move(answer["value"]);
}

json RestSession::get(const std::string& path) {
  return exchange(request_for(dialect_, Verb::Get, path), {});
}

json RestSession::post(const std::string& path, const json& body, const ItemSink& item) {
  Request request = request_for(dialect_, Verb::Post, path);
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = body.dump();
  return exchange(std::move(request), item);
}

}  // namespace vsphere
