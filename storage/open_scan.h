// A scan being written: pages are buffered, so that no transaction is open while the network is.
// Private to this folder.
#pragma once

#include <string>
#include <vector>

#include "storage/open_state.h"
#include "storage/samples.h"

namespace storage {

/// One bit per VM row id: what a scan remembers of a whole inventory.
class VmSet {
 public:
  bool has(std::int64_t vm) const {
    const auto i = static_cast<std::size_t>(vm);
    return i < bits_.size() && bits_[i];
  }
  void add(std::int64_t vm) {
    const auto i = static_cast<std::size_t>(vm);
    if (i >= bits_.size()) bits_.resize(i + 1 + i / 2);
    if (!bits_[i]) ++size_;
    bits_[i] = true;
  }
  std::uint64_t size() const { return size_; }

 private:
  std::vector<bool> bits_;
  std::uint64_t size_ = 0;
};

/// What is needed to store a put VM without reading its text again.
struct PendingVm {
  std::string text;
  std::string moid, instance_uuid, name, raw_name, path;
  VmMark mark;
  int depth = 0;
  double probes = 1;
  struct Disk {
    int key = 0;
    std::string label;
    std::uint64_t capacity = 0;
    std::optional<Reading> reading;
  };
  std::vector<Disk> disks;
};

struct OpenScan {
  OpenScan(OpenState& owner, const policy::Endpoint& seen, policy::Time start);
  ~OpenScan();
  OpenScan(const OpenScan&) = delete;
  OpenScan& operator=(const OpenScan&) = delete;

  Database& db() const;
  void save_page();
  bool put_unchanged(std::string_view moid, const ScanWriter::SameVm& same);
  /// Visible VMs that this scan has not seen so far.
  std::vector<policy::VmIdentity> absent() const;
  ScanSummary close(ScanOutcome outcome, std::vector<std::string> missing, policy::Time finished);

  OpenState& store;
  policy::Endpoint endpoint;
  policy::Time started;
  std::int64_t endpoint_row = 0;
  std::int64_t scan = 0;
  std::vector<PendingVm> page;
  std::vector<std::int64_t> page_unchanged;  ///< rows of VMs put unchanged
  std::size_t page_bytes = 0;
  std::vector<policy::Datastore> datastores;
  VmSet seen;
  VmSet staged;
  bool open = true;

 private:
  struct KnownVm {
    std::int64_t row = 0;
    std::int64_t state = 0;  ///< 0: only seen by this scan so far
    bool same = false;       ///< seen by the last scan with this very text
    bool newer = false;      ///< a look since this scan began saw it: what the scan read is older
    bool same_mark = false;  ///< and kept with this very mark
  };
  std::optional<KnownVm> find(const PendingVm& vm) const;
  void save_changed();
  void save(const PendingVm& vm);
  void save_mark(std::int64_t row, const VmMark& mark);
  void save_disks(std::int64_t row, bool known, const PendingVm& vm);
};

/// The parts of closing that conclude something; all run inside the closing transaction.
class ScanClose {
 public:
  ScanClose(const OpenScan& scan, ScanOutcome outcome);
  void show_staged();
  void mark_absent();
  /// A VM that left under one moid and came under another with the same instance uuid is one VM,
  /// unless both were ever seen in one scan (a copy) or several could be meant.
  void join_moved();
  void save_datastores();
  void save_endpoint();

 private:
  void absent(std::int64_t vm);
  void join(std::int64_t old_row, std::int64_t new_row);

  const OpenScan& scan_;
  Database& db_;
  ScanOutcome outcome_;
  std::int64_t previous_scan_ = 0;
  policy::Time previous_finished_{};
};

}  // namespace storage
