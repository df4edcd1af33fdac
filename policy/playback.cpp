#include "policy/playback.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <string_view>

#include "policy/guard.h"
#include "policy/playback_disks.h"
#include "policy/retention.h"

namespace policy {
namespace {

using std::chrono::seconds;

/// The whole state of one VM on its way through time.
class Player {
 public:
  Player(const PlaybackInput& input, const std::function<void(const PlayedMoment&)>& seen)
      : input_(input), seen_(seen), disks_(input), at_(input.now) {
    take_snapshots();
    if (input.policy != nullptr) {
      rules_ = input.policy->rules;
      rules_.cap.min_free_bytes.reset();  // what is free is not one VM's to play
      rules_.cap.min_free_share.reset();
    }
    const bool judges = input.policy != nullptr && input.policy->method() != Method::Clone;
    if (judges) judge_or_give_up(0);
  }

  void play() {
    tell(PlayedEvent::Start);
    auto run = input_.runs.begin();
    auto tick = input_.ticks.begin();
    const auto due = [&](auto next, auto end) {
      return next != end && *next <= input_.until ? *next : Time::max();
    };
    for (;;) {
      const Time next_run = due(run, input_.runs.end());
      const Time next_tick = due(tick, input_.ticks.end());
      const Time leaving = next_leaving();
      const Time next = std::min({next_run, next_tick, leaving});
      if (next == Time::max()) break;
      advance(next);
      if (next == leaving) {
        let_foreign_go();
      } else if (next == next_tick) {
        ++tick;
        tell(PlayedEvent::Tick);
      } else {
        ++run;
        if (input_.policy != nullptr) make_run();
      }
    }
    advance(input_.until);
    tell(PlayedEvent::End);
  }

 private:
  void take_snapshots() {
    std::map<std::string_view, std::uint32_t> serials;
    for (const Snapshot& snapshot : input_.vm.snapshots) {
      PlayedSnapshot one{
          .serial = next_serial_++, .id = snapshot.moid, .created = snapshot.created};
      serials[snapshot.moid] = one.serial;
      if (snapshot.parent) {
        const auto parent = serials.find(*snapshot.parent);
        if (parent != serials.end()) one.parent = parent->second;
      }
      one.policy = snapshot.policy;
      one.owner = snapshot.helper ? Owner::Foreign : snapshot.owner;
      one.keeper = keeper_of(snapshot);
      one.leftover = snapshot.leftover;
      one.current = snapshot.current;
      one.pinned = snapshot.pinned;
      one.state = snapshot.state;
      one.memory_bytes = snapshot.memory_bytes;
      // A product's backup that runs now: it is gone within a day, or it is no backup any more.
      if (one.owner == Owner::Foreign && known_backup_name(snapshot) &&
          input_.now - one.created < kSettledForeign) {
        one.leaves = one.created + kSettledForeign;
      }
      snapshots_.push_back(std::move(one));
    }
    disks_.own_deltas(serials);
  }

  // Whether it is another policy's or a gone one's is the same here: it stays.
  Keeper keeper_of(const Snapshot& snapshot) const {
    if (snapshot.policy.empty()) return Keeper::Operator;
    const bool judged =
        input_.takes_over || input_.policy == nullptr || input_.policy->answers_to(snapshot.policy);
    return judged ? Keeper::Us : Keeper::OtherPolicy;
  }

  void advance(Time to) {
    if (to <= at_) return;
    disks_.grow(at_, to);
    at_ = to;
  }

  void tell(PlayedEvent event, std::uint64_t merge_bytes = 0, const char* why = "") {
    seen_({.event = event,
           .at = at_,
           .depth = disks_.depth(),
           .merge_bytes = merge_bytes,
           .why = why,
           .disks = disks_.all(),
           .snapshots = snapshots_,
           .copy_bytes = copy_bytes_ * static_cast<double>(copies_.size()),
           .copies = static_cast<int>(copies_.size())});
  }

  Time next_leaving() const {
    Time first = Time::max();
    for (const PlayedSnapshot& one : snapshots_) {
      if (one.leaves && std::max(*one.leaves, at_) <= input_.until) {
        first = std::min(first, std::max(*one.leaves, at_));
      }
    }
    return first;
  }

  void let_foreign_go() {
    const auto found = std::find_if(snapshots_.begin(), snapshots_.end(), [&](const auto& one) {
      return one.leaves && *one.leaves <= at_;
    });
    const std::uint64_t merged = drop(static_cast<std::size_t>(found - snapshots_.begin()));
    tell(PlayedEvent::ForeignGone, merged);
  }

  /// As a run does it: create, then retention.
  void make_run() {
    tell(PlayedEvent::RunStart);
    const bool copies = input_.policy->method() == Method::Clone;
    if (copies && input_.removal_refused.empty()) drop_leftovers();
    if (input_.policy->method() != Method::Retain) {
      if (const char* why = refusal()) {
        tell(PlayedEvent::Refuse, 0, why);
      } else if (copies) {
        make_copy();
      } else {
        create();
      }
    }
    if (!copies && !time_out_of_range_ && input_.removal_refused.empty()) retain();
    tell(PlayedEvent::RunEnd);
  }

  const char* refusal() const {
    if (!input_.create_refused.empty()) return input_.create_refused.c_str();
    if (time_out_of_range_) return "time-out-of-range";
    return std::max(disks_.files(), tree_depth()) >= kDepthRefuse ? "depth-limit" : nullptr;
  }

  int tree_depth() const {
    int depth = 0;
    const auto current = std::find_if(snapshots_.begin(), snapshots_.end(),
                                      [](const PlayedSnapshot& one) { return one.current; });
    std::uint32_t serial = current == snapshots_.end() ? 0 : current->serial;
    for (auto one = snapshots_.rbegin(); one != snapshots_.rend(); ++one) {
      if (serial == 0 || one->serial != serial) continue;
      ++depth;
      serial = one->parent;
    }
    return depth;
  }

  void create() {
    PlayedSnapshot made{.serial = next_serial_++, .id = {}, .created = at_};
    made.id = "new-" + std::to_string(made.serial);
    for (PlayedSnapshot& one : snapshots_) {
      if (one.current) made.parent = one.serial;
      one.current = false;
    }
    made.current = true;
    made.policy = input_.policy->name();
    disks_.freeze(made.serial, at_);
    snapshots_.push_back(std::move(made));
    tell(PlayedEvent::Create);
  }

  void drop_leftovers() {
    for (std::size_t i = snapshots_.size(); i-- > 0;) {
      const PlayedSnapshot& one = snapshots_[i];
      const bool goes = one.leftover && one.owner == Owner::Ours && one.keeper == Keeper::Us &&
                        !one.pinned && !is_fork(one);
      if (!goes) continue;
      const std::uint64_t merged = drop(i);
      tell(PlayedEvent::Remove, merged);
    }
  }

  /// As the guard of that name: its delta would stay, and nothing could take it away any more.
  bool is_fork(const PlayedSnapshot& snapshot) const {
    const auto children =
        std::count_if(snapshots_.begin(), snapshots_.end(),
                      [&](const PlayedSnapshot& one) { return one.parent == snapshot.serial; });
    return children + (snapshot.current ? 1 : 0) > 1;
  }

  /// The helper snapshot lives for the copy only; the copy is as large as the disks are now.
  void make_copy() {
    create();
    copy_bytes_ = disks_.allocated();
    PlayedSnapshot copy{.serial = next_serial_++, .id = {}, .created = at_};
    copy.id = "copy-" + std::to_string(copy.serial);
    copies_.push_back(std::move(copy));
    const std::uint64_t merged = drop(snapshots_.size() - 1);
    tell(PlayedEvent::Remove, merged);
    if (!input_.copies || !input_.copies->deletes_old) return;
    const RetentionResult result = judge_copies();
    for (const Removed& removed : result.remove) copies_[removed.index].serial = 0;
    std::erase_if(copies_, [](const PlayedSnapshot& one) { return one.serial == 0; });
  }

  RetentionResult judge(int reserve) {
    judged_.clear();
    for (const PlayedSnapshot& one : snapshots_) {
      RetentionSnapshot judged;
      judged.id = one.id;
      judged.time = one.created;
      judged.parent = place_of(one.parent);
      judged.current = one.current;
      judged.owner = one.owner;
      judged.keeper = one.keeper;
      judged.orphan = one.leftover;
      judged.pinned = one.pinned;
      judged.state = one.state;
      judged.bytes = disks_.bytes_of(one.serial);
      judged_.push_back(judged);
    }
    rules_.cap.probes = disks_.deepest_capacity() ? input_.policy->rules.cap.probes : std::nullopt;
    return evaluated(rules_, reserve);
  }

  /// Nothing when a time can't be reckoned with: from then on nothing is made or removed.
  std::optional<RetentionResult> judge_or_give_up(int reserve) {
    try {
      return judge(reserve);
    } catch (const ZoneRangeError&) {
      time_out_of_range_ = true;
      return std::nullopt;
    }
  }

  /// Copies stand on nothing: a line of descent is only made up so that none counts as detached.
  RetentionResult judge_copies() {
    judged_.clear();
    for (std::uint32_t i = 0; i < copies_.size(); ++i) {
      RetentionSnapshot judged;
      judged.id = copies_[i].id;
      judged.time = copies_[i].created;
      if (i > 0) judged.parent = i - 1;
      judged.current = i + 1 == copies_.size();
      judged_.push_back(judged);
    }
    RetentionRules rules = input_.policy->rules;
    rules.cap = {.depth = {}, .count = rules.cap.count};
    return evaluated(rules, 0);
  }

  RetentionResult evaluated(const RetentionRules& rules, int reserve) {
    RetentionInput input;
    input.snapshots = judged_;
    input.now = at_;
    input.zone = &input_.policy->zone;
    input.reserve = reserve;
    input.foreign_min_age = kSettledForeign;
    input.disk_capacity_bytes = disks_.deepest_capacity();
    return evaluate(input, rules);
  }

  std::optional<std::uint32_t> place_of(std::uint32_t serial) const {
    for (std::uint32_t i = 0; serial != 0 && i < snapshots_.size(); ++i) {
      if (snapshots_[i].serial == serial) return i;
    }
    return std::nullopt;
  }

  // The reserve is a plan's: what the run before marked is still there when the next one is made.
  void retain() {
    const Policy& policy = *input_.policy;
    const bool marks = policy.marks_first();
    const int reserve = policy.method() == Method::Snapshot ? (marks ? 2 : 1) : 0;
    const std::optional<RetentionResult> result = judge_or_give_up(reserve);
    if (!result) return;
    for (const Kept& kept : result->keep) snapshots_[kept.index].marked.reset();
    std::vector<std::uint32_t> going;
    for (const Removed& removed : result->remove) {
      PlayedSnapshot& one = snapshots_[removed.index];
      if (is_fork(one)) continue;
      const seconds delay = policy.mark_delay.value_or(seconds{0});
      if (!marks || one.leftover || (one.marked && at_ - *one.marked >= delay)) {
        going.push_back(one.serial);
      } else if (!one.marked) {
        one.marked = at_;
      }
    }
    for (const std::uint32_t serial : going) {
      const std::uint64_t merged = drop(*place_of(serial));
      tell(PlayedEvent::Remove, merged);
    }
  }

  /// Bytes that the merge copies.
  std::uint64_t drop(std::size_t index) {
    const PlayedSnapshot gone = snapshots_[index];
    snapshots_.erase(snapshots_.begin() + static_cast<std::ptrdiff_t>(index));
    for (PlayedSnapshot& one : snapshots_) {
      if (one.parent == gone.serial) one.parent = gone.parent;
      if (gone.current && one.serial == gone.parent) one.current = true;
    }
    return disks_.merge_down(gone.serial);
  }

  const PlaybackInput& input_;
  const std::function<void(const PlayedMoment&)>& seen_;
  std::uint32_t next_serial_ = 1;
  PlayedDisks disks_;
  Time at_;
  std::vector<PlayedSnapshot> snapshots_;
  std::vector<PlayedSnapshot> copies_;
  double copy_bytes_ = 0;
  bool time_out_of_range_ = false;
  RetentionRules rules_;
  std::vector<RetentionSnapshot> judged_;
};

}  // namespace

void play(const PlaybackInput& input, const std::function<void(const PlayedMoment&)>& seen) {
  if (input.until < input.now || input.until - input.now > kLongestPlay) {
    throw std::invalid_argument("a VM can be played forward for 400 days at most");
  }
  if (input.writes.size() != input.vm.disks.size()) {
    throw std::invalid_argument("what each disk writes must be given for each disk");
  }
  Player(input, seen).play();
}

}  // namespace policy
