// Owns SQLite handles so that no leak, no forgotten rollback and no bare error code is possible.
// Private to this folder: no other folder includes it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/store.h"

struct sqlite3;
struct sqlite3_stmt;

namespace storage {

struct CloseDatabase {
  void operator()(sqlite3* db) const;
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const;
};
using StatementHandle = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

class Database;

/// SQL text that lives for ever, so that its address can name its prepared statement.
class Sql {
 public:
  consteval Sql(const char* text) : text_(text) {}  // NOLINT(google-explicit-constructor)
  const char* text() const { return text_; }

 private:
  const char* text_;
};

/// Bytes that are no text.
struct Blob {
  std::string_view bytes;
};

/// A prepared statement on loan from its Database; given back, reset, when destroyed. Texts read
/// from a row stay valid until the next `next()`.
class Query {
 public:
  Query(Database& database, Sql sql);
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query();

  /// Text must live until the last `next()`.
  void bind(int index, std::string_view text);
  void bind(int index, const std::string& text) { bind(index, std::string_view(text)); }
  void bind(int index, const char* text) { bind(index, std::string_view(text)); }
  void bind(int index, Blob blob);
  void bind(int index, std::int64_t number);
  void bind(int index, int number) { bind(index, static_cast<std::int64_t>(number)); }
  void bind(int index, bool flag) { bind(index, static_cast<std::int64_t>(flag ? 1 : 0)); }
  /// Above 2^63 it wraps; `unsigned64` reads it back.
  void bind(int index, std::uint64_t number) { bind(index, static_cast<std::int64_t>(number)); }
  void bind(int index, double number);
  void bind(int index, policy::Time time) { bind(index, time.time_since_epoch().count()); }
  void bind(int index, std::nullptr_t);
  template <class T>
  void bind(int index, const std::optional<T>& value) {
    value ? bind(index, *value) : bind(index, nullptr);
  }

  /// Steps to the next row; false after the last. Throws Error.
  bool next();

  bool null(int column) const;
  std::int64_t integer(int column) const;
  int small(int column) const { return static_cast<int>(integer(column)); }
  bool flag(int column) const { return integer(column) != 0; }
  std::uint64_t unsigned64(int column) const { return static_cast<std::uint64_t>(integer(column)); }
  double real(int column) const;
  std::string_view text(int column) const;
  std::string string(int column) const { return std::string(text(column)); }
  policy::Time time(int column) const {
    return policy::Time(policy::Time::duration(integer(column)));
  }
  std::optional<bool> maybe_flag(int column) const;

 private:
  void check(int code);

  Database& database_;
  Sql sql_;
  StatementHandle statement_;
};

/// One connection. Not for two threads at once.
class Database {
 public:
  static constexpr std::chrono::milliseconds kBusyTimeout{5000};

  /// Opens an existing file; creates nothing. Throws Error with what to do next.
  Database(const std::string& file, Access access,
           std::chrono::milliseconds busy_timeout = kBusyTimeout);

  const std::string& file() const { return file_; }
  bool in_transaction() const;
  std::int64_t last_insert_id() const;

  /// Runs one statement to its end.
  template <class... Values>
  void run(Sql sql, const Values&... values) {
    Query query(*this, sql);
    int index = 0;
    (query.bind(++index, values), ...);
    while (query.next()) {
    }
  }
  /// Runs a script of several statements without values.
  void script(const std::string& sql);
  /// First column of the first row; nothing when there is no row.
  template <class... Values>
  std::optional<std::int64_t> number(Sql sql, const Values&... values) {
    Query query(*this, sql);
    int index = 0;
    (query.bind(++index, values), ...);
    if (!query.next() || query.null(0)) return std::nullopt;
    return query.integer(0);
  }

  /// What errors say we were doing ("read the VMs"); Transaction sets it.
  const std::string& activity() const { return activity_; }
  void set_activity(std::string activity) { activity_ = std::move(activity); }
  /// Leaves -wal and -shm in place when the last connection closes, see SCHEMA.md.
  void keep_wal_file();

 private:
  friend class Query;
  [[noreturn]] void fail(int code) const;

  std::string file_;
  std::string activity_ = "open the state";
  std::unique_ptr<sqlite3, CloseDatabase> handle_;
  std::unordered_map<const char*, std::vector<StatementHandle>> idle_;
};

enum class TransactionKind {
  Read,      ///< one consistent state for all reads in it; a nested one joins
  Write,     ///< durable when commit returns
  WriteLazy  ///< atomic, durable no later than the next Write: for what may be lost
};

/// Rolled back unless committed; done after either. A Read ends quietly by itself.
class Transaction {
 public:
  Transaction(Database& database, TransactionKind kind, std::string activity);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void commit();

 private:
  void end(Sql sql) noexcept;

  Database& database_;
  TransactionKind kind_;
  std::string outer_activity_;
  bool open_ = false;
};

}  // namespace storage
