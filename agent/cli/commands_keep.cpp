// Commands that hold things back, take them over, and tell what was done: the journal's side.
#include <charconv>

#include "agent/cli/command_parts.h"
#include "agent/cli/safe_text.h"

namespace agent {
namespace {

const OptionSpec kUntil{.name = "--until",
                        .value = "TIME",
                        .text = "until then: RFC 3339, or a duration from now such as 4h or 7d"};
const OptionSpec kReason{.name = "--reason", .value = "TEXT", .text = "why, for the others"};

Command build_unpin(const Given& given) {
  const std::string text = one(given, "ID");
  PinRequest request{.act = PinRequest::Act::Remove};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), request.id);
  if (error != std::errc{} || end != text.data() + text.size() || request.id < 1) {
    throw BadValue("ID is the number that pin list shows, not \"" + safe_text(text) + "\"");
  }
  return request;
}

PauseRequest scope(const Given& given, bool resume) {
  PauseRequest request{.resume = resume,
                       .vcenter = one(given, "--vcenter"),
                       .policy = one(given, "--policy"),
                       .vm = one(given, "--vm")};
  if (!request.policy.empty() && (!request.vcenter.empty() || !request.vm.empty())) {
    throw BadValue("--policy excludes --vcenter and --vm");
  }
  return request;
}

Command build_pause(const Given& given) {
  PauseRequest request = scope(given, false);
  request.until = one(given, "--until");
  request.reason = needed(given, "--reason", "who meets the pause wants to know why");
  return request;
}

Command build_resume(const Given& given) {
  PauseRequest request = scope(given, true);
  request.accept = one(given, "--accept");
  request.reason = one(given, "--reason");
  if (!request.accept.empty() && request.vcenter.empty()) {
    throw BadValue("--accept needs --vcenter: whose doubt is over");
  }
  return request;
}

Command build_resolve(const Given& given) {
  ResolveRequest request{
      .op = one(given, "OP"), .as = one(given, "--as"), .reason = one(given, "--reason")};
  if (!request.as.empty() && request.as != "done" && request.as != "failed") {
    throw BadValue("--as is done or failed, not \"" + safe_text(request.as) + "\"");
  }
  if (!request.as.empty() && request.reason.empty()) {
    throw BadValue("--as needs --reason: the audit keeps what you saw");
  }
  return request;
}

std::vector<CommandSpec> hold_commands() {
  using enum ExitCode;
  return {
      group("pin", "holds: what retention must not touch"),
      {.path = "pin add",
       .summary = "hold one snapshot, or all of a VM",
       .details = "",
       .examples = {"deltakeep pin add web-01 before-update --reason \"audit\" --until 30d"},
       .options = {kReason, kUntil, kVcenter},
       .arguments = {kVm, {.name = "SNAPSHOT", .text = kSnapshot.text, .required = false}},
       .exits = {Failed, Locked},
       .build = [](const Given& given) -> Command {
         return PinRequest{.act = PinRequest::Act::Add,
                           .vm = vm(given),
                           .vcenter = one(given, "--vcenter"),
                           .snapshot = one(given, "SNAPSHOT"),
                           .reason = needed(given, "--reason", "who meets the hold wants to know"),
                           .until = one(given, "--until")};
       }},
      {.path = "pin remove",
       .summary = "end a hold",
       .details = "",
       .examples = {"deltakeep pin remove 3"},
       .options = {},
       .arguments = {{.name = "ID", .text = "number that pin list shows"}},
       .exits = {Failed, Locked},
       .build = build_unpin},
      {.path = "pin list",
       .summary = "holds, with reason and end",
       .details = "",
       .examples = {"deltakeep pin list --json"},
       .options = {},
       .arguments = {},
       .exits = {Failed},
       .build = [](const Given&) -> Command { return PinRequest{}; }},
      {.path = "pause",
       .summary = "send nothing new, at once and over restarts",
       .details = "Of everything, a vCenter, a policy or a VM. What runs on a server goes on.",
       .examples = {"deltakeep pause --vcenter prod --until 4h --reason \"storage move\""},
       .options = {kReason,
                   kUntil,
                   kVcenter,
                   {.name = "--policy", .value = "NAME", .text = "only this policy"},
                   {.name = "--vm", .value = "VM", .text = "only this VM"}},
       .arguments = {},
       .exits = {Failed, Locked},
       .build = build_pause},
      {.path = "resume",
       .summary = "end a pause, or accept that a doubt about a vCenter is over",
       .details = "",
       .examples = {"deltakeep resume --vcenter prod",
                    "deltakeep resume --vcenter prod --accept rolled-back --reason \"restored on "
                    "Monday\""},
       .options = {kReason,
                   kVcenter,
                   {.name = "--policy", .value = "NAME", .text = "only this policy"},
                   {.name = "--vm", .value = "VM", .text = "only this VM"},
                   {.name = "--accept",
                    .value = "DOUBT",
                    .text = "rolled-back, restored or clock-step: removals may go on"}},
       .arguments = {},
       .exits = {Failed, Locked},
       .build = build_resume},
      {.path = "adopt",
       .summary = "take over snapshots of a lost key, policy or moved VM",
       .details =
           "Writes our mark into each; from then on a policy judges them. Pinned for 7 days.",
       .examples = {"deltakeep adopt web-01 snapshot-42 --policy daily"},
       .options = {{.name = "--policy", .value = "NAME", .text = "whose they are to be"},
                   kYes,
                   kVcenter,
                   kDryRun,
                   kForce},
       .arguments = {kVm, {.name = "SNAPSHOT", .text = kSnapshot.text, .required = false}},
       .exits = acting_exits(),
       .build = [](const Given& given) -> Command {
         return AdoptRequest{.vm = vm(given),
                             .vcenter = one(given, "--vcenter"),
                             .snapshot = one(given, "SNAPSHOT"),
                             .policy = one(given, "--policy"),
                             .yes = has(given, "--yes"),
                             .dry_run = has(given, "--dry-run"),
                             .force = all(given, "--force")};
       }},
  };
}

std::vector<CommandSpec> record_commands() {
  using enum ExitCode;
  return {
      {.path = "ops",
       .summary = "the journal: what was changed, what is open",
       .details = "",
       .examples = {"deltakeep ops --open", "deltakeep ops 01JD7Q"},
       .options = {{.name = "--open", .text = "only what is not over"},
                   {.name = "--vm", .value = "VM", .text = "only of this VM"},
                   kVcenter,
                   {.name = "--limit", .value = "N", .text = "only the newest N (50)"}},
       .arguments = {{.name = "OP", .text = "one, with its events", .required = false}},
       .exits = {Failed},
       .build = [](const Given& given) -> Command {
         return OpsRequest{.id = one(given, "OP"),
                           .vm = one(given, "--vm"),
                           .vcenter = one(given, "--vcenter"),
                           .open = has(given, "--open"),
                           .limit = count(given, "--limit")};
       }},
      {.path = "runs",
       .summary = "runs and their reports",
       .details = "",
       .examples = {"deltakeep runs", "deltakeep runs 01JD7Q --json"},
       .options = {{.name = "--limit", .value = "N", .text = "only the newest N (20)"}},
       .arguments = {{.name = "RUN", .text = "one, with its report", .required = false}},
       .exits = {Failed},
       .build = [](const Given& given) -> Command {
         return RunsRequest{.id = one(given, "RUN"), .limit = count(given, "--limit")};
       }},
      {.path = "resolve",
       .summary = "settle an operation that was left in doubt",
       .details = "Looks once more and tells what it sees. --as ends it by your word.",
       .examples = {"deltakeep resolve 01JD7Q",
                    "deltakeep resolve 01JD7Q --as failed --reason \"looked, there is none\""},
       .options = {{.name = "--as", .value = "HOW", .text = "done or failed"}, kReason},
       .arguments = {{.name = "OP", .text = "id of the operation, or its beginning"}},
       .exits = acting_exits(),
       .build = build_resolve},
      group("audit", "who did what: a record that shows when it was tampered with"),
      {.path = "audit verify",
       .summary = "whether the record is unbroken",
       .details = "",
       .examples = {"deltakeep audit verify"},
       .options = {},
       .arguments = {},
       .exits = {Failed},
       .build = [](const Given&) -> Command { return AuditRequest{}; }},
      {.path = "audit export",
       .summary = "the record, a JSON line for each entry",
       .details = "",
       .examples = {"deltakeep audit export --output audit.jsonl"},
       .options = {{.name = "--output",
                    .value = "FILE",
                    .text = "where to (default: stdout)",
                    .complete = Complete::File}},
       .arguments = {},
       .exits = {Failed},
       .build = [](const Given& given) -> Command {
         return AuditRequest{.verify = false, .output = one(given, "--output")};
       }},
  };
}

DbRequest on_copy(const Given& given, DbRequest::Act act) {
  DbRequest request{.act = act, .file = one(given, "FILE")};
  if (request.file.empty()) throw BadValue("FILE names the copy");
  return request;
}

std::vector<CommandSpec> state_commands() {
  using enum ExitCode;
  return {
      group("db", "the state file: whether it is whole, copies of it"),
      {.path = "db check",
       .summary = "whether the state file and the audit in it are whole",
       .details = "Reads all of it, beside whatever runs. Ends with 1 when it is damaged.",
       .examples = {"deltakeep db check --json"},
       .options = {},
       .arguments = {},
       .exits = {Failed},
       .build = [](const Given&) -> Command { return DbRequest{}; }},
      {.path = "db backup",
       .summary = "copy the state and its marker key to a new file, beside whatever runs",
       .details = "FILE and FILE.key, readable by their owner only; neither may exist. The copy is "
                  "read once and checked.",
       .examples = {"deltakeep db backup /backup/deltakeep-2026-11-22.db"},
       .options = {},
       .arguments = {{.name = "FILE", .text = "where to"}},
       .exits = {Failed},
       .build = [](const Given& given) -> Command {
         return on_copy(given, DbRequest::Act::Backup);
       }},
      {.path = "db restore",
       .summary = "put a copy in the place of the state; what stood there is kept beside it",
       .details = "Not while anything else has the state open. What was done since the copy was "
                  "made it does not\nknow, so nothing is removed until you have adopted that, or "
                  "accepted it for each vCenter. Holds\nand pauses are those of the copy.",
       .examples = {"deltakeep db restore /backup/deltakeep-2026-11-22.db"},
       .options = {},
       .arguments = {{.name = "FILE", .text = "the copy"}},
       .exits = {Failed, Locked},
       .build = [](const Given& given) -> Command {
         return on_copy(given, DbRequest::Act::Restore);
       }},
  };
}

}  // namespace

std::vector<CommandSpec> keeping_commands() {
  std::vector<CommandSpec> commands = hold_commands();
  for (auto part : {record_commands(), state_commands()}) {
    for (CommandSpec& command : part) commands.push_back(std::move(command));
  }
  return commands;
}

}  // namespace agent
