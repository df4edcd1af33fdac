// Three policies and what they plan for two vCenters: for tests of what a run is made of.
#pragma once

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "agent/act/execute/approved_plan.h"
#include "agent/act/execute/gather.h"
#include "agent/config/policies.h"
#include "tests/unit/agent/sample_servers.h"

namespace agent::test {

inline const policy::Time kMidnight = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22};

inline constexpr const char* kRunPolicies = R"([[policy]]
name = "daily"
renamed_from = "nightly"
apply = true
select = { name = "web-*" }
schedule = "0 2 * * *"
timezone = "UTC"
misfire = "skip-after 2h"
mark_delay = "0s"
keep = { last = 1 }
[[policy]]
name = "copy"
apply = true
select = { name = "db-*" }
method = "clone"
clone = { datastore = "vault", folder = "/DC0/vm/copies", partial = true }
keep = { monthly = 3 }
[[policy]]
name = "watch"
select = { name = "*" }
method = "retain"
keep = { last = 9 }
)";

inline Config run_config() {
  const ConfigResult result =
      parse_config(std::string(test::kProd) + test::kLab + kRunPolicies, "test.toml", {});
  for (const ConfigProblem& problem : result.problems) ADD_FAILURE() << problem.text();
  return result.config;
}

/// Two VMs on prod, one on lab, planned under the configuration above.
struct Planned {
  Config settings = run_config();
  std::vector<policy::Policy> policies = policies_of(settings, kMidnight);
  Gathered gathered;
  policy::Plan plan;

  Planned() {
    gathered.inventory.taken = kMidnight;
    gathered.inventory.complete = true;
    gathered.inventory.endpoints.resize(2);
    gathered.inventory.endpoints[0].name = "prod";
    gathered.inventory.endpoints[0].uuid = "uuid-p";
    gathered.inventory.endpoints[1].name = "lab";
    gathered.inventory.endpoints[1].uuid = "uuid-l";
    gathered.endpoint_uuids = {{"prod", "uuid-p"}, {"lab", "uuid-l"}};
    gathered.endpoints["prod"].armed = true;
    gathered.endpoints["prod"].scan_complete = true;
    gathered.endpoints["lab"].armed = false;
    add("prod", "web-1", "vm-1");
    add("prod", "db-1", "vm-2");
    add("lab", "web-1", "vm-1");
    plan_again();
  }

  void add(const std::string& endpoint, const std::string& name, const std::string& moid) {
    policy::Vm vm;
    vm.identity = {.endpoint = endpoint,
                   .moid = moid,
                   .instance_uuid = "i-" + endpoint + moid,
                   .bios_uuid = {},
                   .name = name,
                   .raw_name = name};
    vm.place.host = "host-1";
    vm.place.datastores = {"datastore-2", "datastore-1", "datastore-2"};
    vm.state.connection = policy::Connection::Connected;
    vm.state.power = policy::Power::Off;
    policy::Disk disk;
    disk.key = 2000;
    disk.capacity_bytes = 1 << 30;
    disk.datastore = "datastore-1";
    disk.layers.resize(1);
    disk.layers[0].file = "[d] " + name + "/" + moid + ".vmdk";
    disk.layers[0].bytes = 1 << 30;
    vm.disks = {disk};
    gathered.inventory.vms.push_back(vm);
  }

  void plan_again(bool create = true) {
    gathered.inventory.datastores.clear();
    for (const char* endpoint : {"prod", "lab"}) {
      for (const char* moid : {"datastore-1", "datastore-2"}) {
        policy::Datastore one;
        one.endpoint = endpoint;
        one.moid = one.name = moid;
        one.capacity_bytes = 1000ULL << 30;
        one.free_bytes = 900ULL << 30;
        gathered.inventory.datastores.push_back(one);
      }
    }
    plan = policy::make_plan({.inventory = gathered.inventory,
                              .policies = policies,
                              .now = kMidnight,
                              .create = create,
                              .endpoints = gathered.endpoints});
  }

  StoredPlan stored() const {
    std::stringstream text;
    write_plan(text, plan);
    return read_plan(text);
  }
};

}  // namespace agent::test
