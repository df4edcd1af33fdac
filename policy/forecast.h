// When a disk or a datastore crosses a threshold, what makes it cross, and how sure that is. Says
// "not within the horizon" and "not enough history" instead of guessing.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "policy/playback.h"
#include "policy/risk.h"

namespace policy {

enum class CrossingState {
  Now,              ///< crossed already
  At,               ///< crosses within the horizon
  NotWithin,        ///< does not
  NotEnoughHistory  ///< growth decides it, and too little of that was seen
};
/// "now", "at", "not-within", "not-enough-history".
const char* crossing_state_name(CrossingState state);

enum class Certainty {
  Certain,  ///< the cautious estimate crosses too, by our own schedule alone
  Likely,   ///< the best guess crosses
  Possible  ///< only the far end of the estimate crosses, or snapshots of others make it cross
};
const char* certainty_name(Certainty certainty);

enum class ForecastLevel { Warn, Critical, Limit };
constexpr std::size_t kForecastLevels = 3;
/// "warn", "critical", "limit".
const char* forecast_level_name(ForecastLevel level);

/// One threshold on its way.
struct Crossing {
  ForecastLevel level = ForecastLevel::Warn;
  std::string rule;  ///< stable: "probes", "depth", "age", "size", "full"
  double threshold = 0;
  CrossingState state = CrossingState::NotWithin;
  std::optional<Time> at;                ///< of At: the best guess, of Possible the earliest
  std::optional<Time> earliest, latest;  ///< ends of the estimate, where sizes decide
  Certainty certainty = Certainty::Likely;
  std::string cause;  ///< for a person; empty when it is not crossed
};

/// Snapshots of others, from how the depth rose and fell in the history.
struct ForeignHabit {
  double a_day = 0;       ///< snapshots made by others
  double kept_a_day = 0;  ///< of these, those that stayed
};
/// `own_runs` are creates of ours in that time; nothing when less than 7 days of samples were seen,
/// or fewer than 3 snapshots of others.
std::optional<ForeignHabit> foreign_habit(std::span<const GrowthSample> samples, int own_runs);

struct DiskForecast {
  int key = 0;
  std::string label;
  int depth = 0;
  double probes = 1;
  double delta_bytes = 0;
  Growth growth;
  std::vector<Crossing> crossings;  ///< every threshold that holds for the disk
  /// The one that comes first; of several that don't come: one that could not be told, else any.
  /// Nothing: no threshold of this level holds for the disk.
  const Crossing* first(ForecastLevel level) const;
};

/// What a VM takes of a datastore, now and at each tick.
struct SpaceSeries {
  std::string datastore;  ///< moid
  bool known = true;      ///< all of its disks there have a history
  std::vector<GrowthRange> bytes;
};

struct VmForecast {
  std::vector<DiskForecast> disks;
  std::vector<SpaceSeries> space;
  std::string refused;  ///< a guard that refuses creates, or will
  std::optional<Time> refused_from;
};

struct ForecastInput {
  PlaybackInput play;
  ThresholdPair thresholds;          ///< of the policy that is about the VM, armed or not
  std::span<const DeltaKind> kinds;  ///< of each disk: as it is, or as a first delta will be
  std::optional<ForeignHabit> foreign;
};

/// Plays the VM forward and reads off when what is left behind by runs crosses; the moment within a
/// run is no crossing, for thresholds must hold for an hour. Depth and probes come from the
/// schedule, sizes from growth.
VmForecast forecast_vm(const ForecastInput& input);

struct DatastoreForecast {
  Crossing full;
  double bytes_a_day = 0;  ///< best guess over the horizon
  std::uint64_t vms = 0, vms_unknown = 0;
};

/// `series` are those of VMs on this datastore; `ticks` the instants of their values after the
/// first, which is now.
DatastoreForecast forecast_datastore(const Datastore& datastore, Time now,
                                     std::span<const Time> ticks,
                                     std::span<const SpaceSeries> series);

}  // namespace policy
