#include "tests/simulator/wire/soap.h"

#include <array>

#include "tests/simulator/wire/filter_spec.h"

namespace sim {
namespace {

constexpr std::string_view kHead =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<soapenv:Envelope xmlns:soapenc=\"http://schemas.xmlsoap.org/soap/encoding/\"\n"
    " xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"\n"
    " xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"\n"
    " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n<soapenv:Body>\n";
constexpr std::string_view kTail = "\n</soapenv:Body>\n</soapenv:Envelope>";

std::string envelope(std::string_view inside) {
  std::string out;
  out.reserve(kHead.size() + inside.size() + kTail.size());
  return out.append(kHead).append(inside).append(kTail);
}

HttpReply plain(int status, const std::string& text) {
  HttpReply reply;
  reply.status = status;
  reply.content_type = "text/plain; charset=utf-8";
  reply.body = text + "\n";
  return reply;
}

/// What is no call at all: vCenter blames the client and gives no detail [recorded, 4.1 and 8.0].
HttpReply client_fault(const std::string& text) {
  HttpReply reply;
  reply.status = 500;
  reply.body = envelope("<soapenv:Fault><faultcode>ClientFaultCode</faultcode><faultstring>" +
                        escape_xml(text) + "</faultstring></soapenv:Fault>");
  return reply;
}

std::string unquoted(std::string text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    text = text.substr(1, text.size() - 2);
  }
  return text;
}

/// The reference that a reply consists of, for the log; "" for anything else.
std::string returned_reference(const std::string& body) {
  constexpr std::string_view kStart = "<returnval type=\"";
  if (!body.starts_with(kStart)) return {};
  const std::size_t from = body.find('>');
  const std::size_t to = body.find('<', from);
  return body.substr(from + 1, to - from - 1);
}

std::string served_version(const std::string& soap_action, const std::string& newest) {
  const std::string asked = version_of_action(soap_action);
  if (asked.empty() || compare_versions(asked, newest) > 0) return newest;
  return asked;
}

}  // namespace

struct SoapEndpoint::Exchanged {
  const HttpRequest& request;
  pugi::xml_node body;  ///< the method's element
  Exchange seen{};
  Outcome outcome{};
  std::string set_cookie{};
};

std::vector<std::string> offered_versions(std::string_view newest) {
  constexpr std::array kAll = {"9.0.0.0", "8.0.3.0", "8.0.2.0", "8.0.1.0", "8.0.0.2", "8.0.0.1",
                               "8.0.0.0", "7.0.3.2", "7.0.3.1", "7.0.3.0", "7.0.2.1", "7.0.2.0",
                               "7.0.1.1", "7.0.1.0", "7.0.0.2", "7.0.0.0", "6.9.1",   "6.8.7",
                               "6.7.3",   "6.7.2",   "6.7.1",   "6.7",     "6.5",     "6.0",
                               "5.5",     "5.1",     "5.0",     "4.1",     "4.0"};
  std::vector<std::string> offered;
  for (const char* const version : kAll) {
    if (compare_versions(version, newest) <= 0) offered.emplace_back(version);
  }
  return offered;
}

std::string version_of_action(std::string_view soap_action) {
  const std::string text = unquoted(std::string(soap_action));
  constexpr std::string_view kPrefix = "urn:vim25/";
  return text.starts_with(kPrefix) ? text.substr(kPrefix.size()) : std::string();
}

SoapEndpoint::SoapEndpoint(World& world, const ServiceTable& services, Sessions& sessions,
                           Hooks* hooks, std::set<std::string> denied)
    : world_(world),
      services_(services),
      sessions_(sessions),
      hooks_(hooks),
      denied_(std::move(denied)) {}

HttpReply SoapEndpoint::versions() const {
  const std::vector<std::string> offered = offered_versions(world_.options().api_version);
  HttpReply reply;
  reply.content_type = "text/xml";
  reply.body =
      "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<namespaces version=\"1.0\">\n"
      " <namespace>\n  <name>urn:vim25</name>\n  <version>" +
      offered.front() + "</version>\n  <priorVersions>\n";
  for (std::size_t i = 1; i < offered.size(); ++i) {
    reply.body += "   <version>" + offered[i] + "</version>\n";
  }
  reply.body +=
      "  </priorVersions>\n </namespace>\n <namespace>\n  <name>urn:vim2</name>\n"
      "  <version>2.0</version>\n </namespace>\n</namespaces>\n";
  return reply;
}

HttpReply SoapEndpoint::handle(const HttpRequest& request) {
  if (request.path == "/sdk/vimServiceVersions.xml") {
    return request.method == "GET" ? versions() : plain(405, "GET only");
  }
  if (request.path != "/sdk" && request.path != "/sdk/" && request.path != "/sdk/vimService") {
    return plain(404, "no such path");
  }
  return request.method == "POST" ? call(request) : plain(405, "POST only");
}

void SoapEndpoint::stop() {
  {
    const std::lock_guard guard(stop_mutex_);
    stopping_ = true;
  }
  stop_changed_.notify_all();
  const std::lock_guard guard(world_.mutex);
  world_.changed.notify_all();
}

void SoapEndpoint::pause(std::chrono::milliseconds time) {
  std::unique_lock lock(stop_mutex_);
  stop_changed_.wait_for(lock, time, [this] { return stopping_.load(); });
}

HttpReply SoapEndpoint::call(const HttpRequest& request) {
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(
      request.body.data(), request.body.size(), pugi::parse_default | pugi::parse_ws_pcdata_single);
  const pugi::xml_node body = child_named(document.document_element(), "Body");
  pugi::xml_node method = body.first_child();
  while (!method.empty() && method.type() != pugi::node_element) method = method.next_sibling();
  if (!parsed || method.empty()) {
    return client_fault("Unable to parse the request: no SOAP envelope with a method in its body");
  }
  const pugi::xml_node self = child_named(method, "_this");
  if (self.empty()) {
    return client_fault("Required parameter _this is missing\n\nwhile parsing call for method " +
                        std::string(local_name(method)));
  }
  Exchanged at{.request = request, .body = method};
  at.seen.method = local_name(method);
  at.seen.self = {self.attribute("type").value(), self.text().get()};
  at.seen.api_version = served_version(request.header("soapaction"), world_.options().api_version);
  at.seen.arguments = method;
  at.seen.user_agent = request.header("user-agent");
  at.seen.peer = request.peer;

  std::unique_lock lock(world_.mutex);
  HttpReply reply = answer(at, lock);
  return reply;
}

HttpReply SoapEndpoint::answer(Exchanged& at, std::unique_lock<std::mutex>& lock) {
  at.seen.number = ++number_;
  at.seen.when = world_.now();
  Interference rule;
  if (hooks_ != nullptr) {
    // Only looked up here: whether the session is still there is judged when the call runs.
    const std::string cookie = unquoted(at.request.cookie("vmware_soap_session"));
    for (const SessionState* session : sessions_.list()) {
      if (session->cookie == cookie) {
        at.seen.session = session->key;
        at.seen.user = session->user;
      }
    }
    rule = hooks_->before(at.seen, world_);
  }
  at.seen.arguments = {};
  if (rule.delay_before.count() > 0) {
    lock.unlock();
    pause(rule.delay_before);
    lock.lock();
  }
  HttpReply reply;
  if (rule.drop_before || rule.replace) {
    if (rule.replace) reply = *rule.replace;
    reply.drop = rule.drop_before;
  } else {
    try {
      if (rule.fault) throw FaultReply{*rule.fault};
      const std::string inside = execute(at, lock);
      at.outcome.result = returned_reference(inside);
      const std::string name = at.seen.method + "Response";
      reply.body = envelope("<" + name + " xmlns=\"urn:vim25\">" + inside + "</" + name + ">");
    } catch (const FaultReply& thrown) {
      reply.status = 500;
      at.outcome.fault = thrown.fault.type;
      reply.body = envelope(fault_envelope(thrown.fault));
    }
    if (rule.replace_after) reply = *rule.replace_after;
    reply.drop = rule.drop_after;
  }
  if (!at.set_cookie.empty()) reply.headers.emplace_back("Set-Cookie", at.set_cookie);
  // New in vCenter 9.0 [recorded]: which version the call was understood as.
  if (compare_versions(world_.options().api_version, "9.0") >= 0)
    reply.headers.emplace_back("X-Applied-Soapaction", "urn:vim25/" + at.seen.api_version);
  reply.bytes_per_second = rule.bytes_per_second;
  if (rule.cut_mid_reply) reply.cut_after = reply.body.size() / 2;
  at.outcome.status = reply.status;
  at.outcome.body_bytes = reply.body.size();
  if (hooks_ != nullptr) hooks_->after(at.seen, at.outcome, world_);
  lock.unlock();
  if (rule.delay_after.count() > 0) pause(rule.delay_after);
  return reply;
}

std::string SoapEndpoint::execute(Exchanged& at, std::unique_lock<std::mutex>& lock) {
  const std::string cookie = unquoted(at.request.cookie("vmware_soap_session"));
  SessionState* const session = cookie.empty() ? nullptr : sessions_.find(world_, cookie);
  const Exchange& seen = at.seen;
  const ServiceEntry* const service = services_.find(seen.self.type, seen.method);
  if (service == nullptr) {
    throw FaultReply{{.type = "MethodNotFound",
                      .message = "The method is not found: " + seen.self.type + "." + seen.method,
                      .fields = {{"method", seen.method}},
                      .refs = {{"receiver", seen.self}}}};
  }
  if (service->needs == ServiceEntry::Needs::Session && session == nullptr) {
    throw FaultReply{{.type = "NotAuthenticated",
                      .message = "The session is not authenticated.",
                      .fields = {{"privilegeId",
                                  service->privilege.empty() ? "System.View" : service->privilege}},
                      .refs = {{"object", seen.self}}}};
  }
  if (denied_.contains(service->privilege)) {
    throw FaultReply{{.type = "NoPermission",
                      .message = "Permission to perform this operation was denied.",
                      .fields = {{"privilegeId", service->privilege}},
                      .refs = {{"object", seen.self}}}};
  }
  Call call{.world = world_,
            .lock = lock,
            .session = session,
            .method = seen.method,
            .self = seen.self,
            .arguments = at.body,
            .api_version = seen.api_version,
            .sessions = &sessions_,
            .stopping = &stopping_,
            .user_agent = seen.user_agent,
            .peer = seen.peer};
  at.outcome.executed = true;
  std::string inside = service->run(call);
  if (call.session != nullptr && call.session != session) {
    // The quotes are part of the value, and only a login sets it [recorded, 8.0].
    at.set_cookie = "vmware_soap_session=\"" + call.session->cookie + "\"; Path=/; HttpOnly; ";
    if (at.request.tls) at.set_cookie += "Secure; ";  // a client would not send it back without TLS
    at.seen.session = call.session->key;
    at.seen.user = call.session->user;
  }
  return inside;
}

}  // namespace sim
