#include "policy/retention.h"

#include <algorithm>
#include <utility>

#include "policy/caps.h"
#include "policy/retention_fate.h"
#include "policy/retention_kept.h"
#include "policy/retention_order.h"
#include "policy/retention_reasons.h"
#include "policy/retention_slots.h"

namespace policy {
namespace {

std::vector<Time> times_of(std::span<const std::uint32_t> candidates, const SnapshotOrder& order) {
  std::vector<Time> times;
  times.reserve(candidates.size());
  for (const std::uint32_t i : candidates) times.push_back(order.effective[i]);
  return times;
}

bool keeps_something(const KeepRules& keep) {
  return !keep.within.empty() || !keep.tags.empty() ||
         std::any_of(keep.counts.begin(), keep.counts.end(),
                     [](const auto& rule) { return rule.second.max != 0; });
}

/// What holds the candidates besides the slots, and what max_age takes whatever holds it.
CapSubject hold(const RetentionInput& input, const RetentionRules& rules,
                const SnapshotOrder& order, std::span<const std::uint32_t> candidates,
                KeepSlots& slots, std::optional<Time> oldest_allowed) {
  const std::size_t count = candidates.size();
  CapSubject subject{.candidates = candidates,
                     .slots = slots,
                     .held_otherwise = std::vector<bool>(count, false),
                     .expired = std::vector<bool>(count, false),
                     .current = std::nullopt};
  const auto min_keep = static_cast<std::size_t>(std::max(rules.min_keep, 0));
  for (std::size_t position = 0; position < count; ++position) {
    const std::uint32_t i = candidates[position];
    const bool expired = oldest_allowed && order.effective[i] < *oldest_allowed;
    subject.expired[position] = expired;
    subject.held_otherwise[position] =
        position < min_keep || (!expired && tagged(input.snapshots[i], rules.keep));
  }
  // The guest writes above the current one, and removing it stuns the guest: only a policy that
  // keeps nothing at all asks for that outright.
  const bool current = count > 0 && candidates.front() == order.path.front();
  const bool unheld = current && !slots.held(0) && !subject.held_otherwise[0];
  if (unheld && !subject.expired[0] && keeps_something(rules.keep)) subject.current = 0;
  return subject;
}

std::vector<bool> keep_without_caps(const RetentionInput& input, const SnapshotOrder& order,
                                    const Fates& fates, const CapSubject& subject) {
  std::vector<bool> kept(fates.of.size());
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const Fate fate = fates.of[i];
    kept[i] = fate == Fate::Hard || fate == Fate::Future || fate == Fate::Detached;
  }
  for (std::size_t position = 0; position < subject.candidates.size(); ++position) {
    const bool by_rule = subject.slots.held(position) || subject.current == position;
    kept[subject.candidates[position]] =
        subject.held_otherwise[position] || (by_rule && !subject.expired[position]);
  }
  // Newest first: one that is not complete is worth keeping only until a complete one of ours
  // stands above it, and only one.
  for (const std::uint32_t i : order.path) {
    const RetentionSnapshot& snapshot = input.snapshots[i];
    const bool ours = snapshot.owner == Owner::Ours && snapshot.keeper == Keeper::Us;
    if (ours && snapshot.state == SnapshotState::Complete) break;
    if (fates.of[i] != Fate::Partial) continue;
    kept[i] = input.now - order.effective[i] < input.partial_grace;
    break;
  }
  return kept;
}

/// Hands the decision on while all that it refers to is still there.
template <typename Finish>
auto decide(const RetentionInput& input, const RetentionRules& rules, Finish finish) {
  const Zone utc;
  const Zone& zone = input.zone ? *input.zone : utc;
  const SnapshotOrder order = order_of(input);
  const Fates fates = classify(input, order, rules, zone);
  KeepSlots slots(times_of(fates.candidates, order), zone, rules.keep);
  std::optional<Time> oldest_allowed;
  if (rules.max_age) oldest_allowed = subtract(input.now, *rules.max_age, zone);
  CapSubject subject = hold(input, rules, order, fates.candidates, slots, oldest_allowed);
  Decision decision{.input = input,
                    .rules = rules,
                    .order = order,
                    .fates = fates,
                    .subject = subject,
                    .oldest_allowed = oldest_allowed,
                    .kept = {},
                    .kept_without_caps = keep_without_caps(input, order, fates, subject),
                    .shrunk = {},
                    .conflicts = {}};
  decision.kept = decision.kept_without_caps;
  if (!rules.cap.empty()) {
    CapMeter meter(input, rules.cap, order, decision.kept);
    decision.shrunk = shrink_to_caps(meter, subject, input);
    for (std::uint32_t i = 0; i < decision.kept.size(); ++i) decision.kept[i] = meter.kept(i);
    decision.conflicts = meter.conflicts();
  }
  return finish(std::move(decision));
}

}  // namespace

RetentionResult evaluate(const RetentionInput& input, const RetentionRules& rules) {
  return decide(input, rules, explain);
}

std::vector<bool> kept_by_rules(const RetentionInput& input, const RetentionRules& rules) {
  return decide(input, rules, [](Decision decision) { return std::move(decision.kept); });
}

}  // namespace policy
