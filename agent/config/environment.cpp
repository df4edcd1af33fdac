#include "agent/config/environment.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "agent/cli/safe_text.h"
#include "agent/config/url.h"

namespace agent {
namespace {

constexpr std::size_t kLongestName = 4096;

void report(std::vector<ConfigProblem>& problems, const std::string& message) {
  problems.push_back({"environment", 0, 0, message});
}

std::string trimmed(const std::string& text) {
  constexpr const char* blanks = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

// As govc does: the content of a file of that name, if there is one, else the text itself.
std::string text_or_file(const std::string& value) {
  std::ifstream file(value);
  std::string content(kLongestName, '\0');
  if (value.empty() || !file.read(content.data(), 1)) return value;
  file.read(content.data() + 1, static_cast<std::streamsize>(kLongestName - 1));
  content.resize(1 + static_cast<std::size_t>(file.gcount()));
  return trimmed(content);
}

bool parse_switch(const Environment& env, const char* name, std::vector<ConfigProblem>& problems) {
  constexpr std::array yes{"1", "t", "T", "true", "TRUE", "True"};
  constexpr std::array no{"", "0", "f", "F", "false", "FALSE", "False"};
  const std::string value = variable(env, name);
  if (std::find(yes.begin(), yes.end(), value) != yes.end()) return true;
  if (std::find(no.begin(), no.end(), value) == no.end()) {
    report(problems, std::string(name) + " is \"" + safe_text(value, Charset::Utf8, 40) +
                         "\"; expected true or false");
  }
  return false;
}

std::string single_path(const Environment& env, const char* name,
                        std::vector<ConfigProblem>& problems) {
  std::string value = variable(env, name);
  if (value.find(':') != std::string::npos) {
    report(problems, std::string(name) +
                         " names several files; only one is read here, so join "
                         "them into one");
  }
  return value;
}

void read_trust(const Environment& env, VcenterConfig& out, std::vector<ConfigProblem>& problems) {
  out.insecure = parse_switch(env, "GOVC_INSECURE", problems);
  out.ca_file = single_path(env, "GOVC_TLS_CA_CERTS", problems);
  out.known_hosts = single_path(env, "GOVC_TLS_KNOWN_HOSTS", problems);
  const std::string mode = variable(env, "DELTAKEEP_MODE");
  out.mode = mode == "act" ? Mode::Act : Mode::Observe;
  if (!mode.empty() && mode != "act" && mode != "observe") {
    report(problems, "DELTAKEEP_MODE is \"" + safe_text(mode, Charset::Utf8, 40) +
                         "\"; expected \"observe\" or \"act\"");
  }
  if (out.mode == Mode::Act && out.insecure) {
    report(problems,
           "DELTAKEEP_MODE=act with GOVC_INSECURE: nothing is changed over a connection "
           "that is not verified; use GOVC_TLS_KNOWN_HOSTS or GOVC_TLS_CA_CERTS");
  }
}

}  // namespace

std::string variable(const Environment& env, const char* name) {
  const auto found = env.find(name);
  return found == env.end() ? std::string() : found->second;
}

std::optional<VcenterConfig> vcenter_from_environment(const Environment& env,
                                                      std::vector<ConfigProblem>& problems) {
  const std::string given = variable(env, "GOVC_URL");
  if (given.empty()) return std::nullopt;
  VcenterConfig out;
  read_trust(env, out, problems);
  out.username = text_or_file(variable(env, "GOVC_USERNAME"));
  try {
    const ServerUrl url = parse_server_url(given);
    out.url = url.url;
    // Two servers on one host, such as two simulators, are told apart by their ports.
    out.name = url.port.empty() ? url.host : url.host + ":" + url.port;
    if (out.username.empty()) out.username = url.user;
  } catch (const std::invalid_argument& problem) {
    report(problems, std::string("GOVC_URL: ") + problem.what());
    return out;
  }
  if (out.username.empty()) {
    report(problems, "no user to log in with: set GOVC_USERNAME, or GOVC_URL=user:password@host");
  }
  if (govc_password(env).value.empty()) {
    report(problems,
           "no password: set GOVC_PASSWORD to it or, better, to the path of a file of mode 0600");
  }
  return out;
}

GovcPassword govc_password(const Environment& env) {
  std::string password = variable(env, "GOVC_PASSWORD");
  if (!password.empty()) return {std::move(password), true};
  const std::string given = variable(env, "GOVC_URL");
  if (given.empty()) return {};
  try {
    return {parse_server_url(given).password, false};
  } catch (const std::invalid_argument&) {
    return {};  // reported when the configuration was read
  }
}

std::string default_state(const Environment& env, bool has_file) {
  const std::string systemd = variable(env, "STATE_DIRECTORY");
  // systemd separates several directories by colons.
  if (!systemd.empty()) return systemd.substr(0, systemd.find(':')) + "/state.db";
  if (has_file) return "/var/lib/deltakeep/state.db";
  const std::string xdg = variable(env, "XDG_STATE_HOME");
  // The XDG specification says to ignore a relative path.
  if (xdg.starts_with("/")) return xdg + "/deltakeep/state.db";
  const std::string home = variable(env, "HOME");
  return home.starts_with("/") ? home + "/.local/state/deltakeep/state.db" : std::string();
}

}  // namespace agent
