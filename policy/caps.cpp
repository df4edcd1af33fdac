#include "policy/caps.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace policy {
namespace {

constexpr std::array kCaps{Cap::Depth, Cap::Count, Cap::Probes, Cap::Size, Cap::MinFree};

void require(bool there, const char* cap, const char* what) {
  if (!there) throw std::invalid_argument(std::string("cap ") + cap + " needs " + what);
}

}  // namespace

CapMeter::CapMeter(const RetentionInput& input, const Caps& caps, const SnapshotOrder& order,
                   std::vector<bool> kept)
    : input_(input), caps_(caps), order_(order), kept_(std::move(kept)) {
  require(!caps.probes || input.disk_capacity_bytes.value_or(0) > 0, "probes",
          "the disk's capacity");
  const bool free = caps.min_free_bytes || caps.min_free_share;
  require(!free || input.datastore_free_bytes, "min_free", "the datastore's free space");
  require(!caps.min_free_share || input.datastore_capacity_bytes, "min_free",
          "the datastore's capacity");
  counts_.resize(kept_.size());
  for (std::uint32_t i = 0; i < kept_.size(); ++i) {
    const RetentionSnapshot& snapshot = input.snapshots[i];
    const bool foreign = snapshot.owner == Owner::Foreign;
    counts_[i] = !foreign || order.effective[i] + input.foreign_min_age <= input.now;
    const auto bytes = static_cast<double>(snapshot.bytes);
    if (!kept_[i]) freed_ += bytes;
    if (!kept_[i] || !counts_[i]) continue;
    ++count_;
    if (order.on_path[i]) ++depth_;
    bytes_ += bytes;
  }
}

void CapMeter::drop(std::uint32_t snapshot) {
  if (!kept_[snapshot]) return;
  kept_[snapshot] = false;
  const auto bytes = static_cast<double>(input_.snapshots[snapshot].bytes);
  freed_ += bytes;
  if (!counts_[snapshot]) return;
  --count_;
  if (order_.on_path[snapshot]) --depth_;
  bytes_ -= bytes;
}

double CapMeter::probes() const {
  double expected = 1 + input_.reserve;
  double passed = 1;
  const auto capacity = static_cast<double>(input_.disk_capacity_bytes.value_or(1));
  for (const std::uint32_t i : order_.path) {
    if (!kept_[i] || !counts_[i]) continue;
    passed *= 1 - std::min(1.0, static_cast<double>(input_.snapshots[i].bytes) / capacity);
    expected += passed;
  }
  return expected;
}

std::optional<CapMeter::Reading> CapMeter::read(Cap cap) const {
  switch (cap) {
    case Cap::Depth:
      if (!caps_.depth) return std::nullopt;
      return Reading{static_cast<double>(*caps_.depth),
                     static_cast<double>(depth_) + input_.reserve};
    case Cap::Count:
      if (!caps_.count) return std::nullopt;
      return Reading{static_cast<double>(*caps_.count),
                     static_cast<double>(count_) + input_.reserve};
    case Cap::Probes:
      if (!caps_.probes) return std::nullopt;
      return Reading{*caps_.probes, probes()};
    case Cap::Size:
      if (!caps_.size_bytes) return std::nullopt;
      return Reading{static_cast<double>(*caps_.size_bytes), bytes_};
    case Cap::MinFree: {
      if (!caps_.min_free_bytes && !caps_.min_free_share) return std::nullopt;
      const double share = caps_.min_free_share.value_or(0) *
                           static_cast<double>(input_.datastore_capacity_bytes.value_or(0));
      return Reading{std::max(share, static_cast<double>(caps_.min_free_bytes.value_or(0))),
                     static_cast<double>(*input_.datastore_free_bytes) + freed_};
    }
    case Cap::MaxAge:
      return std::nullopt;
  }
  return std::nullopt;
}

bool CapMeter::met(Cap cap, const Reading& reading) const {
  if (cap == Cap::MinFree) return reading.actual >= reading.limit;
  return reading.actual <= reading.limit;
}

std::optional<Cap> CapMeter::violated() const {
  for (const Cap cap : kCaps) {
    const auto reading = read(cap);
    if (reading && !met(cap, *reading)) return cap;
  }
  return std::nullopt;
}

bool CapMeter::costs(Cap cap, std::uint32_t snapshot) const {
  if (!kept_[snapshot]) return false;
  const bool holds_bytes = input_.snapshots[snapshot].bytes > 0;
  switch (cap) {
    case Cap::Depth:
    case Cap::Probes:
      return counts_[snapshot] && order_.on_path[snapshot];
    case Cap::Count:
      return counts_[snapshot];
    case Cap::Size:
      return counts_[snapshot] && holds_bytes;
    case Cap::MinFree:
      return holds_bytes;
    case Cap::MaxAge:
      return false;
  }
  return false;
}

std::vector<Conflict> CapMeter::conflicts() const {
  std::vector<Conflict> conflicts;
  for (const Cap cap : kCaps) {
    const auto reading = read(cap);
    if (!reading || met(cap, *reading)) continue;
    Conflict conflict{.cap = cap, .limit = reading->limit, .actual = reading->actual};
    conflict.unmet =
        cap == Cap::MinFree ? reading->limit - reading->actual : reading->actual - reading->limit;
    for (const std::uint32_t i : order_.newest_first) {
      if (costs(cap, i)) conflict.blockers.push_back({.index = i});
    }
    const bool reserve_costs = cap == Cap::Depth || cap == Cap::Count || cap == Cap::Probes;
    if (reserve_costs && input_.reserve > 0) conflict.blockers.push_back({});
    conflicts.push_back(std::move(conflict));
  }
  return conflicts;
}

namespace {

class Shrinking {
 public:
  Shrinking(CapMeter& meter, CapSubject& subject, const RetentionInput& input)
      : meter_(meter), subject_(subject), input_(input) {}

  std::vector<Shrunk> run() {
    if (const auto cap = meter_.violated(); cap && subject_.current) {
      const std::size_t position = *std::exchange(subject_.current, std::nullopt);
      release(position);
      shrunk_.push_back({KeepRule::Current, 1, 0, *cap});
    }
    if (const auto cap = meter_.violated(); cap && subject_.slots.take_oldest()) {
      release(subject_.candidates.size() - 1);
      shrunk_.push_back({KeepRule::Oldest, 1, 0, *cap});
    }
    while (const auto cap = meter_.violated()) {
      const auto rule = cheapest(*cap);
      if (!rule) break;
      take(*rule, *cap);
    }
    return std::move(shrunk_);
  }

 private:
  /// What the rule's last slot alone keeps: its bytes, or nothing when others keep it too.
  std::optional<double> relief(const KeepSlots::Rule& rule) const {
    const std::size_t position = subject_.slots.last_held(rule);
    const bool stays = !subject_.slots.held_once(position) || subject_.held_otherwise[position];
    if (stays || subject_.expired[position]) return std::nullopt;
    return static_cast<double>(input_.snapshots[subject_.candidates[position]].bytes);
  }

  std::optional<std::size_t> cheapest(Cap cap) const {
    const bool by_bytes = cap == Cap::Size || cap == Cap::MinFree;
    std::optional<std::size_t> best;
    std::tuple<double, double> best_price;
    const auto rules = subject_.slots.rules();
    for (std::size_t i = 0; i < rules.size(); ++i) {
      if (rules[i].slots <= rules[i].least) continue;
      const double bytes = relief(rules[i]).value_or(0);
      // Highest averages: a slot of n is worth 1/n. Least worth, or least worth per byte, first.
      const double shares = rules[i].slots * (by_bytes ? bytes : 1.0);
      const std::tuple price{-shares, bytes};
      const bool better = !best || price < best_price || (by_bytes && price == best_price);
      if (!better) continue;
      best = i;
      best_price = price;
    }
    return best;
  }

  void take(std::size_t index, Cap cap) {
    const KeepSlots::Rule before = subject_.slots.rules()[index];
    const std::size_t position = subject_.slots.last_held(before);
    subject_.slots.take_slot(index);
    release(position);
    for (auto last = shrunk_.rbegin(); last != shrunk_.rend(); ++last) {
      if (last->rule != before.rule) continue;
      if (last->because != cap) break;  // two caps on one rule are two entries
      last->to = before.slots - 1;
      return;
    }
    const bool first = std::none_of(shrunk_.begin(), shrunk_.end(),
                                    [&](const Shrunk& entry) { return entry.rule == before.rule; });
    shrunk_.push_back({before.rule, first ? before.from : before.slots, before.slots - 1, cap});
  }

  void release(std::size_t position) {
    if (subject_.slots.held(position) || subject_.held_otherwise[position]) return;
    meter_.drop(subject_.candidates[position]);
  }

  CapMeter& meter_;
  CapSubject& subject_;
  const RetentionInput& input_;
  std::vector<Shrunk> shrunk_;
};

}  // namespace

std::vector<Shrunk> shrink_to_caps(CapMeter& meter, CapSubject& subject,
                                   const RetentionInput& input) {
  return Shrinking(meter, subject, input).run();
}

}  // namespace policy
