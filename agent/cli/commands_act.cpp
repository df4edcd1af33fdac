// Commands that change something on a server.
#include "agent/cli/command_parts.h"
#include "agent/cli/safe_text.h"

namespace agent {
namespace {

const OptionSpec kPolicies{
    .name = "--policy", .value = "NAME", .text = "only this policy; may be repeated", .many = true};

std::string quiesce(const Given& given) {
  const std::string value = one(given, "--quiesce", "try");
  if (value != "try" && value != "require" && value != "never") {
    throw BadValue("--quiesce is try, require or never, not \"" + safe_text(value) + "\"");
  }
  return value;
}

Command build_run(const Given& given) {
  RunRequest request{.policies = all(given, "--policy"),
                     .all = has(given, "--all"),
                     .plan = one(given, "--plan"),
                     .ticket = one(given, "--ticket"),
                     .dry_run = has(given, "--dry-run"),
                     .force = all(given, "--force")};
  const int ways =
      (request.policies.empty() ? 0 : 1) + (request.all ? 1 : 0) + (request.plan.empty() ? 0 : 1);
  if (ways > 1) throw BadValue("--policy, --all and --plan exclude each other");
  if (!request.plan.empty() && request.ticket.empty()) {
    throw BadValue("--plan needs --ticket: the audit says who approved it");
  }
  if (request.plan.empty() && !request.ticket.empty()) throw BadValue("--ticket goes with --plan");
  return request;
}

Command build_enforce(const Given& given) {
  return RunRequest{.policies = all(given, "--policy"),
                    .all = !has(given, "--policy"),
                    .retention_only = true,
                    .dry_run = has(given, "--dry-run"),
                    .force = all(given, "--force")};
}

SnapshotRequest on_snapshot(const Given& given, SnapshotRequest::Act act) {
  return {.act = act,
          .vm = vm(given),
          .vcenter = one(given, "--vcenter"),
          .snapshot = one(given, "SNAPSHOT"),
          .dry_run = has(given, "--dry-run"),
          .force = all(given, "--force")};
}

Command build_create(const Given& given) {
  SnapshotRequest request = on_snapshot(given, SnapshotRequest::Act::Create);
  request.name = one(given, "--name");
  request.description = one(given, "--description");
  request.memory = has(given, "--memory");
  request.quiesce = quiesce(given);
  return request;
}

Command build_rename(const Given& given) {
  SnapshotRequest request = on_snapshot(given, SnapshotRequest::Act::Rename);
  request.name = needed(given, "--name", "what it is to be called");
  return request;
}

Command build_revert(const Given& given) {
  SnapshotRequest request = on_snapshot(given, SnapshotRequest::Act::Revert);
  request.safety = has(given, "--safety-snapshot");
  request.suppress_power_on = has(given, "--keep-off");
  request.confirm = one(given, "--confirm");
  request.yes = has(given, "--yes");
  return request;
}

Command build_clone(const Given& given) {
  return CloneRequest{.vm = vm(given),
                      .vcenter = one(given, "--vcenter"),
                      .to = needed(given, "--to", "the name of the clone"),
                      .snapshot = one(given, "--snapshot"),
                      .datastore = one(given, "--datastore"),
                      .folder = one(given, "--folder"),
                      .host = one(given, "--host"),
                      .pool = one(given, "--pool"),
                      .linked = has(given, "--linked"),
                      .as_template = has(given, "--template"),
                      .partial = has(given, "--partial"),
                      .allow_vtpm = has(given, "--allow-vtpm"),
                      .dry_run = has(given, "--dry-run"),
                      .force = all(given, "--force")};
}

std::vector<CommandSpec> run_commands() {
  return {
      {.path = "run",
       .summary = "backup runs: create, clone, verify, retain; alone: what is due",
       .details = "Changes nothing until [[vcenter]] mode = \"act\" and [[policy]] apply = true; "
                  "until then it stores\nits plan. Ends with 4 when guards refused all that was to "
                  "be done. A dry run looks, too: its scan\nis stored, and nothing else.",
       .examples = {"deltakeep run", "deltakeep run --policy daily --dry-run",
                    "deltakeep run --plan approved.json --ticket CHG-1742"},
       .options = {kPolicies,
                   {.name = "--all", .text = "every policy, due or not"},
                   {.name = "--plan",
                    .value = "FILE",
                    .text = "a plan that was stored: only its steps, where nothing has changed",
                    .complete = Complete::File},
                   {.name = "--ticket", .value = "T", .text = "with --plan: who approved it"},
                   kDryRun,
                   kForce},
       .arguments = {},
       .exits = acting_exits(),
       .build = build_run},
      {.path = "enforce",
       .summary = "retention only: marks and removals, nothing is created",
       .details = "",
       .examples = {"deltakeep enforce --dry-run", "deltakeep enforce --policy daily"},
       .options = {kPolicies, kDryRun, kForce},
       .arguments = {},
       .exits = acting_exits(),
       .build = build_enforce},
  };
}

std::vector<CommandSpec> operation_commands() {
  return {
      group("snapshot", "one operation on one VM, journalled and verified like any other"),
      {.path = "snapshot create",
       .summary = "take a snapshot",
       .details = "",
       .examples = {"deltakeep snapshot create web-01 --name before-update"},
       .options = {{.name = "--name", .value = "TEXT", .text = "what it is called"},
                   {.name = "--description", .value = "TEXT", .text = "a line for people"},
                   {.name = "--memory", .text = "with the memory of a running VM"},
                   {.name = "--quiesce", .value = "HOW", .text = "try (default), require or never"},
                   kVcenter,
                   kDryRun,
                   kForce},
       .arguments = {kVm},
       .exits = acting_exits(),
       .build = build_create},
      {.path = "snapshot rename",
       .summary = "give one snapshot another name",
       .details = "",
       .examples = {"deltakeep snapshot rename web-01 snapshot-42 --name golden"},
       .options = {{.name = "--name", .value = "TEXT", .text = "what it is to be called"},
                   kVcenter,
                   kDryRun,
                   kForce},
       .arguments = {kVm, kSnapshot},
       .exits = acting_exits(),
       .build = build_rename},
      {.path = "snapshot revert",
       .summary = "take a VM back to a snapshot; what was written since is lost",
       .details = "Tells what is lost and which disks are not taken back, then asks for the VM's "
                  "name.",
       .examples = {"deltakeep snapshot revert web-01 before-update --safety-snapshot"},
       .options = {{.name = "--safety-snapshot", .text = "take a snapshot of now first"},
                   {.name = "--keep-off", .text = "do not power it on"},
                   {.name = "--confirm",
                    .value = "VM",
                    .text = "the VM's name, in place of asking"},
                   kYes,
                   kVcenter,
                   kDryRun,
                   kForce},
       .arguments = {kVm, kSnapshot},
       .exits = acting_exits(),
       .build = build_revert},
      {.path = "snapshot remove",
       .summary = "remove one snapshot, never its children",
       .details = "Waits until its files are merged. A snapshot that is not ours goes only when it "
                  "is named like\nthis, and its name must be unique.",
       .examples = {"deltakeep snapshot remove web-01 snapshot-42"},
       .options = {kVcenter, kDryRun, kForce},
       .arguments = {kVm, kSnapshot},
       .exits = acting_exits(),
       .build = [](const Given& given) -> Command {
         return on_snapshot(given, SnapshotRequest::Act::Remove);
       }},
      {.path = "snapshot consolidate",
       .summary = "merge the deltas that no snapshot stands for",
       .details = "",
       .examples = {"deltakeep snapshot consolidate web-01"},
       .options = {kVcenter, kDryRun, kForce},
       .arguments = {kVm},
       .exits = acting_exits(),
       .build = [](const Given& given) -> Command {
         return on_snapshot(given, SnapshotRequest::Act::Consolidate);
       }},
      {.path = "clone",
       .summary = "copy a VM: whole or linked, from now or from a snapshot",
       .details = "The clone stays off, its network cards are not connected. Without --datastore "
                  "and --folder it\nlies beside the source.",
       .examples = {"deltakeep clone web-01 --to web-01-copy --datastore backup-ds",
                    "deltakeep clone web-01 --to web-01-test --snapshot before-update --linked"},
       .options = {{.name = "--to", .value = "NAME", .text = "what it is called"},
                   {.name = "--snapshot", .value = "S", .text = "of this snapshot, not of now"},
                   {.name = "--linked", .text = "on the snapshot's files; needs --snapshot"},
                   {.name = "--datastore", .value = "D", .text = "where its files go"},
                   {.name = "--folder", .value = "F", .text = "inventory path of its folder"},
                   {.name = "--host", .value = "H", .text = "name of the host"},
                   {.name = "--pool", .value = "P", .text = "name of the resource pool"},
                   {.name = "--template", .text = "as a template"},
                   {.name = "--partial", .text = "without disks that can't be copied"},
                   {.name = "--allow-vtpm", .text = "also where secrets of a vTPM are copied"},
                   kVcenter,
                   kDryRun,
                   kForce},
       .arguments = {kVm},
       .exits = acting_exits(),
       .build = build_clone},
  };
}

}  // namespace

std::vector<CommandSpec> acting_commands() {
  std::vector<CommandSpec> commands = run_commands();
  for (auto part : {operation_commands(), keeping_commands()}) {
    for (CommandSpec& command : part) commands.push_back(std::move(command));
  }
  return commands;
}

}  // namespace agent
