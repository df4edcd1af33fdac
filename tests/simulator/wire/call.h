// One SOAP method call on its way to its service, and the table of services.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulator/model/world.h"
#include "tests/simulator/wire/value.h"

namespace sim {

class Sessions;       // sessions.h
struct SessionViews;  // collector_state.h: views, filters and tokens, which die with their session

struct SessionState {
  std::string cookie, key, user;
  Time login{}, last_active{};
  std::uint64_t calls = 0;
  std::string user_agent, address;
  int waiting = 0;  ///< WaitForUpdatesEx under way: such a session does not idle
  std::shared_ptr<SessionViews> views;
};

/// Thrown by services: becomes HTTP 500 with a SOAP fault.
struct FaultReply {
  FaultValue fault;
};

struct Call {
  World& world;                        ///< its mutex is held
  std::unique_lock<std::mutex>& lock;  ///< the one that holds it: WaitForUpdatesEx waits with it
  SessionState* session;               ///< null before login
  std::string method;
  Ref self;
  pugi::xml_node arguments;  ///< children are the method's parameters
  std::string api_version;   ///< from SOAPAction, at most the newest offered
  Sessions* sessions = nullptr;
  const std::atomic<bool>* stopping = nullptr;  ///< long waits end when it turns true
  std::string user_agent = {}, peer = {};
};

/// The inside of <MethodResponse>, "" for a void method.
using Service = std::function<std::string(Call&)>;

struct ServiceEntry {
  std::string type;    ///< managed object type of _this
  std::string method;  ///< wire name
  enum class Needs { Nothing, Session } needs = Needs::Session;
  std::string privilege;  ///< checked on the entity; "" none
  Service run;
};

/// Filled at start by each services_*.cpp; an unknown method answers MethodNotFound.
class ServiceTable {
 public:
  void add(ServiceEntry entry);
  const ServiceEntry* find(std::string_view type, std::string_view method) const;
  std::vector<std::string> methods() const;

 private:
  std::map<std::string, ServiceEntry, std::less<>> by_name_;
};

void add_session_services(ServiceTable& table);
void add_view_and_collector_services(ServiceTable& table);
void add_snapshot_services(ServiceTable& table);  ///< everything of section Operations
void add_task_services(ServiceTable& table);
void add_event_services(ServiceTable& table);
void add_performance_services(ServiceTable& table);
void add_authorization_services(ServiceTable& table);
void add_custom_field_services(ServiceTable& table);
void add_search_services(ServiceTable& table);
void add_datastore_services(ServiceTable& table);

// Helpers of services
std::string text_argument(const Call& call, const char* name);  ///< "" when absent
std::optional<std::string> optional_argument(const Call& call, const char* name);
bool flag_argument(const Call& call, const char* name, bool fallback);  ///< takes true/false/1/0
Ref ref_argument(const Call& call, const char* name);                   ///< empty when absent
std::string return_ref(const Ref& ref);  ///< <returnval type="..">..</returnval>
/// Throws FaultReply for a refused start, else the task as <returnval>.
std::string return_task(const Started& started);

/// A property of a managed object as a client would read it; nothing when unset. Throws FaultReply
/// InvalidProperty for a path that the type does not have. Paths may be nested.
std::optional<Value> property(World& world, const Ref& object, std::string_view path);
/// All top-level property names of a type, for `all` and for checks.
std::vector<std::string> properties_of(std::string_view type);
/// True when `type` is `base` or derives from it (VirtualMachine is a ManagedEntity).
bool derives_from(std::string_view type, std::string_view base);

}  // namespace sim
