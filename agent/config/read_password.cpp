#include <sys/stat.h>
#include <unistd.h>

#include "agent/cli/safe_text.h"
#include "agent/config/config.h"
#include "agent/config/environment.h"
#include "agent/config/small_file.h"
#include "agent/error.h"

namespace agent {
namespace {

constexpr std::size_t kLongest = 4096;

[[noreturn]] void fail(const VcenterConfig& vcenter, const std::string& what) {
  throw Error("config", ExitCode::Usage,
              "reading the password for vcenter \"" + safe_text(vcenter.name) + "\": " + what);
}

std::string without_newline(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

enum class Guard {
  Strict,   ///< ours or root's, and nobody else can read it
  Systemd,  ///< systemd owns the folder and has seen to it
};

// `shown` is what messages call the file.
std::string read_secret(const VcenterConfig& vcenter, const std::string& path,
                        const std::string& shown, Guard guard) {
  SmallFile file;
  try {
    file = read_small_file(path, kLongest, FollowLinks::No);
  } catch (const SmallFileError& problem) {
    fail(vcenter, shown + ": " + problem.what());
  }
  if (guard == Guard::Strict) {
    if ((file.mode & (S_IRWXG | S_IRWXO)) != 0) {
      fail(vcenter, shown + " is open to other users; chmod 600 it");
    }
    if (file.owner != geteuid() && file.owner != 0) {
      fail(vcenter, shown + " belongs to another user, who could change it; chown it");
    }
  }
  std::string password = without_newline(std::move(file.content));
  if (password.empty()) fail(vcenter, shown + " is empty");
  if (password.find('\0') != std::string::npos || password.find('\n') != std::string::npos) {
    fail(vcenter, shown + " has more than one line; it must hold the password and nothing else");
  }
  return password;
}

std::string from_credential(const VcenterConfig& vcenter, const Environment& env) {
  const std::string directory = variable(env, "CREDENTIALS_DIRECTORY");
  const std::string shown = "systemd credential \"" + safe_text(vcenter.credential) + "\"";
  if (directory.empty()) {
    fail(vcenter,
         shown + " exists only in a unit with LoadCredential=" + safe_text(vcenter.credential) +
             ":PATH (CREDENTIALS_DIRECTORY is not set); use password_file outside of it");
  }
  return read_secret(vcenter, directory + "/" + vcenter.credential, shown, Guard::Systemd);
}

// govc's convention: GOVC_PASSWORD is a path if such a file exists, else the password itself. The
// value gets into no message, for it may be either.
std::string from_govc(const VcenterConfig& vcenter, const Environment& env) {
  const GovcPassword given = govc_password(env);
  if (given.value.empty()) {
    fail(vcenter, "neither GOVC_PASSWORD nor GOVC_URL (user:password@host) has one");
  }
  struct stat status {};
  const bool file =
      given.may_be_file && lstat(given.value.c_str(), &status) == 0 && !S_ISDIR(status.st_mode);
  if (!file) return given.value;
  return read_secret(vcenter, given.value, "the file that GOVC_PASSWORD names", Guard::Strict);
}

}  // namespace

std::string read_password(const VcenterConfig& vcenter, const Environment& env) {
  if (!vcenter.password_file.empty()) {
    return read_secret(vcenter, vcenter.password_file, safe_text(vcenter.password_file),
                       Guard::Strict);
  }
  if (!vcenter.credential.empty()) return from_credential(vcenter, env);
  if (vcenter.password_env.empty()) return from_govc(vcenter, env);
  std::string password = variable(env, vcenter.password_env.c_str());
  if (password.empty()) {
    fail(vcenter, "the environment variable " + safe_text(vcenter.password_env) +
                      " (password_env) is not set");
  }
  return password;
}

}  // namespace agent
