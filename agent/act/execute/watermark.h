// Notices between two looks at a server that it is not the one it was: rolled back to a backup, so
// that its numbers name other things now, or with a clock that jumped. Called by whoever scans with
// the state open for writing.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/inventory.h"
#include "storage/watch.h"

namespace agent {

/// Kinds of storage::Doubt.
inline constexpr const char* kRolledBack = "rolled-back";
inline constexpr const char* kRestored = "restored";
inline constexpr const char* kClockStep = "clock-step";

/// Clocks of hosts, of the server and of ours may differ by so much without meaning anything.
inline constexpr std::chrono::minutes kClockSlack{10};

/// What one scan shows of a server's counters, noted while it reads.
///
/// That the highest number in sight is lower than before proves nothing: the newest snapshot is the
/// one that goes first. What proves it is a number given anew: a snapshot made after the last look
/// under a number that the server had passed by then.
class ServerLook {
 public:
  /// Whether an earlier look saw this snapshot under this moid. Asked rarely: of one that is dated
  /// after the last look, because it is new or because its host's clock is ahead.
  using SeenBefore = std::function<bool(const policy::Vm& vm, const policy::Snapshot& snapshot)>;
  /// `before`: unset at the first look, which shows no regression.
  ServerLook(const std::optional<storage::Watermark>& before, SeenBefore seen_before);
  /// Every VM, by its moid. Moids of another form ("12" on a host) count for nothing.
  void see_vm(std::string_view moid);
  /// The snapshots of a VM that was read; those of an unchanged one were seen by an earlier look.
  void see_snapshots(const policy::Vm& vm);
  /// TaskInfo.eventChainId of a task that was begun after the last look.
  void see_new_event_chain(std::int64_t chain);

  std::int64_t vm() const { return vm_; }
  std::int64_t snapshot() const { return snapshot_; }
  std::int64_t event_chain() const { return event_chain_; }
  /// For a person, what went back.
  const std::vector<std::string>& regressions() const { return regressions_; }

 private:
  std::optional<storage::Watermark> before_;
  std::int64_t vm_ = 0, snapshot_ = 0, event_chain_ = 0;
  SeenBefore seen_before_;
  int asked_ = 0;
  std::vector<std::string> regressions_;
};

/// Both clocks, read one right after the other, when the look had ended.
struct ClockLook {
  policy::Time server{}, ours{};
};

/// Compares with the stored watermark, stores the new one, and stores and takes away doubts:
/// rolled-back stays until somebody takes it away, a clock step passes when two later looks agree
/// with each other. Gives the doubts that are new, in words for a person. `audit` lends time and
/// actor. Right after a look that showed a rollback the watermark is that of the look, so that a
/// doubt that was taken away does not come back for the same reason.
std::vector<storage::Doubt> settle_look(storage::Watch& watch, const policy::Endpoint& endpoint,
                                        const ServerLook& look, const ClockLook& clocks,
                                        const storage::AuditEntry& audit);

/// How far a clock jumped, of a doubt of that kind.
std::chrono::seconds clock_step_of(const storage::Doubt& doubt);

}  // namespace agent
