#include "agent/act/command/db_command.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <system_error>

#include "agent/act/command/record.h"
#include "agent/act/execute/marker_key.h"
#include "agent/act/execute/secret_file.h"
#include "agent/act/execute/watermark.h"
#include "agent/act/private_file.h"
#include "agent/act/state.h"

namespace agent {
namespace {

constexpr std::size_t kMostOfAKey = 4096;

bool is_there(const std::string& file) {
  struct stat found {};
  return lstat(file.c_str(), &found) == 0;
}

/// Nothing where there is none.
std::unique_ptr<const SecretFile> read_key(const std::string& file) {
  try {
    return std::make_unique<const SecretFile>(read_small_file(file, kMostOfAKey, FollowLinks::No));
  } catch (const SmallFileError& problem) {
    if (problem.kind() == SmallFileError::Kind::Missing) return nullptr;
    throw Error("key", ExitCode::Failed,
                "reading the marker key " + file + ": " + problem.what() +
                    "; without it no snapshot can be told to be ours");
  }
}

storage::StateCheck checked(const std::string& file) {
  try {
    return storage::check_state(file);
  } catch (const storage::Error& error) {
    throw state_error(error);
  }
}

DbResponse check(const DbRequest& request, const Context& context) {
  DbResponse response{.act = request.act, .state = context.config.state};
  response.check = checked(context.config.state);
  if (!is_there(MarkerKey::file_of(context.config.state))) response.key = DbResponse::Key::None;
  if (!response.check.whole()) response.code = ExitCode::Failed;
  return response;
}

DbResponse backup(const DbRequest& request, const Context& context) {
  DbResponse response{.act = request.act, .state = context.config.state, .file = request.file};
  const std::string key_copy = MarkerKey::file_of(request.file);
  if (is_there(key_copy)) {
    throw Error("output", ExitCode::Failed,
                "copying the marker key to " + key_copy +
                    ": it exists, and nothing is overwritten; name a new file");
  }
  // The key is made once and never changes but by a restore, which nobody can run meanwhile: it
  // wants the state for itself.
  const storage::Store store = open_state(context.config, storage::Access::ReadOnly);
  const auto key = read_key(MarkerKey::file_of(context.config.state));
  try {
    store.backup(request.file);
  } catch (const storage::Error& error) {
    throw state_error(error);
  }
  try {
    if (key) write_private_file(key_copy, key->get().content);
    response.check = storage::check_state(request.file);
  } catch (...) {
    unlink(request.file.c_str());
    throw;
  }
  if (!key) response.key = DbResponse::Key::None;
  if (!response.check.whole()) response.code = ExitCode::Failed;
  return response;
}

/// The key that stands there is kept beside it; a copy of one under another name is no harm.
void replace_key(const std::string& file, const SmallFile& present, const SmallFile& by) {
  int number = 1;
  std::string kept = file + ".replaced-1";
  while (is_there(kept)) kept = file + ".replaced-" + std::to_string(++number);
  write_private_file(kept, present.content);
  write_private_file(file, by.content);
}

DbResponse::Key restore_key(const std::string& copy, const std::string& state) {
  const std::string file = MarkerKey::file_of(state);
  const auto present = read_key(file);
  const auto copied = read_key(MarkerKey::file_of(copy));
  if (!copied) return present ? DbResponse::Key::Kept : DbResponse::Key::None;
  if (present && present->get().content == copied->get().content) return DbResponse::Key::Same;
  if (!present) {
    write_private_file(file, copied->get().content);
    return DbResponse::Key::Same;
  }
  replace_key(file, present->get(), copied->get());
  return DbResponse::Key::Replaced;
}

DbResponse restore(const DbRequest& request, const Context& context) {
  DbResponse response{.act = request.act, .state = context.config.state, .file = request.file};
  const policy::Time now = context.clock.now();
  storage::AuditEntry line =
      audit_line(context, "restore", "from " + request.file + "; what was done since is not known");
  const storage::Doubt doubt{
      .endpoint_uuid = {},
      .kind = kRestored,
      .text = "the state was restored from a copy at " + policy::format_utc(now) +
              ": it does not know what was done since that was made. `deltakeep adopt VM` takes "
              "over the snapshots that findings call unknown-mark",
      .since = now};
  std::error_code none;
  if (std::filesystem::equivalent(request.file, context.config.state, none)) {
    throw Error("usage", ExitCode::Usage,
                request.file + " is the state itself; name the copy that takes its place");
  }
  try {
    response.restored = storage::restore_state(
        request.file, context.config.state, doubt, line,
        [&] { response.key = restore_key(request.file, context.config.state); });
    response.check = storage::check_state(context.config.state);
  } catch (const storage::Error& error) {
    throw state_error(error);
  }
  return response;
}

}  // namespace

DbResponse handle(const DbRequest& request, Context& context) {
  switch (request.act) {
    case DbRequest::Act::Check:
      return check(request, context);
    case DbRequest::Act::Backup:
      return backup(request, context);
    case DbRequest::Act::Restore:
      break;
  }
  return restore(request, context);
}

}  // namespace agent
