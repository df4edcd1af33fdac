// The test's hand on the simulator: rules that interfere with calls, and a log of every request.
#pragma once

#include <deque>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "tests/simulator/control/rules.h"
#include "tests/simulator/wire/hooks.h"

namespace sim {

/// All members are called with the world's mutex held.
class Control : public Hooks {
 public:
  explicit Control(std::uint64_t seed) : rules_(seed) {}

  Interference before(const Exchange& exchange, World& world) override;
  void after(const Exchange& exchange, const Outcome& outcome, World& world) override;

  Rules& rules() { return rules_; }
  /// Requests after number `since`, in order, as JSON objects. A request that is not answered yet
  /// has no "status".
  nlohmann::json log(std::uint64_t since) const;
  void clear_log() { log_.clear(); }

 private:
  struct Entry {
    Exchange exchange;
    std::string vm;
    std::optional<Outcome> outcome;
  };

  Rules rules_;
  std::deque<Entry> log_;
  std::set<std::uint64_t> restarts_;  ///< numbers of the calls that a restart follows
};

/// The moid of the VM that a call on this object is about: the VM itself, a snapshot's, a task's;
/// "" none.
std::string vm_of(World& world, const Ref& object);

/// RFC 3339 UTC with microseconds trimmed as vCenter does: the control JSON's times.
std::string time_text(Time time);

}  // namespace sim
