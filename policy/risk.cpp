#include "policy/risk.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace policy {
namespace {

using std::chrono::hours;

constexpr hours kAgeWarn{72};
constexpr hours kAgeCritical{7 * 24};

std::string number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f", value);
  return text.data();
}

class Judge {
 public:
  void add(RiskLevel level, std::string rule, std::string text, double share) {
    risk_.score = std::max(risk_.score, share);
    if (level == RiskLevel::Ok) return;
    risk_.level = std::max(risk_.level, level);
    risk_.reasons.push_back({level, std::move(rule), std::move(text)});
  }

  Risk done() {
    std::stable_sort(risk_.reasons.begin(), risk_.reasons.end(),
                     [](const RiskReason& a, const RiskReason& b) { return a.level > b.level; });
    return std::move(risk_);
  }

 private:
  Risk risk_;
};

RiskLevel grade(double value, double warn, double critical) {
  if (value >= critical) return RiskLevel::Critical;
  return value >= warn ? RiskLevel::Warn : RiskLevel::Ok;
}

void judge_disk(const Disk& disk, Judge& judge) {
  if (const auto limits = default_probe_thresholds(disk.kind)) {
    judge.add(grade(disk.probes.best, limits->warn, limits->critical), "probes",
              disk.label + ": a read looks in " + number(disk.probes.best) + " files on average (" +
                  number(disk.probes.low) + " to " + number(disk.probes.high) + ")",
              (disk.probes.best - 1) / limits->critical);
  }
  const RiskLevel deep = disk.depth >= kDepthCritical ? RiskLevel::Critical : RiskLevel::Ok;
  judge.add(deep, "depth",
            disk.label + ": " + std::to_string(disk.depth) + " deltas; vSphere ends at 31, creates are refused at " +
                std::to_string(kDepthRefuse),
            static_cast<double>(disk.depth) / kDepthCritical);
}

void judge_age(const Vm& vm, Time now, Judge& judge) {
  const Snapshot* oldest = nullptr;
  for (const Snapshot& snapshot : vm.snapshots) {
    if (oldest == nullptr || snapshot.created < oldest->created) oldest = &snapshot;
  }
  if (oldest == nullptr || oldest->created >= now) return;
  const auto age = now - oldest->created;
  const double age_hours = std::chrono::duration<double, hours::period>(age).count();
  const RiskLevel level = grade(age_hours, static_cast<double>(kAgeWarn.count()),
                                static_cast<double>(kAgeCritical.count()));
  const auto days = std::chrono::floor<std::chrono::days>(age).count();
  // Age counts less than depth in the order of a table: an old single snapshot is seen everywhere.
  judge.add(level, "age", "oldest snapshot is " + std::to_string(days) + " days old",
            std::min(1.0, age_hours / static_cast<double>(kAgeCritical.count())) * 0.1);
}

bool has(const Vm& vm, VmFlag flag) {
  return std::find(vm.flags.begin(), vm.flags.end(), flag) != vm.flags.end();
}

}  // namespace

const char* risk_name(RiskLevel level) {
  switch (level) {
    case RiskLevel::Ok: return "ok";
    case RiskLevel::Warn: return "warn";
    case RiskLevel::Critical: return "critical";
  }
  return "unknown";
}

std::optional<ProbeThresholds> default_probe_thresholds(DeltaKind kind) {
  switch (kind) {
    case DeltaKind::None:
    case DeltaKind::Native: return std::nullopt;
    case DeltaKind::VsanSparse: return ProbeThresholds{.warn = 8, .critical = 16};
    case DeltaKind::VmfsSparse:
    case DeltaKind::SeSparse:
    case DeltaKind::Unknown: return ProbeThresholds{};
  }
  return ProbeThresholds{};
}

Risk assess_risk(const Vm& vm, Time now) {
  Judge judge;
  for (const Disk& disk : vm.disks) judge_disk(disk, judge);
  judge_age(vm, now, judge);
  if (has(vm, VmFlag::ConsolidationNeeded)) {
    judge.add(RiskLevel::Critical, "merge-debt", "the server says that disks need consolidation", 1);
  }
  if (has(vm, VmFlag::OrphanDeltas)) {
    judge.add(RiskLevel::Critical, "orphan-deltas", "deltas that no snapshot explains", 1);
  }
  if (has(vm, VmFlag::CurrentSnapshotUnset)) {
    judge.add(RiskLevel::Warn, "current-unset", "snapshots exist but none is current", 0.5);
  }
  if (has(vm, VmFlag::FileInaccessible)) {
    judge.add(RiskLevel::Critical, "file-inaccessible", "a file of a chain is not accessible", 1);
  }
  return judge.done();
}

}  // namespace policy
