// The chain of the audit: each line's hash covers the line before it, so that no line can be
// changed, taken out or put in without all that follow telling. Private to this folder.
#pragma once

#include <string>
#include <string_view>

#include "storage/journal.h"
#include "storage/sqlite.h"

namespace storage {

/// What the first line follows: 64 zeros.
constexpr std::string_view kAuditGenesis =
    "0000000000000000000000000000000000000000000000000000000000000000";

/// Hash of a line, in hex. Its recipe is in SCHEMA.md, for those who check without us.
std::string audit_hash(std::string_view previous, std::int64_t number, const AuditEntry& entry);

/// Adds a line, in the transaction that the caller has open.
void append_audit(Database& db, const AuditEntry& entry);

}  // namespace storage
