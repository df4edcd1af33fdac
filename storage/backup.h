// Whether a state is whole, and putting a copy in its place. Making a copy is Store::backup.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "storage/journal.h"
#include "storage/watch.h"

namespace storage {

/// What a whole read of a state found.
struct StateCheck {
  std::vector<std::string> damage;  ///< what SQLite's own check says, its first hundred lines
  AuditCheck audit;
  AgentIdentity identity;   ///< agent "": of before the journal
  std::int64_t schema = 0;  ///< version
  std::uint64_t bytes = 0;
  std::uint64_t vms = 0, scans = 0, operations = 0, open_operations = 0, owned = 0, copies = 0,
                runs = 0, pins = 0, pauses = 0;
  bool whole() const { return damage.empty() && !audit.broken_at; }
};

/// Reads all of it, changes nothing, needs no lock. Damage is no error here, as far as the file is
/// a state at all: else Error Missing, NotOurs, Newer or Corrupt.
StateCheck check_state(const std::string& file);

struct Restored {
  AgentIdentity identity;              ///< under its new epoch
  std::string replaced;                ///< where the state that stood there is now, "" for none
  std::vector<std::string> endpoints;  ///< names of the servers that are in doubt from now on
};

/// Puts a copy in the place of `state`. The copy is checked whole before anything is touched, and
/// stays as it is. In one step, under the state's lock and with nobody else at it: a process that
/// writes, or reads at that moment, is Error Locked. What stood there is kept beside it under
/// another name. The restored state goes on under the next epoch, and `doubt` (endpoint left out)
/// is raised about each server that it knows: what was done since the copy was made it does not
/// know. `before_swap` is called under the lock with the state's file as it still is.
Restored restore_state(const std::string& copy, const std::string& state, const Doubt& doubt,
                       const AuditEntry& audit, const std::function<void()>& before_swap = {});

}  // namespace storage
