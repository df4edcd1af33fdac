// One login to one endpoint: negotiates the API version, keeps the session alive, logs in again
// once when the server forgot us, and always logs out.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vsphere-client/error.h"
#include "vsphere-client/moref.h"
#include "vsphere-client/soap.h"
#include "vsphere-client/transport.h"

namespace vsphere {

using Time = std::chrono::sys_time<std::chrono::microseconds>;

/// What the server says of itself before any login (RetrieveServiceContent).
struct ServiceContent {
  std::string name, full_name, vendor, version, build, api_type, api_version;
  std::string instance_uuid;  ///< empty on ESXi
  bool is_vcenter = true;     ///< apiType is VirtualCenter
  MoRef root_folder, property_collector, view_manager, session_manager, authorization_manager,
      task_manager, custom_fields_manager, event_manager, perf_manager, search_index;
};

/// Asked for when a login is needed, so that a password file is read anew each time.
struct Credentials {
  std::string username;
  std::string password;
};
using CredentialSource = std::function<Credentials()>;

/// The newest version that we know out of those the server offers (vimServiceVersions.xml);
/// "" when none matches. An unknown label such as "uA046D008" is never echoed.
std::string negotiate_version(std::string_view service_versions_xml);

/// May be used by one thread per channel at a time; a login needed by both is made once.
class Session {
 public:
  Session(Transport& transport, CredentialSource credentials);
  /// Logs out; a failing logout is not reported.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Negotiates the version, reads the service content, logs in. Throws Error; Login after exactly
  /// one attempt, because a second one counts towards a lock-out. One exception: when the source
  /// gives another password on a second asking, that one is tried once.
  void open();

  /// Logs out now. Not an error when already closed or when the server has forgotten us.
  void close() noexcept;

  const ServiceContent& content() const;
  const std::string& version() const;      ///< "8.0.2.0"
  const std::string& user() const;         ///< as the server calls us; "" before the login
  const std::string& session_key() const;  ///< for privilege checks; never log it

  /// What to do when the server answers NotAuthenticated.
  enum class Retry {
    AfterLogin,  ///< log in again once, run the rebuild hooks, send the call again
    Never,       ///< log in again and run the hooks, but throw NotAuthenticated: the call names
                 ///< objects that died with the old session, or must not be repeated
    NoLogin,     ///< only throw, for clean-up that is void anyway
  };
  struct CallOptions {
    Retry retry = Retry::AfterLogin;
    Channel channel = Channel::Calls;
    /// How long the server may wait before its first byte; zero: the transport's default.
    std::chrono::milliseconds first_byte_timeout{0};
    ItemFilter filter = {};  ///< of the items that are cut out
  };

  /// Sends one call and gives the parsed reply.
  SoapReply call(const SoapRequest& request, Retry retry = Retry::AfterLogin,
                 Channel channel = Channel::Calls);

  /// As call, but each element named `item` inside the response is cut out while it arrives and
  /// handed over at once (see ItemSink); the rest comes back as the reply.
  SoapReply call_streaming(const SoapRequest& request, std::string_view item, const ItemSink& sink,
                           Channel channel = Channel::Calls);

  /// Both of the above with every choice open. A method that mutates (methods.h) is sent once,
  /// whatever `retry` says: AfterLogin then means Never.
  SoapReply exchange(const SoapRequest& request, std::string_view item, const ItemSink& sink,
                     const CallOptions& options);

  /// Called after each later login, by the thread that made it: views and filters of the old
  /// session are gone. To be set before a second thread uses the session.
  void on_relogin(std::function<void()> hook);

  /// How often a login was made; a change means that MoRefs of views and filters are void.
  int logins() const;

  /// Logs in again, unless another thread has done so since logins() was `seen`. For callers who
  /// find the session expired in an answer that is no fault.
  void renew(int seen, Channel channel = Channel::Calls);

  /// Server clock. Also the keep-alive: to be called at least every ten minutes when idle.
  Time fetch_current_time();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vsphere
