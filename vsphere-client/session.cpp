#include "vsphere-client/session.h"

#include <atomic>
#include <list>
#include <mutex>
#include <random>
#include <utility>

#include "vsphere-client/methods.h"
#include "vsphere-client/printable.h"
#include "vsphere-client/versions.h"
#include "vsphere-client/xml_read.h"

namespace vsphere {
namespace {

const MoRef kServiceInstance{"ServiceInstance", "ServiceInstance"};

/// Tells our calls apart in the server's log from those of other runs.
std::string random_tag() {
  std::random_device device;
  constexpr char kDigits[] = "0123456789abcdef";
  std::string tag = "deltakeep-";
  for (unsigned bits = device(), i = 0; i < 8; ++i, bits >>= 4) tag += kDigits[bits & 15u];
  return tag + "-";
}

void read_about(pugi::xml_node about, ServiceContent& out) {
  const auto field = [about](const char* name) { return text_of(child_named(about, name)); };
  out.name = field("name");
  out.full_name = field("fullName");
  out.vendor = field("vendor");
  out.version = field("version");
  out.build = field("build");
  out.api_type = field("apiType");
  out.api_version = field("apiVersion");
  out.instance_uuid = field("instanceUuid");
  out.is_vcenter = out.api_type == "VirtualCenter";
}

ServiceContent read_service_content(pugi::xml_node returnval) {
  ServiceContent out;
  const std::pair<std::string_view, MoRef*> refs[] = {
      {"rootFolder", &out.root_folder},
      {"propertyCollector", &out.property_collector},
      {"viewManager", &out.view_manager},
      {"sessionManager", &out.session_manager},
      {"authorizationManager", &out.authorization_manager},
      {"taskManager", &out.task_manager},
      {"customFieldsManager", &out.custom_fields_manager},
      {"eventManager", &out.event_manager},
      {"perfManager", &out.perf_manager},
      {"searchIndex", &out.search_index},
  };
  for (const pugi::xml_node child : Children(returnval)) {
    for (const auto& [name, ref] : refs) {
      if (local_name(child) == name) *ref = ref_of(child);
    }
  }
  read_about(child_named(returnval, "about"), out);
  for (const auto& [name, ref] : {refs[0], refs[1], refs[2], refs[3]}) {
    if (!ref->empty()) continue;
    throw Error(ErrorKind::Protocol, Outcome::Unknown,
                "RetrieveServiceContent: the server names no " + std::string(name) +
                    "; check that the url leads to a vCenter or ESXi host");
  }
  return out;
}

/// The login is what failed, but the caller asks what became of the call: nothing.
Error refused_and_shut_out(const std::string& method, const Error& failed) {
  const std::string what =
      method + ": not carried out, for the session had expired, and logging in again failed: " +
      failed.what();
  return failed.fault() ? Error(failed.kind(), Outcome::NotExecuted, what, *failed.fault())
                        : Error(failed.kind(), Outcome::NotExecuted, what);
}

}  // namespace

struct Session::Impl {
  struct UserSession {
    std::string user, key;
  };

  Impl(Transport& network, CredentialSource source)
      : transport(network), credentials(std::move(source)), tag(random_tag()) {}

  SoapReply send(const SoapRequest& request, std::string_view item, const ItemSink& sink,
                 const CallOptions& options);
  std::string fetch_offered_version();
  void agree_version();
  void log_in(Channel channel);
  void try_login(const Credentials& with, Channel channel);

  Transport& transport;
  CredentialSource credentials;
  ServiceContent content;
  std::string version;
  std::mutex login;                 ///< one login at a time
  std::list<UserSession> sessions;  ///< all there ever were: a reference given out stays valid
  std::atomic<const UserSession*> current{nullptr};
  std::atomic<int> logins{0};
  std::vector<std::function<void()>> hooks;
  std::string tag;
  std::atomic<unsigned> calls{0};
};

Session::Session(Transport& transport, CredentialSource credentials)
    : impl_(std::make_unique<Impl>(transport, std::move(credentials))) {}

Session::~Session() { close(); }

SoapReply Session::Impl::send(const SoapRequest& request, std::string_view item,
                              const ItemSink& sink, const CallOptions& options) {
  Request out;
  out.channel = options.channel;
  out.operation = request.method();
  out.first_byte_timeout = options.first_byte_timeout;
  out.farewell = request.method() == "Logout";
  out.headers = {{"Content-Type", "text/xml; charset=utf-8"},
                 {"SOAPAction", "\"urn:vim25/" + version + "\""}};
  out.body = request.envelope(tag + std::to_string(++calls));
  SoapReader reader(request.method(), item, sink, {}, options.filter);
  const Reply reply = transport.send(
      out, [&reader](int status, std::string_view chunk) { reader.feed(status, chunk); });
  return reader.finish(reply.status, reply.header("content-type"));
}

/// "" when the server has no such file or offers nothing that we know.
std::string Session::Impl::fetch_offered_version() {
  constexpr std::size_t kLongest = 256 << 10;
  Request request;
  request.verb = Verb::Get;
  request.path = "/sdk/vimServiceVersions.xml";
  request.operation = "vimServiceVersions.xml";
  std::string body;
  const Reply reply = transport.send(request, [&body](int, std::string_view chunk) {
    body.append(chunk.substr(0, kLongest - body.size()));
  });
  return reply.status == 200 ? negotiate_version(body) : std::string();
}

void Session::Impl::agree_version() {
  const std::string offered = fetch_offered_version();
  version = offered.empty() ? std::string(kOldestVersion) : offered;
  const SoapRequest request("RetrieveServiceContent", kServiceInstance);
  const SoapReply reply = send(request, {}, {}, {});
  content = read_service_content(reply.returnval());
  if (!offered.empty()) return;
  version = newest_version_up_to(content.api_version);
  if (version.empty()) {
    throw Error(ErrorKind::Protocol, Outcome::NotExecuted,
                "agreeing on an API version: the server speaks '" +
                    printable(content.api_version, 40) + "', this program " +
                    std::string(kOldestVersion) + " and later; nothing was changed");
  }
}

void Session::Impl::try_login(const Credentials& with, Channel channel) {
  // The text of later faults follows the session's language, and people search for the English one.
  const SoapRequest request = std::move(SoapRequest("Login", content.session_manager)
                                            .text("userName", with.username)
                                            .text("password", with.password)
                                            .text("locale", "en"));
  const SoapReply reply = [&] {
    try {
      return send(request, {}, {}, {.channel = channel});
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::Login) throw;
      throw Error(error.kind(), error.outcome(),
                  std::string(error.what()) + " (user " + printable(with.username, 80) + ")",
                  error.fault().value_or(Fault{}));
    }
  }();
  UserSession session{text_of(child_named(reply.returnval(), "userName")),
                      text_of(child_named(reply.returnval(), "key"))};
  if (session.key.empty()) {
    throw Error(ErrorKind::Protocol, Outcome::Unknown,
                "Login: the server let us in but named no session; try again, then report this");
  }
  sessions.push_back(std::move(session));
  current = &sessions.back();
  ++logins;
}

void Session::Impl::log_in(Channel channel) {
  transport.forget_session();
  const Credentials first = credentials();
  try {
    try_login(first, channel);
    return;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::Login) throw;
    const Credentials second = credentials();
    if (second.username == first.username && second.password == first.password) throw;
    try_login(second, channel);
  }
}

void Session::open() {
  close();
  const std::lock_guard lock(impl_->login);
  impl_->transport.forget_session();
  impl_->agree_version();
  impl_->log_in(Channel::Calls);
}

void Session::close() noexcept {
  const std::lock_guard lock(impl_->login);
  if (impl_->current == nullptr) return;
  impl_->current = nullptr;
  try {
    impl_->send(SoapRequest("Logout", impl_->content.session_manager), {}, {}, {});
  } catch (...) {
    // The server ends an idle session by itself; there is nobody left to tell.
  }
  impl_->transport.forget_session();
}

void Session::renew(int seen, Channel channel) {
  {
    const std::lock_guard lock(impl_->login);
    if (impl_->logins != seen) return;
    impl_->log_in(channel);
  }
  for (const auto& hook : impl_->hooks) hook();
}

SoapReply Session::exchange(const SoapRequest& request, std::string_view item, const ItemSink& sink,
                            const CallOptions& options) {
  const int seen = logins();
  try {
    return impl_->send(request, item, sink, options);
  } catch (const Error& error) {
    const bool expired = error.kind() == ErrorKind::NotAuthenticated && impl_->current != nullptr;
    if (!expired || options.retry == Retry::NoLogin) throw;
    const bool once = mutates(request.method());
    try {
      renew(seen, options.channel);
    } catch (const Error& failed) {
      if (!once) throw;
      throw refused_and_shut_out(request.method(), failed);
    }
    if (once || options.retry == Retry::Never) throw;
  }
  return impl_->send(request, item, sink, options);
}

SoapReply Session::call(const SoapRequest& request, Retry retry, Channel channel) {
  return exchange(request, {}, {}, {.retry = retry, .channel = channel});
}

SoapReply Session::call_streaming(const SoapRequest& request, std::string_view item,
                                  const ItemSink& sink, Channel channel) {
  return exchange(request, item, sink, {.channel = channel});
}

const ServiceContent& Session::content() const { return impl_->content; }
const std::string& Session::version() const { return impl_->version; }

const std::string& Session::user() const {
  static const std::string kNobody;
  const auto* session = impl_->current.load();
  return session == nullptr ? kNobody : session->user;
}

const std::string& Session::session_key() const {
  static const std::string kNone;
  const auto* session = impl_->current.load();
  return session == nullptr ? kNone : session->key;
}

void Session::on_relogin(std::function<void()> hook) { impl_->hooks.push_back(std::move(hook)); }

int Session::logins() const { return impl_->logins; }

Time Session::fetch_current_time() {
  const SoapReply reply = call(SoapRequest("CurrentTime", kServiceInstance));
  return read_time(reply.returnval(), {kServiceInstance, "CurrentTime"});
}

}  // namespace vsphere
