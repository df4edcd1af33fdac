// [[policy]]: when, how and on what; what stays is in read_retention.cpp.
#include "agent/cli/safe_text.h"
#include "agent/config/quantity.h"
#include "agent/config/schedule_text.h"
#include "agent/config/sections.h"

namespace agent {
namespace {

using Check = std::optional<std::string> (*)(std::string_view);

void check_text(Fields& fields, const char* key, const PlacedText& text, Check check) {
  if (text.value.empty()) return;
  if (const auto problem = check(text.value)) {
    fields.problem(text.place, fields.name(key) + " is \"" +
                                   safe_text(text.value, Charset::Utf8, 80) + "\": " + *problem);
  }
}

void read_text(Fields& fields, const char* key, std::string& out, Check check) {
  fields.text(key, out);
  check_text(fields, key, {out, fields.place(key)}, check);
}

void read_windows(Fields& fields, const char* key, std::vector<std::string>& out) {
  for (PlacedText& text : fields.placed_texts(key)) {
    check_text(fields, key, text, window_problem);
    out.push_back(std::move(text.value));
  }
}

void read_schedule(Fields& fields, PolicyConfig& out, Reading& reading) {
  read_text(fields, "schedule", out.schedule, cron_problem);
  read_text(fields, "timezone", out.timezone, zone_problem);
  fields.parsed("jitter", out.jitter, parse_duration, "a duration such as \"10m\" (m: minutes)");
  read_windows(fields, "blackout", out.blackout);
  read_windows(fields, "window", out.window);
  read_text(fields, "misfire", out.misfire, misfire_problem);
  if (out.timezone.empty()) out.timezone = reading.config.timezone;
  if (const auto problem = schedule_problem(out)) {
    fields.problem("schedule", fields.name("schedule") + " never runs: " + *problem);
  }
}

void read_method(Fields& fields, const std::string& policy, PolicyConfig& out) {
  fields.choice("method", out.method, {"snapshot", "clone", "retain"});
  fields.choice("quiesce", out.quiesce, {"try", "require", "never"});
  fields.boolean("memory", out.memory);
  if (!out.memory) return;
  if (out.quiesce == "require") {
    fields.problem("memory", policy +
                                 " has memory = true and quiesce = \"require\"; vSphere never "
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
      fields.problem("method", policy +
                                   " has method \"clone\" but does not say where to; add "
                                   "clone = { datastore = \"...\", folder = \"...\" }");
    }
    return;
  }
  if (out.method != "clone") {
    fields.problem("clone",
                   policy + " has clone = { ... } but its method is \"" + out.method + "\"");
  }
  CloneConfig clone;
  Fields keys(*table, policy, reading.problems, "clone.");
  keys.text("datastore", clone.datastore);
  keys.text("folder", clone.folder);
  keys.text("host", clone.host);
  keys.text("pool", clone.pool);
  keys.boolean("delete", clone.delete_old);
  keys.boolean("partial", clone.partial);
  keys.boolean("allow_vtpm", clone.allow_vtpm);
  keys.finish();
  if (!keys.has("folder") && !keys.has("datastore")) {
    fields.problem("clone",
                   fields.name("clone") + " does not say where to: datastore, folder or both");
  } else if (clone.delete_old && !keys.has("folder")) {
    keys.problem("delete",
                 keys.name("delete") + " needs a folder: old clones are deleted in there only");
  }
  out.clone = std::move(clone);
}

/// A copy is a VM of its own: it has no place in a chain.
void check_caps_of_copies(Fields& policy_fields, const PolicyConfig& out, Reading& reading) {
  const Node* table = policy_fields.find("cap");
  if (out.method != "clone" || table == nullptr || table->kind != Node::Kind::Table) return;
  Fields fields(*table, policy_fields.where(), reading.problems, "cap.");
  for (const auto& [key, set] :
       {std::pair("depth", out.cap.depth.has_value()), {"probes", out.cap.probes.has_value()}}) {
    if (!set) continue;
    fields.problem(key, fields.name(key) +
                            " is of a chain, and copies have none; they can be capped by count, "
                            "size and min_free");
  }
}

}  // namespace

void read_policy(const Node& table, Reading& reading) {
  PolicyConfig out;
  Fields fields(table, "[[policy]]", reading.problems);
  read_name(fields, "policy", out.name);
  const std::string& policy = fields.where();
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
  read_schedule(fields, out, reading);
  read_method(fields, policy, out);
  read_clone(fields, policy, out, reading);
  read_retention(fields, out, reading);
  check_caps_of_copies(fields, out, reading);
  read_lints(fields, out, reading);
  read_thresholds(fields, out, reading);
  fields.finish();
  if (!fields.has("schedule")) {
    fields.warning("name", policy + " has no schedule: it runs only when it is named in a command");
  }
  if (!out.name.empty() && !reading.policy_places.emplace(out.name, fields.place("name")).second) {
    fields.problem("name", policy + " stands further up already");
  }
  reading.config.policies.push_back(std::move(out));
}

}  // namespace agent
