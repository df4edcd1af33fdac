#include "policy/retention_forward.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "policy/retention_order.h"

namespace policy {
namespace {

/// The snapshots of a VM through runs to come.
class Playback {
 public:
  explicit Playback(const RetentionInput& input)
      : snapshots_(input.snapshots.begin(), input.snapshots.end()) {
    for (std::uint32_t i = 0; i < snapshots_.size(); ++i) origin_.push_back(i);
    const SnapshotOrder order = order_of(input);
    if (!order.path.empty()) current_ = order.path.front();
  }

  const std::vector<RetentionSnapshot>& snapshots() const { return snapshots_; }
  /// The index in the first input; of one that was made since, one beyond.
  std::uint32_t origin(std::uint32_t index) const { return origin_[index]; }

  void create(Time time) {
    for (RetentionSnapshot& snapshot : snapshots_) snapshot.current = false;
    RetentionSnapshot made{.time = time, .parent = current_, .current = true, .tags = {}};
    current_ = static_cast<std::uint32_t>(snapshots_.size());
    snapshots_.push_back(made);
    origin_.push_back(UINT32_MAX);
  }

  /// Takes out what goes; children move to the nearest ancestor that stays.
  void retain(const RetentionResult& result) {
    if (result.remove.empty()) return;
    std::vector<bool> stays(snapshots_.size(), false);
    for (const Kept& kept : result.keep) stays[kept.index] = true;
    std::vector<std::uint32_t> moved(snapshots_.size(), 0);
    std::uint32_t left = 0;
    for (std::size_t i = 0; i < snapshots_.size(); ++i) {
      moved[i] = left;
      if (stays[i]) ++left;
    }
    const auto stands_on = [&](std::optional<std::uint32_t> at) {
      while (at && !stays[*at]) at = snapshots_[*at].parent;
      return at ? std::optional(moved[*at]) : std::nullopt;
    };
    current_ = stands_on(current_);
    std::vector<std::optional<std::uint32_t>> parents;
    for (const RetentionSnapshot& snapshot : snapshots_) {
      parents.push_back(stands_on(snapshot.parent));
    }
    for (std::size_t i = 0; i < snapshots_.size(); ++i) {
      if (!stays[i]) continue;
      snapshots_[moved[i]] = snapshots_[i];
      snapshots_[moved[i]].parent = parents[i];
      origin_[moved[i]] = origin_[i];
    }
    snapshots_.resize(left);
    origin_.resize(left);
  }

 private:
  std::vector<RetentionSnapshot> snapshots_;
  std::vector<std::uint32_t> origin_;
  std::optional<std::uint32_t> current_;
};

}  // namespace

std::vector<std::optional<Time>> lost_at(const RetentionInput& input, const RetentionRules& rules,
                                         std::span<const Time> runs) {
  const std::size_t count = input.snapshots.size();
  std::vector<std::optional<Time>> lost(count);
  if (runs.empty()) return lost;
  Playback playback(input);
  playback.retain(evaluate(input, rules));
  RetentionInput later = input;
  later.newest_is_current = false;
  for (const Time run : runs) {
    playback.create(run);
    later.snapshots = playback.snapshots();
    later.now = run;
    const RetentionResult result = evaluate(later, rules);
    for (const Removed& removed : result.remove) {
      const std::uint32_t index = playback.origin(removed.index);
      if (index < count) lost[index] = run;
    }
    playback.retain(result);
  }
  return lost;
}

namespace {

/// One line of snapshots under one policy, run after run.
class Settling {
 public:
  Settling(const RetentionRules& rules, const Zone& zone, int delay)
      : rules_(rules), zone_(zone), delay_(std::max(delay, 0)) {
    // Nobody knows what the guest will write, nor what its datastore will hold.
    rules_.cap.probes.reset();
    rules_.cap.min_free_bytes.reset();
    rules_.cap.min_free_share.reset();
    marked_.resize(static_cast<std::size_t>(delay_));
  }

  void run(Time now) {
    line_.push_back(now);
    const auto depth = static_cast<int>(line_.size());
    if (depth > state_.deepest) {
      state_.deepest = depth;
      state_.deepest_at = now;
    }
    state_.oldest =
        std::max(state_.oldest, std::chrono::floor<std::chrono::seconds>(now - line_.front()));
    if (delay_ > 0) {
      remove(marked_.front());
      marked_.pop_front();
    }
    std::vector<Time> goes = decide(now);
    if (delay_ > 0) {
      marked_.push_back(std::move(goes));
    } else {
      remove(goes);
    }
    state_.between_runs = std::max(state_.between_runs, static_cast<int>(line_.size()));
  }

  const SteadyState& state() const { return state_; }

 private:
  std::vector<Time> decide(Time now) {
    std::vector<RetentionSnapshot> snapshots;
    for (const Time time : line_) {
      const bool marked = std::any_of(marked_.begin(), marked_.end(), [&](const auto& times) {
        return std::find(times.begin(), times.end(), time) != times.end();
      });
      if (marked) continue;
      RetentionSnapshot snapshot{.time = time, .tags = {}};
      if (!snapshots.empty()) snapshot.parent = static_cast<std::uint32_t>(snapshots.size() - 1);
      snapshots.push_back(snapshot);
    }
    // The deepest moment is in the next run: one more is made while those marked are still there,
    // and a run marks as many as it makes.
    const RetentionInput input{.snapshots = snapshots,
                               .now = now,
                               .zone = &zone_,
                               .newest_is_current = true,
                               .reserve = 1 + delay_};
    const RetentionResult result = evaluate(input, rules_);
    state_.conflict = state_.conflict || !result.conflicts.empty();
    std::vector<Time> goes;
    for (const Removed& removed : result.remove) goes.push_back(snapshots[removed.index].time);
    return goes;
  }

  void remove(const std::vector<Time>& times) {
    std::erase_if(line_, [&](Time time) {
      return std::find(times.begin(), times.end(), time) != times.end();
    });
  }

  RetentionRules rules_;
  const Zone& zone_;
  int delay_;
  std::vector<Time> line_;                // oldest first
  std::deque<std::vector<Time>> marked_;  // by the runs that have not removed yet
  SteadyState state_;
};

}  // namespace

SteadyState steady_state(const RetentionRules& rules, const Zone& zone, std::span<const Time> runs,
                         int delay) {
  Settling settling(rules, zone, delay);
  for (const Time run : runs) settling.run(run);
  return settling.state();
}

}  // namespace policy
