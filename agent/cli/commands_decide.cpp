// Commands that decide and send nothing.
#include "agent/cli/command_parts.h"

namespace agent {
namespace {

int days(const Given& given, int otherwise) {
  if (!has(given, "--days")) return otherwise;
  const int days = count(given, "--days");
  if (days > 400) throw BadValue("--days takes 400 at most: who knows what will be then");
  return days;
}

Command build_forecast(const Given& given) {
  return ForecastRequest{.vm = vm(given),
                         .days = days(given, 30),
                         .policy = one(given, "--policy"),
                         .inventory = one(given, "--inventory")};
}

Command build_simulate(const Given& given) {
  return SimulateRequest{.days = days(given, 90),
                         .vm = one(given, "--vm"),
                         .policy = one(given, "--policy"),
                         .against = one(given, "--against"),
                         .inventory = one(given, "--inventory"),
                         .svg = one(given, "--svg")};
}

const OptionSpec kInventory{.name = "--inventory",
                            .value = "FILE",
                            .text = "what scan --output saved, in place of the last scan",
                            .complete = Complete::File};

}  // namespace

std::vector<CommandSpec> deciding_commands() {
  using enum ExitCode;
  return {
      {.path = "plan",
       .summary = "what a run would do to each VM, and why; sends nothing",
       .details = "From the last scan, or offline from a saved inventory. Ends with 4 when guards "
                  "refuse all\nthat is to be done, with 3 when the scan was not complete.",
       .examples = {"deltakeep plan", "deltakeep plan --policy daily --explain web-01",
                    "deltakeep plan --inventory inventory.json --at 2026-11-22T02:00:00Z --json"},
       .options = {{.name = "--policy",
                    .value = "NAME",
                    .text = "only this policy; may be repeated",
                    .many = true},
                   {.name = "--at", .value = "TIME", .text = "as if it were then (RFC 3339)"},
                   kInventory,
                   {.name = "--output",
                    .value = "FILE",
                    .text = "also store the plan as JSON",
                    .complete = Complete::File},
                   {.name = "--explain", .value = "VM", .text = "the whole story of one VM"}},
       .arguments = {},
       .exits = {Failed, Partial, Refused},
       .build = [](const Given& given) -> Command {
         return PlanRequest{.policies = all(given, "--policy"),
                            .at = one(given, "--at"),
                            .inventory = one(given, "--inventory"),
                            .output = one(given, "--output"),
                            .explain = one(given, "--explain")};
       }},
      {.path = "forecast",
       .summary = "when thresholds are crossed, and what makes them cross",
       .details = "Depth is played forward from schedules that are armed, sizes from growth in the "
                  "history.\nWith a VM: each of its thresholds, with the ends of the estimate.",
       .examples = {"deltakeep forecast", "deltakeep forecast web-01 --days 90",
                    "deltakeep forecast --policy daily --json"},
       .options = {{.name = "--days", .value = "N", .text = "how far ahead (30; 400 at most)"},
                   {.name = "--policy",
                    .value = "NAME",
                    .text = "only VMs of this policy, as if it were armed"},
                   kInventory},
       .arguments = {{.name = "VM", .text = kVm.text, .required = false}},
       .exits = {Failed},
       .build = build_forecast},
      {.path = "simulate",
       .summary = "play policies forward day by day, armed or not; sends nothing",
       .details = "What VMs write is taken from their history and from the deltas that they have.",
       .examples = {"deltakeep simulate --days 90",
                    "deltakeep simulate --policy daily --against lean --svg compare.svg",
                    "deltakeep simulate --inventory inventory.json --against ./new.toml --json"},
       .options =
           {{.name = "--days", .value = "N", .text = "how far ahead (90; 400 at most)"},
            {.name = "--policy", .value = "NAME", .text = "only VMs of this policy"},
            {.name = "--against",
             .value = "NAME",
             .text = "also under this policy, or this configuration file, to compare",
             .complete = Complete::File},
            {.name = "--vm", .value = "VM", .text = "only this VM"},
            {.name = "--svg", .value = "FILE", .text = "also draw it", .complete = Complete::File},
            kInventory},
       .arguments = {},
       .exits = {Failed},
       .build = build_simulate},
  };
}

}  // namespace agent
