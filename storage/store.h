// What deltakeep remembers: endpoints, the last seen state of every VM, and each disk's history.
// One SQLite file; no SQL and no sqlite type leaves this folder.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/inventory.h"
#include "storage/error.h"

namespace storage {

enum class Access { ReadOnly, ReadWrite };

enum class ScanOutcome { Complete, Partial };

struct ScanSummary {
  std::int64_t id = 0;
  policy::Endpoint endpoint;
  policy::Time started{};
  policy::Time finished{};
  ScanOutcome outcome = ScanOutcome::Complete;
  std::vector<std::string> missing;  ///< what a partial scan lacks, one sentence each
  std::uint64_t vms = 0;
};

/// Scans of an endpoint that stored nothing, since its last one that closed.
struct ScanFailure {
  std::string endpoint;  ///< configured name: one that never answered has no uuid
  policy::Time since{};  ///< of the first of them
  policy::Time last{};
  std::uint64_t count = 0;
  std::string kind, message;  ///< of the last, as they were given
  bool operator==(const ScanFailure&) const = default;
};

/// One point of a disk's history. In down-sampled spans: the last value of the span, maxima apart.
struct Sample {
  policy::Time time{};
  int depth = 0;
  int inherited = 0;
  int orphans = 0;
  double probes = 1;
  std::uint64_t delta_bytes = 0;    ///< all deltas of the disk
  std::uint64_t running_bytes = 0;  ///< the running layer
  int max_depth = 0;                ///< within the span
  bool operator==(const Sample&) const = default;
};

/// Which VMs a read wants; empty means all.
struct VmFilter {
  std::string endpoint;  ///< configured name
};

/// A VM that was there once and was not in the last complete scan.
struct GoneVm {
  policy::VmIdentity identity;
  policy::Time last_seen{};
};

struct DiskHistory {
  int key = 0;
  std::string label;
  std::uint64_t capacity_bytes = 0;
  std::vector<Sample> samples;  ///< oldest first
};

/// What a scan keeps beside a VM for the next one, both opaque here: `digest` says what it was read
/// from, `notes` what the next scan wants to know of it if that is still the same.
struct VmMark {
  std::string digest;  ///< "": none, the VM is read again in any case
  std::string notes;
};

class Store;
class Journal;
struct OpenScan;   // private to this folder
struct OpenState;  // private to this folder

/// A scan being written. Pages commit as they come but stay invisible until `close`; an object that
/// is destroyed before leaves the stored state untouched. At most one open scan per endpoint (a
/// second one is Error Failed). Must not outlive its Store. What fails can be tried again: `put`
/// values stay until a page that holds them is committed.
class ScanWriter {
 public:
  ScanWriter(ScanWriter&&) noexcept;
  ~ScanWriter();
  void put(const policy::Vm& vm, const VmMark& mark = {});
  /// Puts a VM as it is stored, if `same` says that its mark still holds. False, and nothing was
  /// put, when it does not, or when no VM with a mark is visible under this moid, was seen by the
  /// last closed scan, and was not put in this one: then it has to be read and put.
  using SameVm = std::function<bool(std::string_view digest, std::string_view notes)>;
  bool put_unchanged(std::string_view moid, const SameVm& same);
  void put(const policy::Datastore& datastore);
  /// Commits what was put since the last call. Cheap to call once a page.
  void commit_page();
  /// Forgets the VMs put since the last commit_page: a page that broke off is not believed. Of a
  /// page over 1 MiB the beginning may be stored already; each of its VMs was received whole.
  void discard_page();
  /// VMs of this endpoint that are visible and were not put in this scan: gone, or hidden from us.
  std::vector<policy::VmIdentity> absent();
  /// Makes the scan visible in one transaction. Complete: VMs of this endpoint that were not put
  /// are marked gone. Partial: nothing is concluded from absence, their last state stays.
  ScanSummary close(ScanOutcome outcome, std::vector<std::string> missing, policy::Time finished);

 private:
  friend class Store;
  explicit ScanWriter(std::unique_ptr<OpenScan> scan);
  std::unique_ptr<OpenScan> scan_;
};

class Store {
 public:
  /// Creates (0600, in a directory that must exist) or opens and migrates when ReadWrite; takes the
  /// single-writer lock then. ReadOnly never creates, migrates or locks. Throws Error.
  static Store open(const std::string& file, Access access);
  /// Opens for reading what another process may have open for writing, in such a way that a Journal
  /// of it can write all the same: each of its changes waits for its turn, seconds at most. For
  /// what a person decides while work goes on. Unset when no state is there, or one of an older
  /// version: then it is opened ReadWrite. Throws Error.
  static std::optional<Store> open_beside(const std::string& file);
  Store(Store&&) noexcept;
  ~Store();

  ScanWriter begin_scan(const policy::Endpoint& endpoint, policy::Time started);

  /// Notes that a scan of the endpoint with this configured name came to nothing; the next one that
  /// closes, complete or partial, forgets it. `message` is kept as it is: bounded, and without
  /// secrets, is up to the caller.
  void note_scan_failure(const std::string& endpoint, policy::Time time, const std::string& kind,
                         const std::string& message);
  /// What is failing, by endpoint name; also of endpoints that are not configured any more.
  std::vector<ScanFailure> scan_failures() const;

  /// What a look at this one VM between two scans saw: takes the place of its visible state, and of
  /// what an open scan read of it before, and has the next scan read it again. Its history shows
  /// the change from the next scan on. Not an error: a VM that no closed scan knows, or that is
  /// gone; then nothing is stored.
  void update_vm(const policy::Endpoint& endpoint, const policy::Vm& vm, policy::Time time);

  /// Copies the whole state, as it is now, into a new file of mode 0600; works while it is in use.
  /// Error Unwritable when `file` exists. A copy that failed leaves no file.
  void backup(const std::string& file) const;

  /// Random bytes, made with the file and never shown: what digests of marks are keyed with.
  std::string mark_key() const;

  /// Last closed scan of each endpoint, by endpoint name.
  std::vector<ScanSummary> last_scans() const;
  /// Last scans over all endpoints, newest first.
  std::vector<ScanSummary> scans(std::size_t limit) const;

  /// Visible VMs one by one, ordered by endpoint and name; memory does not grow with their number.
  /// One that the last scan did not reach is marked stale.
  void for_each_vm(const VmFilter& filter,
                   const std::function<void(const policy::Vm&)>& sink) const;
  std::vector<policy::Datastore> datastores() const;
  /// VMs whose name, raw name, inventory path or moid equals `text` (name: exact, case-sensitive).
  std::vector<policy::Vm> find_vms(const std::string& text) const;
  /// moids of the endpoint's visible VMs that the account could see at the last closed scan.
  std::vector<policy::VmIdentity> known_vms(const std::string& endpoint_uuid) const;
  std::vector<GoneVm> gone_vms() const;

  /// History of each disk of a VM from `since` on. Empty for an unknown VM.
  std::vector<DiskHistory> history(const policy::VmIdentity& vm, policy::Time since) const;

  /// Down-sampling: raw for 48 h, then one per hour for 30 d, then one per day for ever.
  void thin_history(policy::Time now);

 private:
  friend class Journal;
  explicit Store(std::unique_ptr<OpenState> state);
  std::unique_ptr<OpenState> state_;
};

}  // namespace storage
