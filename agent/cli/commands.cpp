#include "agent/cli/commands.h"

#include <utility>

#include "agent/cli/command_parts.h"
#include "agent/cli/safe_text.h"
#include "agent/config/quantity.h"

namespace agent {
namespace {

Command build_history(const Given& given) {
  const std::string since = one(given, "--since", "30d");
  if (!parse_duration(since)) {
    throw BadValue("--since takes a duration such as 12h, 30d or 8w, not \"" + safe_text(since) +
                   "\"");
  }
  return HistoryRequest{.vm = vm(given), .vcenter = one(given, "--vcenter"), .since = since};
}

Command build_init(const Given& given) {
  return InitRequest{.url = one(given, "--url"),
                     .username = one(given, "--username"),
                     .password_file = one(given, "--password-file"),
                     .output = one(given, "--output"),
                     .accept_thumbprint = one(given, "--accept-thumbprint"),
                     .yes = has(given, "--yes"),
                     .force = has(given, "--force")};
}

std::vector<CommandSpec> reading_commands() {
  using enum ExitCode;
  return {
      {.path = "scan",
       .summary = "read every vCenter once, store what it shows, summarise",
       .details = "",
       .examples = {"deltakeep scan", "deltakeep scan --vcenter prod --output inventory.json"},
       .options = {{.name = "--output",
                    .value = "FILE",
                    .text = "also save the inventory as JSON",
                    .complete = Complete::File},
                   kVcenters},
       .arguments = {},
       .exits = {Failed, Partial, Unreachable, Locked, Login, Interrupted},
       .build = [](const Given& given) -> Command {
         return ScanRequest{.output = one(given, "--output"), .vcenters = all(given, "--vcenter")};
       }},
      {.path = "status",
       .summary = "one screen: what needs attention",
       .details = "Shows the last scan; asks no vCenter.",
       .examples = {"deltakeep status"},
       .options = {},
       .arguments = {},
       .exits = {Failed},
       .build = [](const Given&) -> Command { return StatusRequest{}; }},
      {.path = "vms",
       .summary = "table of virtual machines, worst first",
       .details = "Shows the last scan; asks no vCenter.",
       .examples = {"deltakeep vms --limit 20", "deltakeep vms --vcenter prod --json"},
       .options = {kVcenter, {.name = "--limit", .value = "N", .text = "only the first N"}},
       .arguments = {},
       .exits = {Failed},
       .build = [](const Given& given) -> Command {
         return VmsRequest{.vcenter = one(given, "--vcenter"), .limit = count(given, "--limit")};
       }},
      {.path = "tree",
       .summary = "snapshot tree of a VM with owner, age and size",
       .details = "",
       .examples = {"deltakeep tree web-01", "deltakeep tree /DC0/vm/prod/web-01"},
       .options = {kVcenter},
       .arguments = {kVm},
       .exits = {Failed},
       .build = [](const Given& given) -> Command {
         return TreeRequest{vm(given), one(given, "--vcenter")};
       }},
      {.path = "chain",
       .summary = "layers of each disk of a VM with fill and probes",
       .details = "The word \"estimate\" right after chain is a command of its own; a VM of that "
                  "name\nis reached by its moid, its inventory path or after two dashes.",
       .examples = {"deltakeep chain web-01 --vcenter prod", "deltakeep chain -- estimate"},
       .options = {kVcenter},
       .arguments = {kVm},
       .exits = {Failed},
       .build = [](const Given& given) -> Command {
         return ChainRequest{vm(given), one(given, "--vcenter")};
       }},
      {.path = "chain estimate",
       .summary = "read cost of a chain that is described by JSON on stdin",
       .details = "A pure function: no config, no vCenter, no state file.",
       .examples = {"deltakeep chain estimate < chain.json"},
       .options = {},
       .arguments = {},
       .exits = {Failed},
       .build = [](const Given&) -> Command { return ChainEstimateRequestCli{}; }},
      {.path = "retention",
       .summary = "try keep rules",
       .details = "",
       .examples = {},
       .options = {},
       .arguments = {},
       .exits = {},
       .build = nullptr},
      {.path = "retention evaluate",
       .summary =
           "what a policy keeps and removes of snapshots that are described by JSON on stdin",
       .details = "A pure function: no config, no vCenter, no state file.",
       .examples = {"deltakeep retention evaluate < snapshots.json"},
       .options = {},
       .arguments = {},
       .exits = {Failed},
       .build = [](const Given&) -> Command { return RetentionEvaluateRequest{}; }},
      {.path = "history",
       .summary = "what was: depth, size and snapshots over time",
       .details = "Without a VM: the last scans, when and of what.",
       .examples = {"deltakeep history web-01 --since 8w", "deltakeep history --json"},
       .options = {{.name = "--since",
                    .value = "AGE",
                    .text = "how far back: 12h, 30d (default), 8w"},
                   kVcenter},
       .arguments = {{.name = "VM", .text = kVm.text, .required = false}},
       .exits = {Failed},
       .build = build_history},
  };
}

std::vector<CommandSpec> housekeeping_commands() {
  using enum ExitCode;
  return {
      {.path = "init",
       .summary = "write a first configuration for one vCenter",
       .details = "Asks for what is not given, shows the server's certificate, logs in once and "
                  "writes\na file in which nothing is armed. Passwords are never taken from the "
                  "command line.",
       .examples = {"deltakeep init --url vc.example.com --username svc@vsphere.local "
                    "--password-file /etc/deltakeep/prod.pass"},
       .options = {{.name = "--url", .value = "URL", .text = "vCenter or ESXi host"},
                   {.name = "--username", .value = "USER", .text = "account to log in with"},
                   {.name = "--password-file",
                    .value = "FILE",
                    .text = "file with its password, readable by its owner only",
                    .complete = Complete::File},
                   {.name = "--output",
                    .value = "FILE",
                    .text = "where to write (default /etc/deltakeep/deltakeep.toml)",
                    .complete = Complete::File},
                   {.name = "--accept-thumbprint",
                    .value = "HEX",
                    .text = "trust the certificate with this SHA-256 without asking"},
                   {.name = "--yes", .text = "ask nothing; fail where an answer is missing"},
                   {.name = "--force", .text = "replace an existing file"}},
       .arguments = {},
       .exits = {Failed, Refused, Unreachable, Login, Interrupted},
       .build = build_init},
      {.path = "config",
       .summary = "work on the configuration file",
       .details = "",
       .examples = {},
       .options = {},
       .arguments = {},
       .exits = {},
       .build = nullptr},
      {.path = "config check",
       .summary = "list every mistake in the configuration; changes and contacts nothing",
       .details = "",
       .examples = {"deltakeep config check --config ./deltakeep.toml"},
       .options = {},
       .arguments = {},
       .exits = {},
       .build = [](const Given&) -> Command { return ConfigCheckRequest{}; }},
      {.path = "doctor",
       .summary = "try connection, trust, login, privileges and clock of each vCenter",
       .details = "",
       .examples = {"deltakeep doctor", "deltakeep doctor --vcenter prod"},
       .options = {kVcenters},
       .arguments = {},
       .exits = {Failed, Partial, Unreachable, Login, Interrupted},
       .build = [](const Given& given) -> Command {
         return DoctorRequest{all(given, "--vcenter")};
       }},
      {.path = "completion",
       .summary = "print a completion script for a shell",
       .details = "",
       .examples = {"source <(deltakeep completion bash)",
                    "deltakeep completion zsh > ~/.zfunc/_deltakeep",
                    "deltakeep completion fish > ~/.config/fish/completions/deltakeep.fish"},
       .options = {},
       .arguments = {{.name = "SHELL",
                      .text = "bash, zsh or fish",
                      .words = {"bash", "zsh", "fish"}}},
       .exits = {},
       .build = [](const Given& given) -> Command {
         return CompletionRequest{one(given, "SHELL")};
       }},
      {.path = "version",
       .summary = "print the version",
       .details = "",
       .examples = {"deltakeep version --json"},
       .options = {},
       .arguments = {},
       .exits = {},
       .build = [](const Given&) -> Command { return VersionRequest{}; }},
  };
}

}  // namespace

const std::vector<CommandSpec>& command_table() {
  static const std::vector<CommandSpec> table = [] {
    std::vector<CommandSpec> commands = reading_commands();
    for (CommandSpec& command : deciding_commands()) commands.push_back(std::move(command));
    for (CommandSpec& command : acting_commands()) commands.push_back(std::move(command));
    for (CommandSpec& command : housekeeping_commands()) commands.push_back(std::move(command));
    return commands;
  }();
  return table;
}

const std::vector<OptionSpec>& global_options() {
  static const std::vector<OptionSpec> options{
      {.name = "--config",
       .value = "FILE",
       .text = "configuration (default /etc/deltakeep/deltakeep.toml, else GOVC_*)",
       .complete = Complete::File},
      {.name = "--state",
       .value = "FILE",
       .text = "state file, in place of the configured one",
       .complete = Complete::File},
      {.name = "--json", .text = "print one JSON document on stdout"},
      {.name = "--quiet", .text = "no progress, errors only"},
      {.name = "--verbose", .text = "tell more on stderr"},
      {.name = "--no-color", .text = "no colour (as NO_COLOR does)"},
  };
  return options;
}

}  // namespace agent
