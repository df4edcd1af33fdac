// A small world behind the real endpoints, without a socket: tests speak to it in HTTP values.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/simulator/control/server.h"

namespace sim {

/// One datacenter, cluster and host, a VMFS 6 datastore, and two powered-off VMs "web" (vm-1) and
/// "db" (vm-2) of one 64 MiB disk each, whose guests write nothing. Time moves by step only.
class Desk : public ::testing::Test {
 protected:
  explicit Desk(std::set<std::string> denied = {});

  /// The inside of a SOAP body for a method in a given prefix ("" or "v:").
  HttpReply soap(const std::string& method, const Ref& self, const std::string& arguments);
  /// The same, expecting 200; answers the text between <returnval ..> and </returnval>, "" if void.
  std::string ask(const std::string& method, const Ref& self, const std::string& arguments = {});
  /// Expects a SOAP fault; answers its type.
  std::string fault(const std::string& method, const Ref& self, const std::string& arguments = {});
  nlohmann::json control(const std::string& method, const std::string& path,
                         const nlohmann::json& body = {}, int status = 200);
  HttpReply rest(const std::string& method, const std::string& path, const std::string& body = {},
                 std::map<std::string, std::string> headers = {});
  void step(int seconds) { control("POST", "/control/step?seconds=" + std::to_string(seconds)); }
  /// Creates a snapshot on a VM through SOAP and waits for it; answers its moid.
  std::string snapshot(const std::string& vm, const std::string& name);
  const Task& task(const std::string& moid) { return world_.tasks.at(moid); }

  static constexpr std::uint64_t kMib = 1 << 20;
  const Ref vm_{"VirtualMachine", "vm-1"};
  World world_;
  ServiceTable services_;
  Sessions sessions_;
  Control control_{1};
  SoapEndpoint soap_;
  RestEndpoint rest_{world_, sessions_};
  ControlEndpoint steering_{world_, control_};
  std::string cookie_;
};

}  // namespace sim
