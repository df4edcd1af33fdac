#include "storage/sqlite.h"

#include <sqlite3.h>

#include <limits>
#include <utility>

#include "storage/sqlite_error.h"

namespace storage {

void CloseDatabase::operator()(sqlite3* db) const { sqlite3_close_v2(db); }
void FinalizeStatement::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Query::Query(Database& database, Sql sql) : database_(database), sql_(sql) {
  auto& idle = database_.idle_[sql_.text()];
  if (!idle.empty()) {
    statement_ = std::move(idle.back());
    idle.pop_back();
    return;
  }
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(database_.handle_.get(), sql_.text(), -1,
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  statement_.reset(raw);
  check(code);
}

Query::~Query() {
  if (!statement_) return;
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
  // Cannot throw: the entry exists since the constructor and had room for this statement before,
  // but for statements used twice at once; losing one of those to the allocator is harmless.
  try {
    database_.idle_[sql_.text()].push_back(std::move(statement_));
  } catch (...) {
  }
}

void Query::check(int code) {
  if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) database_.fail(code);
}

void Query::bind(int index, std::string_view text) {
  const char* data = text.data() == nullptr ? "" : text.data();
  check(
      sqlite3_bind_text64(statement_.get(), index, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Query::bind(int index, Blob blob) {
  const char* data = blob.bytes.data() == nullptr ? "" : blob.bytes.data();
  check(sqlite3_bind_blob64(statement_.get(), index, data, blob.bytes.size(), SQLITE_STATIC));
}

void Query::bind(int index, std::int64_t number) {
  check(sqlite3_bind_int64(statement_.get(), index, number));
}

void Query::bind(int index, double number) {
  check(sqlite3_bind_double(statement_.get(), index, number));
}

void Query::bind(int index, std::nullptr_t) { check(sqlite3_bind_null(statement_.get(), index)); }

bool Query::next() {
  const int code = sqlite3_step(statement_.get());
  check(code);
  return code == SQLITE_ROW;
}

bool Query::null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::int64_t Query::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double Query::real(int column) const { return sqlite3_column_double(statement_.get(), column); }

std::string_view Query::text(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return data == nullptr
             ? std::string_view()
             : std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

std::optional<bool> Query::maybe_flag(int column) const {
  if (null(column)) return std::nullopt;
  return flag(column);
}

Database::Database(const std::string& file, Access access, std::chrono::milliseconds busy_timeout)
    : file_(file) {
  const int mode = access == Access::ReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &raw, mode | SQLITE_OPEN_NOMUTEX, nullptr);
  handle_.reset(raw);
  if (code != SQLITE_OK) fail(code);
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, static_cast<int>(busy_timeout.count()));
  // A hostile file must not run code through its schema, nor spell strings as identifiers.
  for (const int option :
       {SQLITE_DBCONFIG_TRUSTED_SCHEMA, SQLITE_DBCONFIG_DQS_DDL, SQLITE_DBCONFIG_DQS_DML}) {
    sqlite3_db_config(raw, option, 0, nullptr);
  }
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
}

bool Database::in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

std::int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(handle_.get()); }

void Database::script(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

void Database::keep_wal_file() {
  int on = 1;
  sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_PERSIST_WAL, &on);
}

void Database::fail(int code) const {
  sqlite3* db = handle_.get();
  const std::string detail = db == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(db);
  const bool from_system = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN ||
                           (code & 0xff) == SQLITE_FULL;
  const int system_error = db != nullptr && from_system ? sqlite3_system_errno(db) : 0;
  throw sqlite_error(code, system_error, detail, activity_, file_);
}

Transaction::Transaction(Database& database, TransactionKind kind, std::string activity)
    : database_(database), kind_(kind), outer_activity_(database.activity()) {
  if (kind_ == TransactionKind::Read && database_.in_transaction()) return;
  database_.set_activity(std::move(activity));
  try {
    if (kind_ == TransactionKind::WriteLazy) database_.run("PRAGMA synchronous = NORMAL");
    if (kind_ == TransactionKind::Read) {
      database_.run("BEGIN");
    } else {
      database_.run("BEGIN IMMEDIATE");
    }
  } catch (...) {
    if (kind_ == TransactionKind::WriteLazy) end("PRAGMA synchronous = FULL");
    database_.set_activity(std::move(outer_activity_));
    throw;
  }
  open_ = true;
}

Transaction::~Transaction() {
  if (!open_) return;
  // SQLite has rolled back by itself after some errors (no space, i/o).
  if (database_.in_transaction()) end("ROLLBACK");
  if (kind_ == TransactionKind::WriteLazy) end("PRAGMA synchronous = FULL");
  database_.set_activity(std::move(outer_activity_));
}

void Transaction::end(Sql sql) noexcept {
  try {
    database_.run(sql);
  } catch (const std::exception&) {
    // The error that brought us here is the one to tell; a connection that cannot even roll back
    // fails again, with its own message, at its next use.
  }
}

void Transaction::commit() {
  database_.run("COMMIT");
  open_ = false;
  if (kind_ == TransactionKind::WriteLazy) end("PRAGMA synchronous = FULL");
  database_.set_activity(std::move(outer_activity_));
}

}  // namespace storage
