// What is compared between two looks at a server: high-water marks that tell a rolled back vCenter
// or a restored state, findings and since when they hold, since when a snapshot is detached, and
// how fast merges went.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/findings.h"
#include "storage/journal.h"

namespace storage {

/// Highest numbers and times ever seen at an endpoint.
struct Watermark {
  std::string endpoint_uuid;
  std::int64_t vm = 0, snapshot = 0;  ///< numbers in moids "vm-N", "snapshot-N"; 0: none seen
  std::int64_t event_chain = 0;       ///< of TaskInfo
  policy::Time server_time{}, our_time{};
  bool operator==(const Watermark&) const = default;
};

/// A doubt about an endpoint that stops removals until an operator takes it away.
struct Doubt {
  std::string endpoint_uuid, kind;  ///< "rolled-back", "restored", "clock-step"
  std::string text;
  policy::Time since{};
};

struct DetachedSnapshot {
  std::string endpoint_uuid, vm_moid, snapshot_moid;
  policy::Time since{};
};

struct MergeMeasure {
  std::string endpoint_uuid, vm_moid, datastore;
  policy::Time at{};
  std::uint64_t bytes = 0;
  std::chrono::seconds took{0};
};

class Watch {
 public:
  explicit Watch(Journal& journal) : journal_(journal) {}
  std::optional<Watermark> watermark(const std::string& endpoint_uuid) const;
  void set_watermark(const Watermark& watermark);  ///< as it is: comparing is the caller's

  std::vector<Doubt> doubts() const;
  void doubt(const Doubt& doubt, const AuditEntry& audit);  ///< an older one of its kind stays
  bool settle_doubt(const std::string& endpoint_uuid, const std::string& kind,
                    const AuditEntry& audit);

  std::vector<policy::Finding> findings() const;
  /// Replaces all of them in one transaction.
  void set_findings(const std::vector<policy::Finding>& findings);

  std::vector<DetachedSnapshot> detached(const std::string& endpoint_uuid) const;
  /// Those of one VM: keeps the time of those that were there, adds and drops the others.
  void set_detached(const std::string& endpoint_uuid, const std::string& vm_moid,
                    const std::vector<std::string>& snapshots, policy::Time now);

  void add_merge(const MergeMeasure& measure);
  /// Newest first; at most 20 of each VM on each datastore are kept.
  std::vector<MergeMeasure> merges(const std::string& endpoint_uuid) const;

 private:
  Journal& journal_;
};

}  // namespace storage
