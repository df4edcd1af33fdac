// Writes what becomes of operations, so that nothing is sent that the journal does not know of and
// nothing is forgotten that the server has answered.
#pragma once

#include <exception>
#include <map>
#include <string>
#include <utility>

#include "agent/act/execute/executor.h"
#include "storage/journal.h"

namespace agent {

class OperationRecord {
 public:
  OperationRecord(storage::Journal& journal, const ExecuteWatch& watch, std::string actor)
      : journal_(journal), watch_(watch), actor_(std::move(actor)) {}

  /// Before a call: what is not written is not sent. Throws storage::Error; one that is not a
  /// Conflict breaks the record.
  void begin(const policy::Operation& operation);
  void intend(const policy::Operation& operation);

  /// After a call: never throws. What can't be written is kept and tried again with each later
  /// write; from then on the record is broken.
  void update(const policy::Operation& operation);
  void progress(const policy::Operation& operation);

  /// Another table of the journal can't be written: nothing is sent any more, either.
  void fail(std::exception_ptr why) { failure_ = std::move(why); }

  /// Nothing more may be sent.
  bool broken() const { return failure_ != nullptr; }
  /// Tries what is kept once more, and throws the storage::Error that broke it, if one did.
  void close();

  storage::AuditEntry audit(const policy::Operation& operation) const;

 private:
  void write_kept() noexcept;

  storage::Journal& journal_;
  const ExecuteWatch& watch_;
  std::string actor_;
  std::map<std::string, policy::Operation> kept_;  ///< not written yet, by id
  std::exception_ptr failure_;
};

}  // namespace agent
