#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "agent/config/config.h"
#include "agent/config/environment.h"
#include "agent/config/small_file.h"
#include "agent/error.h"

namespace agent {
namespace {

constexpr const char* kDefaultFile = "/etc/deltakeep/deltakeep.toml";
constexpr std::size_t kLongest = 1 << 20;

[[noreturn]] void config_error(const std::string& message) {
  throw Error("config", ExitCode::Usage, message);
}

std::string joined(const std::vector<ConfigProblem>& problems) {
  std::string text;
  for (const ConfigProblem& problem : problems) text += (text.empty() ? "" : "\n") + problem.text();
  return text;
}

Config accepted(ConfigResult result, std::vector<ConfigProblem>* warnings) {
  if (!result.problems.empty()) config_error(joined(result.problems));
  if (warnings) *warnings = std::move(result.warnings);
  return std::move(result.config);
}

Config load_file(const std::string& path, const Environment& env,
                 std::vector<ConfigProblem>* warnings) {
  SmallFile file;
  try {
    file = read_small_file(path, kLongest, FollowLinks::Yes);
  } catch (const SmallFileError& problem) {
    config_error("reading the configuration " + path + ": " + problem.what());
  }
  ConfigResult result = parse_config(file.content, path, env);
  if ((file.mode & S_IWOTH) != 0) {
    result.warnings.push_back({path, 0, 0,
                               "every user can write this file and so decide what is deleted; "
                               "chmod o-w it"});
  }
  return accepted(std::move(result), warnings);
}

}  // namespace

Config load_config(const std::string& file, const Environment& env,
                   std::vector<ConfigProblem>* warnings) {
  if (!file.empty()) return load_file(file, env, warnings);
  // Any answer but "it is not there" is a file that was meant, so its trouble is told.
  if (access(kDefaultFile, F_OK) == 0 || errno != ENOENT) {
    return load_file(kDefaultFile, env, warnings);
  }
  if (variable(env, "GOVC_URL").empty()) {
    config_error(std::string("no configuration: ") + kDefaultFile +
                 " does not exist and GOVC_URL is not set; run \"deltakeep init\" or give "
                 "--config FILE");
  }
  return accepted(config_from_environment(env), warnings);
}

}  // namespace agent
