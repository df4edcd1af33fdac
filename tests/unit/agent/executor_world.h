// A simulated vCenter in this process, and an executor that is let loose on it. Time is the
// world's: it moves while somebody waits for updates.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "agent/act/execute/executor.h"
#include "agent/act/execute/ownership.h"
#include "tests/simulator/control/server.h"
#include "tests/simulator/model/world.h"
#include "tests/unit/agent/owned_state.h"

namespace agent::test {

/// The clock that `--clock server` gives, without the call.
class WorldClock final : public Clock {
 public:
  explicit WorldClock(sim::World& world) : world_(world) {}
  policy::Time now() const override {
    const std::lock_guard hold(world_.mutex);
    return world_.now();
  }
  bool is_the_servers() const override { return true; }

 private:
  sim::World& world_;
};

/// VMs "web", "db" and "mail" on two hosts and one datastore, with 8 GiB in one disk each.
class ExecutorWorld : public testing::Test {
 protected:
  explicit ExecutorWorld(int more_vms = 0);
  ~ExecutorWorld() override;

  /// Anew with the same state, as after a crash. `changed` is told what the executor tells.
  void start_executor();
  std::vector<StepResult> run(const std::vector<Job>& jobs) { return executor->run(jobs); }
  /// A job of one step; its result.
  StepResult one(const std::string& vm, JobStep step);

  Job job(const std::string& vm, std::vector<JobStep> steps);
  JobStep create() const;
  JobStep remove(const std::string& vm, const std::string& snapshot);

  sim::Vm& vm(const std::string& name);  ///< to be read while nobody works
  /// A snapshot of ours, made by the executor; its moid.
  std::string made(const std::string& vm);
  /// What a person does at another console.
  void touch(const nlohmann::json& act);
  void rules(const nlohmann::json& rules);
  void step(std::chrono::seconds by);
  /// Calls of a method so far.
  std::size_t calls(const std::string& method);
  void forget_calls();
  /// Round trips that are not of the update stream or a session's.
  std::size_t round_trips();
  std::vector<policy::Operation> open_operations();
  std::vector<storage::OwnedSnapshot> owned() { return journal.owned(uuid); }

  StateDirectory directory;
  sim::World world;
  std::unique_ptr<sim::Server> server;
  WorldClock clock{world};
  std::stop_source stop;
  std::string uuid;
  std::unique_ptr<Connection> connection;
  storage::Store store;
  storage::Journal journal;
  storage::Holds holds;
  MarkerKey key;
  policy::SlotLimits limits;
  policy::EndpointFacts endpoint_facts;
  policy::PolicyFacts policy_facts;
  std::function<void(const policy::Operation&)> changed;
  std::unique_ptr<Executor> executor;
};

}  // namespace agent::test
