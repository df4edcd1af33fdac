// [[policy]]: when, how and on what; what stays is in read_retention.cpp.
#include "agent/cli/safe_text.h"
#include "agent/config/quantity.h"
#include "agent/config/schedule_text.h"
#include "agent/config/sections.h"

namespace agent {
namespace {

using Check = std::optional<std::string> (*)(std::string_view);

void check_text(Fields& fields, const char* key, const std::string& text, Check check) {
  if (text.empty()) return;
  if (const auto problem = check(text)) {
    fields.problem(key, fields.name(key) + " is \"" + safe_text(text, Charset::Utf8, 80) +
                            "\": " + *problem);
  }
}

void read_schedule(Fields& fields, PolicyConfig& out) {
  fields.text("schedule", out.schedule);
  check_text(fields, "schedule", out.schedule, cron_problem);
  fields.text("timezone", out.timezone);
  check_text(fields, "timezone", out.timezone, zone_problem);
  fields.parsed("jitter", out.jitter, parse_duration, "a duration such as \"10m\" (m: minutes)");
  fields.texts("blackout", out.blackout);
  for (const std::string& text : out.blackout) check_text(fields, "blackout", text, window_problem);
  fields.texts("window", out.window);
  for (const std::string& text : out.window) check_text(fields, "window", text, window_problem);
  fields.text("misfire", out.misfire);
  check_text(fields, "misfire", out.misfire, misfire_problem);
}

void read_method(Fields& fields, const std::string& policy, PolicyConfig& out) {
  fields.choice("method", out.method, {"snapshot", "clone", "retain"});
  fields.choice("quiesce", out.quiesce, {"try", "require", "never"});
  fields.boolean("memory", out.memory);
  if (!out.memory) return;
  if (out.quiesce == "require") {
    fields.problem("memory", policy + " has memory = true and quiesce = \"require\"; vSphere never "
                                      "quiesces a snapshot with memory, so give one of them");
  }
  if (out.method != "snapshot") {
    fields.problem("memory", policy + " has memory = true, which only method \"snapshot\" can do");
  }
}

void read_clone(Fields& fields, const std::string& policy, PolicyConfig& out, Reading& reading) {
  const Node* table = fields.table("clone");
  if (!table) {
    if (out.method == "clone" && !fields.has("clone")) {
      fields.problem("method", policy + " has method \"clone\" but does not say where to; add "
                                        "clone = { datastore = \"...\", folder = \"...\" }");
    }
    return;
  }
  if (out.method != "clone") {
    fields.problem("clone", policy + " has clone = { ... } but its method is \"" + out.method +
                                "\"");
  }
  CloneConfig clone;
  Fields keys(*table, "clone of " + policy, reading.problems);
  keys.text("datastore", clone.datastore);
  keys.text("folder", clone.folder);
  keys.text("host", clone.host);
  keys.text("pool", clone.pool);
  keys.boolean("delete", clone.delete_old);
  keys.boolean("partial", clone.partial);
  keys.boolean("allow_vtpm", clone.allow_vtpm);
  keys.finish();
  if (!keys.has("folder") && !keys.has("datastore")) {
    fields.problem("clone", keys.where() + " does not say where to: datastore, folder or both");
  } else if (clone.delete_old && !keys.has("folder")) {
    keys.problem("delete", keys.name("delete") +
                               " needs a folder: old clones are deleted in there only");
  }
  out.clone = std::move(clone);
}

}  // namespace

void read_policy(const Node& table, Reading& reading) {
  PolicyConfig out;
  Fields fields(table, "[[policy]]", reading.problems);
  read_name(fields, "[[policy]]", out.name);
  const std::string policy =
      out.name.empty() ? "[[policy]]" : "policy \"" + safe_text(out.name, Charset::Utf8, 64) + "\"";
  fields.text("renamed_from", out.renamed_from);
  if (!out.name.empty() && out.renamed_from == out.name) {
    fields.problem("renamed_from", policy + " is renamed from itself");
  }
  fields.boolean("apply", out.apply);
  if (const Node* select = fields.table("select")) {
    read_selection(*select, policy, out, reading);
  } else if (!fields.has("select")) {
    fields.problem("select",
                   policy + " selects no VMs; for all of them: select = { name = \"*\" }");
  }
  read_schedule(fields, out);
  read_method(fields, policy, out);
  read_clone(fields, policy, out, reading);
  read_retention(fields, policy, out, reading);
  read_thresholds(fields, policy, out, reading);
  fields.finish();
  if (!fields.has("schedule")) {
    fields.warning("name", policy + " has no schedule: it runs only when it is named in a command");
  }
  if (!out.name.empty() && !reading.policy_places.emplace(out.name, fields.place("name")).second) {
    fields.problem("name", policy + " stands further up already");
  }
  if (out.timezone.empty()) out.timezone = reading.config.timezone;
  reading.config.policies.push_back(std::move(out));
}

}  // namespace agent
