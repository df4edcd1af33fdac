// What the end of an operation does to the list of snapshots that are ours: the list can only say
// what an operation of the journal, or an operator's `adopt`, did. Private to this folder.
#pragma once

#include "policy/operation.h"
#include "storage/sqlite.h"

namespace storage {

/// In the transaction that writes the operation as it is now: a Create that is Done owns what it
/// made, a Remove that is Done takes its target off the list, a Rename that is Done renames it.
void follow_ownership(Database& db, const policy::Operation& operation);

}  // namespace storage
