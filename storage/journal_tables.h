// The tables of what deltakeep does and decides, apart from those of what it saw; SCHEMA.md tells
// what a row is.
#pragma once

namespace storage {

/// Migration 4.
extern const char* const kJournalTables;

/// user_version from which on they are there.
constexpr int kJournalVersion = 4;

}  // namespace storage
