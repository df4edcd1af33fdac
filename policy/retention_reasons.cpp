#include "policy/retention_reasons.h"

#include <algorithm>
#include <utility>

namespace policy {
namespace {

constexpr std::uint32_t bit(KeepRule rule) { return 1U << static_cast<unsigned>(rule); }

/// One AND-list of the tag rule. The empty tag stands for a snapshot that has none.
bool has_all(const RetentionSnapshot& snapshot, const std::vector<std::string>& tags) {
  return std::all_of(tags.begin(), tags.end(), [&](const std::string& tag) {
    if (tag.empty()) return snapshot.tags.empty();
    return std::find(snapshot.tags.begin(), snapshot.tags.end(), tag) != snapshot.tags.end();
  });
}

std::optional<KeepRule> kept_by(Keeper keeper) {
  switch (keeper) {
    case Keeper::Us:
      return std::nullopt;
    case Keeper::OtherPolicy:
      return KeepRule::OtherPolicy;
    case Keeper::OrphanedPolicy:
      return KeepRule::OrphanedPolicy;
    case Keeper::Operator:
      return KeepRule::Operator;
  }
  return std::nullopt;
}

class Explaining {
 public:
  explicit Explaining(Decision decision)
      : told_(std::move(decision)), in_(told_.input), slots_(told_.subject.slots) {
    result_.shrunk = std::move(told_.shrunk);
    result_.conflicts = std::move(told_.conflicts);
  }

  RetentionResult run() {
    list_kept();
    list_removed();
    report_blocked_age();
    for (Conflict& conflict : result_.conflicts) {
      for (Blocker& blocker : conflict.blockers) {
        if (blocker.index) blocker.why = why_blocks(*blocker.index);
      }
    }
    return std::move(result_);
  }

 private:
  std::span<const std::uint32_t> candidates() const { return told_.subject.candidates; }

  void list_kept() {
    std::vector<std::uint32_t> position_of(in_.snapshots.size(), 0);
    for (std::uint32_t position = 0; position < candidates().size(); ++position) {
      position_of[candidates()[position]] = position;
    }
    // No more than is needed: a plan holds on to fifty thousand of these.
    const auto kept =
        static_cast<std::size_t>(std::count(told_.kept.begin(), told_.kept.end(), true));
    result_.keep.reserve(kept);
    result_.reasons.reserve(kept + slots_.rules().size());
    for (const std::uint32_t i : told_.order.newest_first) {
      if (!told_.kept[i]) continue;
      const std::size_t first = result_.reasons.size();
      explain_kept(i, position_of[i]);
      result_.keep.push_back({i, static_cast<std::uint32_t>(first),
                              static_cast<std::uint32_t>(result_.reasons.size() - first)});
    }
  }

  void explain_kept(std::uint32_t i, std::size_t position) {
    const RetentionSnapshot& snapshot = in_.snapshots[i];
    switch (told_.fates.of[i]) {
      case Fate::Hard:
        if (snapshot.pinned) because(KeepRule::Pinned);
        if (snapshot.in_use) because(KeepRule::InUse);
        if (snapshot.state == SnapshotState::InProgress) because(KeepRule::InProgress);
        if (snapshot.owner == Owner::Foreign) {
          because(KeepRule::Foreign);
        } else if (const auto keeper = kept_by(snapshot.keeper)) {
          because(*keeper);
        }
        if (told_.order.future[i]) because(KeepRule::Future);
        break;
      case Fate::Future:
        because(KeepRule::Future);
        break;
      case Fate::Partial:
        because(KeepRule::Partial);
        break;
      case Fate::Detached:
        because(KeepRule::Detached);
        break;
      case Fate::Candidate:
        explain_candidate(position);
        break;
      case Fate::Orphan:
      case Fate::DetachedGo:
        break;  // never kept
    }
  }

  void because(KeepRule rule) { result_.reasons.push_back({.rule = rule}); }

  void explain_candidate(std::size_t position) {
    const std::size_t before = result_.reasons.size();
    if (!told_.subject.expired[position]) {
      for (const KeepSlots::Rule& rule : slots_.rules()) {
        const auto slot = slots_.slot(rule, position);
        if (!slot) continue;
        result_.reasons.push_back({.rule = rule.rule,
                                   .oldest = *slot > rule.slots,
                                   .slot = *slot,
                                   .of = slots_of(rule),
                                   .period = slots_.period(rule, position)});
      }
      if (tagged(in_.snapshots[candidates()[position]], told_.rules.keep)) because(KeepRule::Tags);
      if (told_.subject.current == position) because(KeepRule::Current);
    }
    if (result_.reasons.size() == before) because(KeepRule::MinKeep);
  }

  std::optional<int> slots_of(const KeepSlots::Rule& rule) const {
    if (shrunk(rule.rule)) return rule.slots;
    if (rule.all || rule.span) return std::nullopt;
    return rule.from;
  }

  bool shrunk(KeepRule rule) const {
    return std::any_of(result_.shrunk.begin(), result_.shrunk.end(),
                       [&](const Shrunk& entry) { return entry.rule == rule; });
  }

  void list_removed() {
    result_.remove.reserve(in_.snapshots.size() - result_.keep.size());
    for (const std::uint32_t i : told_.fates.going_detached) {
      result_.remove.push_back({.index = i, .reason = RemoveReason::Detached});
    }
    std::size_t position = candidates().size();
    const auto& path = told_.order.path;
    for (auto older = path.rbegin(); older != path.rend(); ++older) {
      const Fate fate = told_.fates.of[*older];
      if (fate == Fate::Candidate) --position;
      if (told_.kept[*older]) continue;
      if (fate == Fate::Candidate) {
        result_.remove.push_back(why_removed(position));
      } else {
        const bool orphan = fate == Fate::Orphan;
        result_.remove.push_back(
            {.index = *older, .reason = orphan ? RemoveReason::Orphan : RemoveReason::Partial});
      }
    }
  }

  Removed why_removed(std::size_t position) const {
    Removed removed{.index = candidates()[position]};
    const std::optional<KeepRule> taken = rule_that_gave_up(position);
    if (told_.kept_without_caps[removed.index]) {
      removed.reason = RemoveReason::Shrunk;
      removed.rule = taken.value_or(position == 0 && shrunk(KeepRule::Current) ? KeepRule::Current
                                                                               : KeepRule::Oldest);
      return removed;
    }
    // Old, and nothing else against it: without max_age it would be here still.
    const bool wanted =
        slots_.held(position) || taken || tagged(in_.snapshots[removed.index], told_.rules.keep);
    if (told_.subject.expired[position] && wanted) {
      removed.reason = RemoveReason::MaxAge;
      return removed;
    }
    return why_no_rule_keeps(position, removed);
  }

  /// The finest rule that a cap took this candidate's slot from.
  std::optional<KeepRule> rule_that_gave_up(std::size_t position) const {
    for (const KeepSlots::Rule& rule : slots_.rules()) {
      const int number = slots_.period_number(rule, position);
      const bool newest = slots_.newest_of_period(rule, position) == position;
      if (newest && number > rule.slots && number <= rule.from) return rule.rule;
    }
    return std::nullopt;
  }

  Removed why_no_rule_keeps(std::size_t position, Removed removed) const {
    for (const KeepSlots::Rule& rule : slots_.rules()) {
      const std::size_t newest = slots_.newest_of_period(rule, position);
      const bool counted = slots_.period_number(rule, position) <= rule.slots;
      if (newest == position || !counted) {
        removed.rules |= bit(rule.rule);
      } else if (told_.kept[candidates()[newest]]) {
        return {.index = removed.index,
                .reason = RemoveReason::Superseded,
                .rule = rule.rule,
                .other = candidates()[newest],
                .period = slots_.period(rule, position)};
      }
    }
    // The newer one of its period was too old already.
    const bool too_old = removed.rules == 0 && told_.subject.expired[position];
    removed.reason = too_old ? RemoveReason::MaxAge : RemoveReason::BeyondCount;
    return removed;
  }

  /// A pin of ours that outlives max_age is somebody's decision against the policy: both are told.
  void report_blocked_age() {
    if (!told_.oldest_allowed) return;
    Conflict conflict{.cap = Cap::MaxAge};
    std::optional<Time> oldest;
    for (const std::uint32_t i : told_.order.newest_first) {
      const RetentionSnapshot& snapshot = in_.snapshots[i];
      const bool ours = snapshot.owner == Owner::Ours && snapshot.keeper == Keeper::Us;
      const bool held = ours && (snapshot.pinned || snapshot.in_use);
      const Time time = told_.order.effective[i];
      if (!held || time >= *told_.oldest_allowed) continue;
      conflict.blockers.push_back({.index = i});
      oldest = std::min(oldest.value_or(time), time);
    }
    if (!oldest) return;
    const auto seconds = [](auto span) {
      return static_cast<double>(std::chrono::floor<std::chrono::seconds>(span).count());
    };
    conflict.limit = seconds(in_.now - *told_.oldest_allowed);
    conflict.actual = seconds(in_.now - *oldest);
    conflict.unmet = static_cast<double>(conflict.blockers.size());
    result_.conflicts.push_back(std::move(conflict));
  }

  /// The first reason for keeping it; min_keep before a rule, because the rule would give way.
  KeepRule why_blocks(std::uint32_t index) const {
    const auto found = std::find(candidates().begin(), candidates().end(), index);
    const auto position = found - candidates().begin();
    if (found != candidates().end() && position < told_.rules.min_keep) return KeepRule::MinKeep;
    const auto kept = std::find_if(result_.keep.begin(), result_.keep.end(),
                                   [&](const Kept& one) { return one.index == index; });
    return result_.reasons_of(*kept).front().rule;  // only what is kept can block
  }

  Decision told_;
  const RetentionInput& in_;
  const KeepSlots& slots_;
  RetentionResult result_;
};

}  // namespace

bool tagged(const RetentionSnapshot& snapshot, const KeepRules& keep) {
  return std::any_of(keep.tags.begin(), keep.tags.end(),
                     [&](const auto& tags) { return has_all(snapshot, tags); });
}

RetentionResult explain(Decision decision) { return Explaining(std::move(decision)).run(); }

}  // namespace policy
