#include "policy/findings.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

namespace policy {
namespace {

using std::chrono::hours;

constexpr hours kPinHeld{30 * 24};
constexpr double kUsedWarn = 0.90;
constexpr double kUsedCritical = 0.95;
constexpr hours kFullWarn{7 * 24};
constexpr hours kFullCritical{72};

std::string number(double value, int digits = 2) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

double in_hours(std::chrono::microseconds span) {
  return std::chrono::duration<double, hours::period>(span).count();
}

std::string in_days(std::chrono::microseconds span) {
  return std::to_string(std::chrono::floor<std::chrono::days>(span).count()) + " days";
}

std::string in_gib(double bytes) { return number(bytes / (1024.0 * 1024 * 1024), 1) + " GiB"; }

template <typename T>
std::optional<double> as_double(const std::optional<T>& value) {
  return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
}

std::optional<double> as_hours(const std::optional<std::chrono::seconds>& value) {
  return value ? std::optional(in_hours(*value)) : std::nullopt;
}

class Measuring {
 public:
  explicit Measuring(Subject subject) : subject_(std::move(subject)) {}

  /// `text` is called only when someone may read it: there are far more values than findings.
  template <typename Text>
  Condition& add(std::string rule, double value, std::optional<double> warn,
                 std::optional<double> critical, Text text, const std::string& disk = {}) {
    Condition condition{.rule = std::move(rule),
                        .subject = subject_,
                        .value = value,
                        .warn = warn,
                        .critical = critical,
                        .clears = 0.9,
                        .text = {},
                        .evidence = {}};
    condition.subject.disk = disk;
    const std::optional<double> lowest = warn ? warn : critical;
    if (lowest && value >= *lowest * condition.clears) {
      condition.text = text();
      condition.evidence.push_back({"value", number(value)});
      if (warn) condition.evidence.push_back({"warn", number(*warn)});
      if (critical) condition.evidence.push_back({"critical", number(*critical)});
    }
    return found_.emplace_back(std::move(condition));
  }

  void fact(const char* rule, bool holds, RiskLevel level, const char* text) {
    if (!holds) return;
    const bool critical = level == RiskLevel::Critical;
    add(rule, 1, critical ? std::nullopt : std::optional(1.0),
        critical ? std::optional(1.0) : std::nullopt, [&] { return std::string(text); });
  }

  std::vector<Condition> done() { return std::move(found_); }

 private:
  Subject subject_;
  std::vector<Condition> found_;
};

double delta_bytes(const Disk& disk) {
  double bytes = 0;
  const std::size_t deltas =
      std::min(disk.layers.size(), static_cast<std::size_t>(std::max(disk.depth, 0)));
  for (std::size_t i = 0; i < deltas; ++i) bytes += static_cast<double>(disk.layers[i].bytes);
  return bytes;
}

void measure_disk(const Disk& disk, const ThresholdPair& policy, Measuring& out) {
  const ThresholdPair limits = thresholds_of(disk.kind, policy);
  const auto add = [&](const char* rule, double value, std::optional<double> warn,
                       std::optional<double> critical,
                       auto text) { out.add(rule, value, warn, critical, text, disk.label); };
  if (limits.critical.probes) {
    add("probes", disk.probes.best, limits.warn.probes, limits.critical.probes, [&] {
      return disk.label + ": a read looks in " + number(disk.probes.best) + " files on average (" +
             number(disk.probes.low) + " to " + number(disk.probes.high) +
             ") where the host can't cache their maps";
    });
  }
  add("depth", disk.depth, as_double(limits.warn.depth), as_double(limits.critical.depth), [&] {
    return disk.label + ": " + std::to_string(disk.depth) +
           " deltas; vSphere ends at 31, creates are refused at " + std::to_string(kDepthRefuse);
  });
  const double bytes = delta_bytes(disk);
  if (limits.warn.size_bytes || limits.critical.size_bytes) {
    add("size", bytes, as_double(limits.warn.size_bytes), as_double(limits.critical.size_bytes),
        [&] { return disk.label + ": its deltas take " + in_gib(bytes); });
  }
  if ((limits.warn.size_share || limits.critical.size_share) && disk.capacity_bytes > 0) {
    const double share = bytes / static_cast<double>(disk.capacity_bytes);
    add("size-share", share, limits.warn.size_share, limits.critical.size_share, [&] {
      return disk.label + ": its deltas take " + number(share * 100, 0) + " % of the disk's size";
    });
  }
}

void measure_ages(const Vm& vm, Time now, const ThresholdPair& policy, const FindingFacts& facts,
                  Measuring& out) {
  const Snapshot* oldest = nullptr;
  const Snapshot* foreign = nullptr;
  const Snapshot* pinned = nullptr;
  const auto older = [](const Snapshot*& so_far, const Snapshot& one) {
    if (so_far == nullptr || one.created < so_far->created) so_far = &one;
  };
  for (const Snapshot& snapshot : vm.snapshots) {
    if (snapshot.created >= now) continue;
    older(oldest, snapshot);
    if (snapshot.owner == Owner::Foreign) older(foreign, snapshot);
    if (snapshot.pinned) older(pinned, snapshot);
  }
  const ThresholdPair limits = thresholds_of(DeltaKind::Unknown, policy);
  if (oldest != nullptr) {
    out.add("age", in_hours(now - oldest->created), as_hours(limits.warn.age),
            as_hours(limits.critical.age),
            [&] { return "oldest snapshot is " + in_days(now - oldest->created) + " old"; });
  }
  if (foreign != nullptr && facts.selected) {
    out.add("foreign-snapshot", in_hours(now - foreign->created), as_hours(limits.warn.age), {},
            [&] {
              return "snapshot " + foreign->name + " is not ours, " +
                     in_days(now - foreign->created) + " old, and no policy may remove it";
            });
  }
  if (pinned != nullptr) {
    out.add("long-held-pin", in_hours(now - pinned->created), in_hours(kPinHeld), {}, [&] {
      return "pinned snapshot " + pinned->name + " is " + in_days(now - pinned->created) + " old";
    });
  }
}

// A run may take a while and may be moved by jitter and windows: a quarter of the interval, at most
// six hours, is not late.
void measure_backup(const Vm& vm, Time now, const FindingFacts& facts, Measuring& out) {
  if (!facts.backup_interval) return;
  std::optional<Time> newest = facts.newest_copy;
  for (const Snapshot& snapshot : vm.snapshots) {
    const bool ours = snapshot.owner == Owner::Ours && snapshot.state == SnapshotState::Complete;
    if (ours && (!newest || snapshot.created > *newest)) newest = snapshot.created;
  }
  if (!newest) {
    out.fact("missed-backup", true, RiskLevel::Warn, "a policy selects it, but no backup exists");
    return;
  }
  const double interval = in_hours(*facts.backup_interval);
  const double grace = std::min(interval / 4, 6.0);
  const auto age = std::max(now - *newest, std::chrono::microseconds{0});
  // A finding that the next good run ends by far: hysteresis has nothing to smooth.
  out.add("missed-backup", in_hours(age), interval + grace, 2 * interval + grace,
          [&] {
            return "newest backup is " + number(in_hours(age), 1) + " h old; one is due every " +
                   number(interval, 1) + " h";
          })
      .clears = 1;
}

void measure_orphaned(const Vm& vm, const FindingFacts& facts, Measuring& out) {
  if (!facts.policies) return;
  std::set<std::string> makers;
  std::string names;
  double count = 0;
  for (const Snapshot& snapshot : vm.snapshots) {
    const bool made = snapshot.owner == Owner::Ours && !snapshot.policy.empty();
    if (!made || facts.policies->contains(snapshot.policy)) continue;
    ++count;
    if (!makers.insert(snapshot.policy).second) continue;
    names += (names.empty() ? "\"" : ", \"") + snapshot.policy + "\"";
  }
  if (count == 0) return;
  Condition& told = out.add("orphaned-policy", count, 1, {}, [&] {
    return number(count, 0) + " snapshots were made by " + names +
           ", which is gone or selects the VM no more: they stay until deltakeep adopt --policy P";
  });
  for (const std::string& maker : makers) told.evidence.push_back({"policy", maker});
}

Subject subject_of(const Vm& vm) {
  return {vm.identity.endpoint, vm.identity.moid, vm.identity.name, {}};
}

auto key_of(const std::string& rule, const Subject& subject) {
  return std::tuple<std::string, std::string, std::string, std::string>(rule, subject.endpoint,
                                                                        subject.moid, subject.disk);
}

/// Since when the value is at `threshold`; a finding that fired stays until it clears.
std::optional<Time> since_of(const Condition& condition, const std::optional<double>& threshold,
                             const std::optional<Time>& before, bool fired, Time now) {
  if (!threshold) return std::nullopt;
  if (condition.value >= *threshold) return before ? before : std::optional(now);
  if (fired && condition.value >= *threshold * condition.clears) return before;
  return std::nullopt;
}

Finding look_again(const Condition& condition, const Finding* before, Time now,
                   std::chrono::seconds hold) {
  const RiskLevel fired = before != nullptr ? before->severity : RiskLevel::Ok;
  Finding after{.severity = RiskLevel::Ok,
                .rule = condition.rule,
                .subject = condition.subject,
                .text = condition.text,
                .evidence = condition.evidence,
                .since = now,
                .warn_since = {},
                .critical_since = {}};
  const auto none = std::optional<Time>{};
  after.critical_since =
      since_of(condition, condition.critical, before != nullptr ? before->critical_since : none,
               fired == RiskLevel::Critical, now);
  // What is critical has crossed the warning too, and falls back to it first.
  after.warn_since =
      since_of(condition, condition.warn, before != nullptr ? before->warn_since : none,
               fired != RiskLevel::Ok, now);
  if (condition.at_once) hold = std::chrono::seconds{0};
  if (after.critical_since && now - *after.critical_since >= hold) {
    after.severity = RiskLevel::Critical;
    after.since = *after.critical_since;
  } else if (after.warn_since && now - *after.warn_since >= hold) {
    after.severity = RiskLevel::Warn;
    after.since = *after.warn_since;
  } else if (after.critical_since || after.warn_since) {
    after.since = after.warn_since.value_or(after.critical_since.value_or(now));
  }
  return after;
}

}  // namespace

bool same_subject(const Subject& a, const Subject& b) {
  return std::tie(a.endpoint, a.moid, a.disk) == std::tie(b.endpoint, b.moid, b.disk);
}

RiskLevel Condition::level() const {
  if (critical && value >= *critical) return RiskLevel::Critical;
  return warn && value >= *warn ? RiskLevel::Warn : RiskLevel::Ok;
}

std::vector<Condition> vm_conditions(const Vm& vm, Time now, const ThresholdPair& policy,
                                     const FindingFacts& facts) {
  Measuring out(subject_of(vm));
  for (const Disk& disk : vm.disks) measure_disk(disk, policy, out);
  measure_ages(vm, now, policy, facts, out);
  measure_backup(vm, now, facts, out);
  measure_orphaned(vm, facts, out);
  out.fact("merge-debt", has_flag(vm, VmFlag::ConsolidationNeeded), RiskLevel::Critical,
           "the server says that disks need consolidation");
  out.fact("orphan-deltas", has_flag(vm, VmFlag::OrphanDeltas), RiskLevel::Critical,
           "deltas that no snapshot explains");
  out.fact("current-unset", has_flag(vm, VmFlag::CurrentSnapshotUnset), RiskLevel::Warn,
           "snapshots exist but none is current");
  out.fact("file-inaccessible", has_flag(vm, VmFlag::FileInaccessible), RiskLevel::Critical,
           "a file of a chain is not accessible");
  return out.done();
}

std::vector<Condition> datastore_conditions(const Datastore& datastore, Time now,
                                            const std::optional<Time>& full_at) {
  Measuring out({datastore.endpoint, datastore.moid, datastore.name, {}});
  if (datastore.capacity_bytes > 0) {
    const double used = 1 - static_cast<double>(datastore.free_bytes) /
                                static_cast<double>(datastore.capacity_bytes);
    // Nine tenths of 90 % would be a fifth of the datastore: far more than a person frees.
    out.add("datastore-full", used, kUsedWarn, kUsedCritical,
            [&] {
              return datastore.name + " is " + number(used * 100, 1) + " % full, " +
                     in_gib(static_cast<double>(datastore.free_bytes)) + " are free";
            })
        .clears = 0.98;
  }
  if (full_at) {
    // The nearer the worse, so that the share of a threshold grows as the time left shrinks.
    const double left = std::max(in_hours(*full_at - now), 1.0);
    out.add("datastore-fills", 1 / left, 1 / in_hours(kFullWarn), 1 / in_hours(kFullCritical), [&] {
      return datastore.name + " will be full on " + format_utc(*full_at) + " as it grows now";
    });
  }
  return out.done();
}

std::vector<Condition> notice_conditions(const Subject& subject, std::vector<Notice> notices) {
  std::vector<Condition> found;
  std::map<std::string, std::size_t> places;
  for (Notice& notice : notices) {
    const auto [place, added] = places.try_emplace(notice.rule, found.size());
    if (added) found.push_back({.rule = notice.rule, .subject = subject, .at_once = true});
    Condition& condition = found[place->second];
    condition.value += 1;
    if (notice.level == RiskLevel::Critical) condition.critical = 1;
    if (notice.level != RiskLevel::Critical) condition.warn = 1;
    if (added) condition.text = std::move(notice.text);
    std::move(notice.evidence.begin(), notice.evidence.end(),
              std::back_inserter(condition.evidence));
  }
  for (Condition& condition : found) {
    if (condition.value > 1) condition.text += " (and " + number(condition.value - 1, 0) + " more)";
  }
  return found;
}

std::optional<Notice> waits_too_long(const PutOff& put_off, Time now) {
  if (now - put_off.since < put_off.defer) return std::nullopt;
  return Notice{
      .rule = "waits-too-long",
      .text = put_off.act + " of policy " + put_off.policy + " has waited for others since " +
              format_utc(put_off.since) +
              "; it is refused until they are done: `deltakeep plan --explain` says who",
      .evidence = {
          {"policy", put_off.policy}, {"act", put_off.act}, {"since", format_utc(put_off.since)}}};
}

std::vector<Finding> settle_findings(const std::vector<Finding>& before,
                                     const std::vector<Condition>& now_measured,
                                     const std::function<bool(const Subject&)>& looked_at, Time now,
                                     std::chrono::seconds hold) {
  std::map<std::tuple<std::string, std::string, std::string, std::string>, const Finding*> known;
  for (const Finding& finding : before) known[key_of(finding.rule, finding.subject)] = &finding;
  std::vector<Finding> after;
  for (const Condition& condition : now_measured) {
    const auto found = known.find(key_of(condition.rule, condition.subject));
    Finding finding =
        look_again(condition, found == known.end() ? nullptr : found->second, now, hold);
    if (found != known.end()) known.erase(found);
    if (finding.warn_since || finding.critical_since) after.push_back(std::move(finding));
  }
  for (const auto& [key, finding] : known) {
    if (!looked_at(finding->subject)) after.push_back(*finding);
  }
  std::sort(after.begin(), after.end(), [](const Finding& a, const Finding& b) {
    if (a.severity != b.severity) return a.severity > b.severity;
    return key_of(a.rule, a.subject) < key_of(b.rule, b.subject);
  });
  return after;
}

}  // namespace policy
