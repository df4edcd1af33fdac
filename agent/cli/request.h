// A command line as a value: what was asked, before anything is done about it.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/cli/request_act.h"

namespace agent {

/// Global flags work before and after the command.
struct GlobalFlags {
  std::string config, state;
  bool json = false, quiet = false, verbose = false, no_color = false;
  bool server_clock = false;  ///< hidden, for tests: a simulated server's time is taken for ours
};

struct ScanRequest {
  std::string output;
  std::vector<std::string> vcenters;
};
struct StatusRequest {};
struct VmsRequest {
  std::string vcenter;
  int limit = 0;  ///< 0: all
};
struct TreeRequest {
  std::string vm;
  std::string vcenter;  ///< empty: any
};
struct ChainRequest {
  std::string vm;
  std::string vcenter;  ///< empty: any
};
struct HistoryRequest {
  std::string vm;             ///< empty: all
  std::string vcenter;        ///< empty: any
  std::string since = "30d";  ///< a duration that parse_duration takes
};
struct PlanRequest {
  std::vector<std::string> policies;  ///< empty: all
  std::string at;                     ///< RFC 3339; empty: now
  std::string inventory;              ///< a saved one; empty: the last scan
  std::string output;                 ///< where to store the plan
  std::string explain;                ///< a VM to tell all about
};
struct ForecastRequest {
  std::string vm;         ///< empty: all
  int days = 30;          ///< how far ahead, 400 at most
  std::string policy;     ///< only its VMs, and as if it were armed; empty: all
  std::string inventory;  ///< a saved one; empty: the last scan and its history
};
struct SimulateRequest {
  int days = 90;          ///< 400 at most
  std::string vm;         ///< empty: all that are selected
  std::string policy;     ///< only its VMs; empty: each under its own
  std::string against;    ///< another policy, or a configuration file; empty: nothing to compare
  std::string inventory;  ///< a saved one; empty: the last scan and its history
  std::string svg;        ///< where to draw it; empty: nowhere
};
struct InitRequest {
  std::string url, username, password_file, output, accept_thumbprint;
  std::string state;  ///< the global --state; empty: the default place
  bool yes = false, force = false;
};
struct ConfigCheckRequest {};
struct DoctorRequest {
  std::vector<std::string> vcenters;
};
struct ChainEstimateRequestCli {};   ///< JSON on stdin
struct RetentionEvaluateRequest {};  ///< JSON on stdin
struct CompletionRequest {
  std::string shell;
};
struct VersionRequest {};
struct HelpRequest {
  std::string text;
};  ///< --help anywhere: print and exit 0

using Command =
    std::variant<ScanRequest, StatusRequest, VmsRequest, TreeRequest, ChainRequest, HistoryRequest,
                 ForecastRequest, SimulateRequest, PlanRequest, RunRequest, SnapshotRequest,
                 CloneRequest, PinRequest, PauseRequest, AdoptRequest, OpsRequest, RunsRequest,
                 ResolveRequest, AuditRequest, DbRequest, InitRequest, ConfigCheckRequest,
                 DoctorRequest, ChainEstimateRequestCli, RetentionEvaluateRequest,
                 CompletionRequest, VersionRequest, HelpRequest>;

struct Invocation {
  GlobalFlags global;
  Command command;
};

/// `args` without the program's name. Throws agent::Error "usage" (exit 2) with the usage of the
/// command and, for a mistyped word, the nearest one. Opens nothing and looks at no environment.
Invocation parse_command_line(const std::vector<std::string>& args);

/// A completion script for bash, zsh or fish, made from the same definitions as the parser. Throws
/// agent::Error "usage" for another shell.
std::string completion_script(const std::string& shell);

}  // namespace agent
