// Faults on demand: which call is interfered with, and how. Read from JSON, matched in order.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/simulator/wire/hooks.h"

namespace sim {

/// What happens to a call that a rule chose. Several may be set at once.
struct Consequence {
  Interference wire;  ///< what the wire does: delays, drops, replaced replies, a SOAP fault
  std::optional<FaultValue> task_error;
  bool task_executes = false;  ///< ... though the work was done
  std::optional<Duration> task_delay;
  bool consolidation_debt = false;
  Duration flag_lag{0};
  bool lock = false;                 ///< the files of the VM's disks
  bool disconnect = false;           ///< the VM's host
  bool restart = false;              ///< vCenter, right after this call
  std::optional<Duration> rollback;  ///< forget what was registered in this time
  std::optional<Duration> lasting;   ///< of lock and disconnect; for ever without
};

struct Rule {
  std::string method;                  ///< "" any
  std::string object;                  ///< moid; a VM's covers its snapshots; "" any
  std::optional<std::uint64_t> nth;    ///< fires from this matching call on, counted from 1
  std::optional<std::uint64_t> times;  ///< fires at most so often; 1 beside `nth`
  double probability = 1;
  Consequence then;
  std::uint64_t seen = 0, fired = 0;
};

/// Throws std::invalid_argument naming the rule and the key that is wrong: a misspelt rule that
/// never fires would make a test pass for nothing.
std::vector<Rule> read_rules(const nlohmann::json& document);

/// Rules in force. Called with the world's mutex held.
class Rules {
 public:
  explicit Rules(std::uint64_t seed) : random_(seed) {}
  void set(std::vector<Rule> rules) { rules_ = std::move(rules); }
  void add(std::vector<Rule> rules);
  /// What befalls this call, from every rule that chose it; `vm` is the VM it is about, "" if none.
  std::vector<Consequence> choose(const std::string& method, const Ref& self,
                                  const std::string& vm);
  /// [{"method", "object", "seen", "fired"}], for the oracle.
  nlohmann::json counts() const;

 private:
  std::vector<Rule> rules_;
  std::mt19937_64 random_;
};

}  // namespace sim
