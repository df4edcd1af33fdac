// An operation as a row of its table, and back. Private to this folder.
#pragma once

#include <string>

#include "storage/journal.h"
#include "storage/sqlite.h"

namespace storage {

/// Adds the row and gives its number. Throws what SQLite says of a second open one on the VM.
std::int64_t insert_operation(Database& db, const policy::Operation& operation);
/// Writes all of it under its id, but for who began it.
void update_operation(Database& db, const policy::Operation& operation);

/// Of a row of `SELECT * FROM operation`. Error Corrupt naming it when it does not read.
policy::Operation read_operation(const Database& db, const Query& row);

/// Keeps what the operation is now as the next of its events.
void add_event(Database& db, std::int64_t number, const policy::Operation& operation);
/// Of a row of time, state, attempt, why, evidence. PackError when it does not read.
Journal::Event read_event(const Query& row);

/// "remove 01J... on web-01 (vm-12 of prod), task since 2026-...": which one an error is about.
std::string name_of(const policy::Operation& operation);

/// The id that begins with `text`, of all that `ids` lists in order. Error NotFound or Ambiguous,
/// with the candidates; `noun` and `command` tell what was looked for and what lists it.
std::string find_id(Database& db, Sql ids, std::string_view text, const std::string& noun,
                    const std::string& command);

}  // namespace storage
