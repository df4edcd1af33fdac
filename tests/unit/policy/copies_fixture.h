// One VM and the copies that a policy of method clone made of it: what tests of their plan start
// from.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "policy/plan_copies.h"

namespace policy_test {

inline const policy::Time kCopyNow =
    std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + std::chrono::hours(3);

inline policy::Policy copying(int last) {
  policy::Policy policy;
  policy.selection = {.policy = "weekly",
                      .method = policy::Method::Clone,
                      .select = {.name = {"web*"}},
                      .exclude = {}};
  policy.rules.keep.counts["last"] = {0, last};
  policy.facts.name = "weekly";
  policy.facts.armed = true;
  policy.facts.delete_copies = true;
  policy.mark_delay = std::chrono::seconds{0};
  return policy;
}

inline policy::Vm vm_called(const std::string& name, const std::string& moid) {
  policy::Vm vm;
  vm.identity = {"prod", moid, "uuid-of-" + moid, "bios-" + moid, name, name};
  vm.place.path = "/DC0/vm/prod/" + name;
  vm.state.connection = policy::Connection::Connected;
  vm.state.power = policy::Power::Off;
  return vm;
}

/// "web" with copies c1, c2, ..., a day apart, the newest a day old; each has its VM.
struct CopyShop {
  explicit CopyShop(int count, policy::Policy policy = copying(2)) : policies{std::move(policy)} {
    inventory.complete = true;
    inventory.endpoints = {{"prod", "uuid", "8.0.2.0", "vCenter", false}};
    inventory.vms.push_back(vm_called("web", "vm-1"));
    for (int i = 1; i <= count; ++i) {
      add("c" + std::to_string(i), kCopyNow - std::chrono::hours(24 * (count + 1 - i)));
    }
    policy::EndpointFacts& facts = endpoints["prod"];
    facts.armed = facts.scan_complete = true;
    facts.shrunken = policy::EndpointFacts::Shrunken{.before = 10, .gone = 0};
    facts.clock_skew = facts.clock_step = std::chrono::seconds{0};
    facts.rolled_back = facts.database_restored = false;
  }

  policy::Copy& add(const std::string& op, policy::Time taken) {
    policy::Copy copy;
    copy.op = op;
    copy.endpoint = "prod";
    copy.source_moid = "vm-1";
    copy.source_uuid = "uuid-of-vm-1";
    copy.source_name = "web";
    copy.policy = "weekly";
    copy.taken = taken;
    copy.moid = "vm-" + op;
    copy.instance_uuid = "uuid-of-vm-" + op;
    copy.name = "copy " + op;
    copy.path = "/DC0/vm/backups";
    copy.bytes = 1000;
    copy.verified = copy.authentic = copy.scanned = true;
    policy::Vm vm = vm_called(copy.name, copy.moid);
    vm.place.path = copy.path + "/" + copy.name;
    inventory.vms.push_back(std::move(vm));
    protected_vms.clones.insert(copy.instance_uuid);
    copies.push_back(std::move(copy));
    return copies.back();
  }

  policy::Vm& vm_of(const std::string& op) {
    for (policy::Vm& vm : inventory.vms) {
      if (vm.identity.moid == "vm-" + op) return vm;
    }
    throw std::out_of_range(op);
  }

  policy::Plan plan() const {
    policy::PlanInput input{.inventory = inventory, .policies = policies};
    input.now = now;
    input.create = create;
    input.protected_vms = protected_vms;
    input.endpoints = endpoints;
    input.marks = marks;
    input.forced = forced;
    input.copies = copies;
    return policy::make_plan(input);
  }

  policy::Inventory inventory;
  std::vector<policy::Policy> policies;
  std::vector<policy::Copy> copies;
  policy::Protected protected_vms;
  std::map<std::string, policy::EndpointFacts> endpoints;
  policy::Marks marks;
  std::set<std::string> forced;
  policy::Time now = kCopyNow;
  bool create = false;
};

}  // namespace policy_test
