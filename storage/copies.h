// Copies of VMs that we made: clones now, exports later. The claim to delete one rests on this row.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/journal.h"

namespace storage {

enum class CopyState { Made, Released, Deleted, Lost };

struct Copy {
  std::string op;  ///< id of the operation that made it
  std::string kind = "clone";
  policy::OpSubject source;
  std::string policy;    ///< "" for an operator's, which no retention judges
  policy::Time taken{};  ///< of the snapshot it was made from
  std::optional<policy::Time> verified;
  policy::CloneImage image;
  std::string endpoint_uuid;  ///< where the copy lives
  std::string mac;            ///< over the clone's identity, see agent/act
  CopyState state = CopyState::Made;
  std::string why;  ///< of Released, Lost
  bool operator==(const Copy&) const = default;
};

class Copies {
 public:
  explicit Copies(Journal& journal) : journal_(journal) {}
  void add(const Copy& copy, const AuditEntry& audit);
  /// By its operation. Released and Deleted are for ever: Error Conflict for any other state then.
  void update(const Copy& copy, const AuditEntry& audit);
  /// Of one endpoint or all; with those that are no more.
  std::vector<Copy> copies(const std::string& endpoint_uuid = {}) const;

 private:
  Journal& journal_;
};

}  // namespace storage
