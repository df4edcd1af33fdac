// ServiceInstance and SessionManager: what a client calls first and last.
#include "tests/simulator/wire/sessions.h"

namespace sim {
namespace {

using Needs = ServiceEntry::Needs;

std::string returned(const Value& value, std::string_view declared, const Call& call) {
  std::string out;
  write_value(out, "returnval", value, declared, call.api_version);
  return out;
}

std::string retrieve_content(Call& call) {
  const std::optional<Value> content = property(call.world, call.self, "content");
  if (!content) throw std::logic_error("ServiceInstance has no content");
  return returned(*content, "ServiceContent", call);
}

std::string current_time(Call& call) {
  return returned(Value::time(call.world.now()), "xsd:dateTime", call);
}

[[noreturn]] void refuse_login() {
  throw FaultReply{{.type = "InvalidLogin",
                    .message = "Cannot complete login due to an incorrect user name or password."}};
}

std::string login(Call& call) {
  const std::string user = text_argument(call, "userName");
  if (call.session != nullptr || !call.sessions->knows(user, text_argument(call, "password"))) {
    refuse_login();
  }
  SessionState* const session = call.sessions->open(call.world, user);
  if (session == nullptr) {
    throw FaultReply{{.type = "LimitExceeded",
                      .message = "The maximum number of sessions has been exceeded.",
                      .fields = {{"limit", std::to_string(call.sessions->options().limit)}}}};
  }
  session->user_agent = call.user_agent;
  session->address = call.peer;
  call.session = session;
  return returned(user_session(*session), "UserSession", call);
}

/// No single sign-on here: its tokens and certificates are known to nobody.
std::string login_otherwise(Call& call) {
  throw FaultReply{{.type = "NotSupported",
                    .message = call.method + " is not supported here: only Login with a name and "
                                             "a password is."}};
}

std::string logout(Call& call) {
  call.sessions->close(call.session->cookie);
  call.session = nullptr;
  call.world.changed.notify_all();  // a wait of this session ends now
  return {};
}

std::string session_is_active(Call& call) {
  const std::string key = text_argument(call, "sessionID");
  bool active = false;
  for (const SessionState* each : call.sessions->list()) active = active || each->key == key;
  return returned(Value::boolean(active), "xsd:boolean", call);
}

std::string terminate(Call& call) {
  const std::string key = text_argument(call, "sessionId");
  for (const SessionState* each : call.sessions->list()) {
    if (each->key != key) continue;
    if (each == call.session) break;  // vCenter refuses to cut the caller's own
    call.sessions->close(std::string(each->cookie));
    call.world.changed.notify_all();
    return {};
  }
  throw FaultReply{
      {.type = "NotFound", .message = "The object or item referred to could not be found."}};
}

}  // namespace

Value user_session(const SessionState& session) {
  return Value::object("UserSession")
      .set("key", Value::text(session.key))
      .set("userName", Value::text(session.user))
      .set("fullName", Value::text(session.user))
      .set("loginTime", Value::time(session.login))
      .set("lastActiveTime", Value::time(session.login))
      .set("locale", Value::text("en"))
      .set("messageLocale", Value::text("en"))
      .set("extensionSession", Value::boolean(false))
      .set("ipAddress", Value::text(session.address))
      .set("userAgent", Value::text(session.user_agent))
      .set("callCount", Value::long_integer(static_cast<std::int64_t>(session.calls)));
}

void add_session_services(ServiceTable& table) {
  table.add({"ServiceInstance", "RetrieveServiceContent", Needs::Nothing, "", retrieve_content});
  table.add({"ServiceInstance", "CurrentTime", Needs::Session, "System.View", current_time});
  table.add({"SessionManager", "Login", Needs::Nothing, "", login});
  for (const char* const method : {"LoginByToken", "LoginBySSPI", "LoginExtensionByCertificate",
                                   "CloneSession", "AcquireCloneTicket", "ImpersonateUser"})
    table.add({"SessionManager", method, Needs::Nothing, "", login_otherwise});
  table.add({"SessionManager", "Logout", Needs::Session, "System.View", logout});
  table.add({"SessionManager", "SessionIsActive", Needs::Session, "Sessions.ValidateSession",
             session_is_active});
  table.add({"SessionManager", "TerminateSession", Needs::Session, "Sessions.TerminateSession",
             terminate});
}

}  // namespace sim
