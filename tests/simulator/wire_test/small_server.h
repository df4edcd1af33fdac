// A SOAP endpoint over a world of folders and VMs filled by hand, with properties of its own.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulator/wire/collector_services.h"
#include "tests/simulator/wire/soap.h"

namespace sim {

/// name, parent, childEntity, vmFolder and config.hardware.device: what the collector is tried
/// with.
class PaperProperties : public Properties {
 public:
  std::optional<Value> read(World& world, const Ref& object, std::string_view path) const override;
  std::vector<std::string> names(std::string_view type) const override;
  bool derives(std::string_view type, std::string_view base) const override;
};

class SmallServer : public testing::Test {
 protected:
  /// `hooks` may be null. Time stands still unless `wait_steps` (WorldOptions).
  explicit SmallServer(std::size_t vms = 3, Hooks* hooks = nullptr, bool wait_steps = false);

  Vm& add_vm(const std::string& moid, const std::string& name);
  /// The reply to a method on an object; `cookie_` goes with it.
  HttpReply call(const std::string& method, const Ref& self, const std::string& arguments = {});
  /// The same, parsed: the method's response element, or a failed test.
  pugi::xml_node ask(const std::string& method, const Ref& self, const std::string& arguments = {});
  /// Local part of the fault's xsi:type; "" when the call worked.
  std::string fault_of(const HttpReply& reply);
  void log_in();
  /// A recursive container view of all VMs, as the <obj> text of a filter.
  Ref view_of_vms();
  static std::string spec_of(const Ref& view, const std::string& paths);

  World world_;
  ServiceTable table_;
  Sessions sessions_;
  SoapEndpoint endpoint_;
  std::string cookie_;
  bool tls_ = true;
  std::string action_ = "\"urn:vim25/8.0.2.0\"";
  pugi::xml_document last_;
};

inline const Ref kCollector{"PropertyCollector", "propertyCollector"};
inline const Ref kSessions{"SessionManager", "SessionManager"};
inline const Ref kViews{"ViewManager", "ViewManager"};

std::vector<std::string> texts(const pugi::xml_node& node, const char* xpath);

}  // namespace sim
