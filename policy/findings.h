// What a person should hear: numbers against thresholds, and which of them has stood long enough.
#pragma once

#include <chrono>
#include <compare>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "policy/guard.h"
#include "policy/inventory.h"
#include "policy/risk.h"
#include "policy/thresholds.h"

namespace policy {

/// What a finding is about: a VM, one disk of it, or a datastore.
struct Subject {
  std::string endpoint, moid;
  std::string name;  ///< for people; not part of who it is
  std::string disk;  ///< label, empty for the whole
};
/// Whether both are the same thing, whatever it is called now.
bool same_subject(const Subject& a, const Subject& b);

/// One number measured now. With no threshold reached it is there for hysteresis only.
struct Condition {
  std::string rule;  ///< stable: "probes", "age", "size", "merge-debt", "missed-backup", ...
  Subject subject;
  double value = 0;
  std::optional<double> warn, critical;  ///< reached from here on
  /// A finding ends when the value falls below this share of the threshold that it crossed.
  double clears = 0.9;
  std::string text;  ///< empty while the value is far below
  std::vector<Evidence> evidence;
  /// Nothing that a merge takes away and brings back: it is told at once.
  bool at_once = false;
  RiskLevel level() const;
};

/// What is known of a VM beside the scan.
struct FindingFacts {
  bool selected = false;  ///< by a policy: then snapshots of others stand in its way
  /// Longest time between two runs of the policy that makes its snapshots or copies; unset: none.
  std::optional<std::chrono::seconds> backup_interval{};
  std::optional<Time> newest_copy{};  ///< of method clone, which leaves no snapshot
  /// Names, old ones too, of the policies that have the VM; unset: not known.
  std::optional<std::set<std::string>> policies{};
};

/// Everything that is measured of a VM. Pure; a snapshot from the future has age zero.
std::vector<Condition> vm_conditions(const Vm& vm, Time now, const ThresholdPair& policy = {},
                                     const FindingFacts& facts = {});

/// Free space now, and when it will have gone where somebody forecast that.
std::vector<Condition> datastore_conditions(const Datastore& datastore, Time now,
                                            const std::optional<Time>& full_at = {});

/// Something that was seen and is no number.
struct Notice {
  std::string rule;  ///< stable: "waits-too-long", "moved", "rolled-back", ...
  std::string text;
  RiskLevel level = RiskLevel::Warn;
  std::vector<Evidence> evidence;
};
/// A condition for each rule, in the order of the first of its notices. Several notices of one rule
/// are one condition, whose text is the first one's and says how many more there are.
std::vector<Condition> notice_conditions(const Subject& subject, std::vector<Notice> notices);

/// An act of a policy that was put off for others, since when, and for how long that may be.
struct PutOff {
  std::string policy, act;
  Time since{};
  std::chrono::seconds defer{0};
};
/// Rule 11: from `defer` on it is refused, and a person hears of it.
std::optional<Notice> waits_too_long(const PutOff& put_off, Time now);

/// One thing that was or is above a threshold, and since when: what is stored between two looks.
struct Finding {
  RiskLevel severity = RiskLevel::Ok;  ///< Ok: above a threshold, but not for long enough yet
  std::string rule;
  Subject subject;
  std::string text;
  std::vector<Evidence> evidence;
  Time since{};  ///< since when the condition of this severity holds
  std::optional<Time> warn_since, critical_since;  ///< unset: below that threshold
};

/// For how long a condition must hold before it is told: a merge takes a snapshot away and back.
constexpr std::chrono::hours kFindingHold{1};

/// The findings after another look. Pure: the same looks give the same findings. What was found on
/// a subject that this look did not see (`looked_at` is false) stays as it was.
std::vector<Finding> settle_findings(const std::vector<Finding>& before,
                                     const std::vector<Condition>& now_measured,
                                     const std::function<bool(const Subject&)>& looked_at, Time now,
                                     std::chrono::seconds hold = kFindingHold);

}  // namespace policy
