// The configuration as values, checked: whoever holds a Config need not check again.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "policy/rules.h"
#include "policy/selection.h"

namespace agent {

enum class Mode { Observe, Act };

struct VcenterConfig {
  std::string name;
  Mode mode = Mode::Observe;
  std::string url;  ///< "https://host[:port]/sdk"
  std::string username;
  std::string password_file, password_env, credential;  ///< exactly one is set, or none with GOVC_*
  std::string ca_file;
  std::vector<std::string> thumbprints;  ///< normal form; accepts a string or a list of strings
  std::string known_hosts;               ///< govc's file, from GOVC_TLS_KNOWN_HOSTS
  bool insecure = false;                 ///< only from GOVC_INSECURE: permits reading only
  bool allow_esxi_delete = false;
};

struct LimitsConfig {
  int per_vcenter = 16, per_host = 4, per_datastore = 2;
};

using policy::CalendarSpan;
using policy::KeepCount;
using policy::Selector;
using KeepConfig = policy::KeepRules;
using CapConfig = policy::Caps;
using ThresholdConfig = policy::Thresholds;

struct CloneConfig {
  std::string datastore, folder, host, pool;
  bool delete_old = false;
  bool partial = false;
  bool allow_vtpm = false;
};

struct PolicyConfig {
  std::string name, renamed_from;
  bool apply = false;
  Selector select, exclude;
  std::string schedule;  ///< cron text, five fields
  std::string timezone;
  std::chrono::seconds jitter{0};
  std::vector<std::string> blackout, window;
  std::string misfire;
  std::string method = "snapshot";  ///< snapshot | clone | retain
  std::string quiesce = "try";      ///< try | require | never
  bool memory = false;
  KeepConfig keep;
  int min_keep = 1;
  bool allow_remove_all = false;
  std::optional<CalendarSpan> max_age, detached, defer;
  CapConfig cap;
  ThresholdConfig warn, critical;
  std::optional<CloneConfig> clone;
  std::optional<int> max_removals;
  /// How long a snapshot stays marked before it is removed; unset: until any later run.
  std::optional<std::chrono::seconds> mark_delay;
};

struct AlertConfig {
  std::string type;  ///< webhook | mail | syslog
  std::string url, secret_file, min_severity, policy, vcenter;
  std::map<std::string, std::string> other;  ///< keys of mail and syslog
};

struct Config {
  std::string source;  ///< file, or "environment" when GOVC_* stands in
  std::string state;   ///< SQLite file
  std::string timezone = "UTC";
  /// What is older goes from the journal, but for what ownership needs and the audit.
  std::chrono::seconds keep_journal = std::chrono::hours{24 * 400};
  std::string listen, token_file, tls_cert, tls_key;
  std::vector<VcenterConfig> vcenters;
  LimitsConfig limits;
  std::vector<PolicyConfig> policies;
  std::vector<AlertConfig> alerts;
};

/// One mistake, at its place. line and column count from 1; 0 when there is no place (environment).
struct ConfigProblem {
  std::string file;
  int line = 0, column = 0;
  std::string message;       ///< says what is wrong and what would be right
  std::string text() const;  ///< "file:line:col: message"
};

/// Environment as a value, so that tests need none.
using Environment = std::map<std::string, std::string>;

struct ConfigResult {
  Config config;                        ///< meaningful only without problems
  std::vector<ConfigProblem> problems;  ///< all of them, in file order
  std::vector<ConfigProblem> warnings;
};

/// Parses and checks. `file` is for messages only; nothing is opened here (but a file that
/// GOVC_USERNAME names, when GOVC_* stand in for a missing [[vcenter]]), secrets are not read.
ConfigResult parse_config(const std::string& text, const std::string& file, const Environment& env);

/// The configuration that GOVC_* alone gives; a problem when GOVC_URL is not set.
ConfigResult config_from_environment(const Environment& env);

/// Reads `file` and parses it; when `file` is empty: /etc/deltakeep/deltakeep.toml if it exists,
/// else the environment. Throws agent::Error "config" (exit 2) with all problems, one per line.
Config load_config(const std::string& file, const Environment& env,
                   std::vector<ConfigProblem>* warnings = nullptr);

/// The password, read now: file (refused when others can read it or it is a symlink), environment,
/// or systemd credential. Throws agent::Error "config".
std::string read_password(const VcenterConfig& vcenter, const Environment& env);

}  // namespace agent
