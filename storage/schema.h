// The tables and how an older file becomes a current one; what they mean is told in SCHEMA.md.
#pragma once

#include <span>
#include <string>

#include "storage/sqlite.h"

namespace storage {

/// "dtkp", in the header of every state.
constexpr std::int64_t kApplicationId = 0x64746B70;

/// Every step ever released, in order; step n makes user_version n. Never edit one that was
/// released: append.
std::span<const std::string> migrations();

/// What the header of an opened file says.
struct FileVersion {
  std::int64_t application = 0;
  std::int64_t version = 0;
};

/// Reads it. Error NotOurs when the file is no database or not a deltakeep state, Newer when it was
/// written by a later version.
FileVersion checked_version(Database& db, std::int64_t newest);

/// Runs the missing steps, each in one transaction together with its version number.
void migrate(Database& db, std::span<const std::string> steps);

}  // namespace storage
