#include "agent/cli/print/print_db.h"

#include <nlohmann/json.hpp>

#include "agent/cli/human.h"
#include "agent/cli/print/indented.h"
#include "agent/codec/json_values.h"

namespace agent {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kDamageShown = 10;

const char* act_name(DbRequest::Act act) {
  switch (act) {
    case DbRequest::Act::Check:
      return "check";
    case DbRequest::Act::Backup:
      return "backup";
    case DbRequest::Act::Restore:
      return "restore";
  }
  return "unknown";
}

const char* key_name(DbResponse::Key key) {
  switch (key) {
    case DbResponse::Key::Same:
      return "there";
    case DbResponse::Key::Replaced:
      return "replaced";
    case DbResponse::Key::Kept:
      return "kept";
    case DbResponse::Key::None:
      return "none";
  }
  return "unknown";
}

ordered_json check_json(const storage::StateCheck& check) {
  ordered_json told{{"whole", check.whole()}, {"damage", check.damage}};
  const ordered_json broken =
      check.audit.broken_at ? ordered_json(*check.audit.broken_at) : ordered_json(nullptr);
  told["audit"] = {{"lines", check.audit.lines},
                   {"head", check.audit.head},
                   {"broken_at", broken},
                   {"why", text_or_null(check.audit.why)}};
  told["schema"] = check.schema;
  told["agent"] = text_or_null(check.identity.agent);
  told["epoch"] = check.identity.epoch;
  told["bytes"] = check.bytes;
  told["vms"] = check.vms;
  told["scans"] = check.scans;
  told["operations"] = check.operations;
  told["open_operations"] = check.open_operations;
  told["owned_snapshots"] = check.owned;
  told["copies"] = check.copies;
  told["runs"] = check.runs;
  told["pins"] = check.pins;
  told["pauses"] = check.pauses;
  return told;
}

ordered_json response_json(const DbResponse& response) {
  ordered_json told{{"format", 1}, {"db", act_name(response.act)}, {"state", response.state}};
  told["file"] = text_or_null(response.file);
  told["key"] = key_name(response.key);
  told["check"] = check_json(response.check);
  if (response.act == DbRequest::Act::Restore) {
    told["replaced"] = text_or_null(response.restored.replaced);
    told["in_doubt"] = response.restored.endpoints;
  }
  told["exit"] = static_cast<int>(response.code);
  return told;
}

void line(const std::string& text, const Output& output) {
  output.out << indented(text, 0, output.screen);
}

void print_check(const std::string& file, const storage::StateCheck& check, const Output& output) {
  const bool whole = check.whole();
  output.out << paint(whole ? Colour::Good : Colour::Critical, whole ? "whole" : "damaged",
                      output.screen)
             << ": " << safe_text(file, output.screen.charset) << ", " << human_bytes(check.bytes)
             << "\n";
  for (std::size_t i = 0; i < check.damage.size() && i < kDamageShown; ++i) {
    line("  " + check.damage[i], output);
  }
  if (check.audit.broken_at) line("  audit: " + check.audit.why, output);
  if (!whole) {
    line(
        "Put the last good copy in its place: `deltakeep db restore FILE`. Until then nothing in "
        "it can be relied on.",
        output);
    return;
  }
  line(counted(check.vms, "VM") + ", " + counted(check.scans, "scan") + ", " +
           counted(check.operations, "operation") + " (" + human_count(check.open_operations) +
           " open), " + counted(check.runs, "run"),
       output);
  line(counted(check.owned, "snapshot") + " of ours, " + human_count(check.copies) + " copies, " +
           counted(check.pins, "hold") + ", " + counted(check.pauses, "pause"),
       output);
  line(
      "audit unbroken: " + counted(check.audit.lines, "line") + ", the last is " + check.audit.head,
      output);
}

void print_key(const DbResponse& response, const Output& output) {
  switch (response.key) {
    case DbResponse::Key::Same:
      return;
    case DbResponse::Key::Replaced:
      return line(
          "The marker key was the copy's once more; the one that stood there is kept "
          "beside it.",
          output);
    case DbResponse::Key::Kept:
      return line("Beside the copy is no marker key: the present one stays.", output);
    case DbResponse::Key::None:
      return line(
          "There is no marker key: either nothing was ever changed, or it is lost and "
          "every snapshot counts as foreign.",
          output);
  }
}

}  // namespace

void print(const DbResponse& response, const Output& output) {
  if (output.json) {
    write_json(output.out, response_json(response));
    return;
  }
  if (output.quiet) return;
  if (response.act == DbRequest::Act::Check) {
    print_check(response.state, response.check, output);
    print_key(response, output);
    return;
  }
  if (response.act == DbRequest::Act::Backup) {
    print_check(response.file, response.check, output);
    if (response.key == DbResponse::Key::Same) {
      line("The marker key is beside it, in a file of its own: keep both, and from others.",
           output);
    }
    print_key(response, output);
    return;
  }
  line("restored: " + response.state + " is what " + response.file + " was, under epoch " +
           std::to_string(response.check.identity.epoch),
       output);
  if (!response.restored.replaced.empty()) {
    line("What stood there is kept as " + response.restored.replaced, output);
  }
  print_key(response, output);
  for (const std::string& name : response.restored.endpoints) {
    line(name + ": nothing is removed there until `deltakeep adopt VM` took over what was made " +
             "since (after a scan `deltakeep status` lists it), or, where nothing was, until " +
             "`deltakeep resume --vcenter " + name + " --accept restored`",
         output);
  }
}

}  // namespace agent
