// The price of removing snapshots, step by step, before anything is touched: bytes to merge, bytes
// that come free, space needed meanwhile, time; and how much of it fits into one run.
// Table of costs and formulas: policy/README.md, "Removal".
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "policy/inventory.h"
#include "policy/probes.h"

namespace policy {

/// Equal when the number is known.
struct ByteRange {
  std::uint64_t low = 0, best = 0, high = 0;
  bool operator==(const ByteRange&) const = default;
};

enum class MergeKind : std::uint8_t {
  IntoBase,   ///< the oldest delta of each disk
  IntoDelta,  ///< the guest writes above both
  Running,    ///< into the parent of the delta that the guest writes to; ends with a stun
  Dropped,    ///< the end of a branch: its files are deleted, nothing is copied
  Branch,     ///< inside of a detached branch
  Fork        ///< several branches stand on it: only the tree changes, its delta stays
};

struct RemovalStep {
  std::string snapshot;  ///< moid
  MergeKind kind = MergeKind::IntoDelta;
  ByteRange merge;          ///< to read and write
  ByteRange freed;          ///< less on disk afterwards, its memory image included
  std::uint64_t space = 0;  ///< needed at most while it runs, over all disks
  std::map<std::string, std::uint64_t> space_by_datastore;  ///< as Disk::datastore names them
  int layers = 0;      ///< files fewer that a read of a disk looks in: 0 or 1
  bool exact = false;  ///< the ranges are points
  std::optional<std::chrono::seconds> duration;  ///< at the measured rate; unset: not measured
  bool may_not_finish = false;  ///< the guest writes as fast as it merges, or faster
  bool operator==(const RemovalStep&) const = default;
};

/// What was measured at this VM.
struct MergeRates {
  std::optional<double> merge_bytes_per_second;
  double guest_bytes_per_second = 0;  ///< written while it runs
};

/// Block maps by Layer::file, in bytes of the virtual disk; not every layer needs one. Of a delta
/// and its target both: bytes freed are exact.
using LayerMaps = std::map<std::string, std::vector<Extent>>;

/// Prices `order` (moids, as evaluate() puts them) one after the other: each step is priced on what
/// the steps before it left. A moid that the VM does not have throws std::invalid_argument.
std::vector<RemovalStep> price_removals(const Vm& vm, std::span<const std::string> order,
                                        const MergeRates& rates = {}, const LayerMaps& maps = {});

/// The same for snapshots given by their index in Vm::snapshots. `parents` has the index of the
/// parent of each snapshot, unset for a root.
std::vector<RemovalStep> price_removals(const Vm& vm, std::span<const std::uint32_t> order,
                                        std::span<const std::optional<std::uint32_t>> parents,
                                        const MergeRates& rates, const LayerMaps& maps = {});

/// What one run may spend; unset: no limit.
struct RemovalBudget {
  std::optional<int> removals;
  std::optional<std::uint64_t> merge_bytes;
  std::optional<std::chrono::seconds> window;
};

enum class BudgetStop : std::uint8_t { None, Removals, MergeBytes, Window };

struct WithinBudget {
  std::size_t steps = 0;  ///< the first so many fit; what comes later never jumps the queue
  BudgetStop stop = BudgetStop::None;
  /// The very first step is larger than a whole run: as things are, no later run does it either.
  bool never = false;
  bool operator==(const WithinBudget&) const = default;
};

/// By best estimates. A window and a step of unknown duration: it is taken as the only one, so that
/// there is a rate to go by next time.
WithinBudget within_budget(std::span<const RemovalStep> steps, const RemovalBudget& budget);

}  // namespace policy
