#include "agent/cli/print/print_run.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "agent/cli/human.h"
#include "agent/cli/print/indented.h"
#include "agent/codec/run_json.h"

namespace agent {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kRowsShown = 200;

std::string text(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::uint64_t number(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return 0;
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, found->get<std::int64_t>()));
}

const ordered_json& list(const ordered_json& object, const char* key) {
  static const ordered_json nothing = ordered_json::array();
  const auto found = object.find(key);
  return found != object.end() && found->is_array() ? *found : nothing;
}

bool flag(const ordered_json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

Colour colour_of(const std::string& result) {
  static const std::map<std::string, Colour> colours{
      {"done", Colour::Good},       {"ok", Colour::Good},
      {"failed", Colour::Critical}, {"refused", Colour::Warning},
      {"open", Colour::Warning},    {"partial", Colour::Warning},
      {"waits", Colour::Faint},     {"interrupted", Colour::Warning}};
  const auto found = colours.find(result);
  return found == colours.end() ? Colour::None : found->second;
}

/// A row of a policy's table, and what is told below it.
struct Row {
  std::string vm, step, result, snapshot;
  std::uint64_t bytes = 0, seconds = 0;
  std::vector<std::string> why;
};

/// What a policy did, as far as somebody wants to read it.
struct Told {
  std::vector<Row> rows;
  std::map<std::string, std::uint64_t> held;     ///< VMs by the reason
  std::map<std::string, std::uint64_t> skipped;  ///< VMs by the rule, for good
};

std::string why_of(const ordered_json& refusal) {
  return text(refusal, "rule") + ": " + text(refusal, "text");
}

Row row_of(const ordered_json& vm, const ordered_json& step, bool dry) {
  Row row{.vm = text(vm, "name"),
          .step = text(step, "step"),
          .result = text(step, "end"),
          .snapshot = text(step, "snapshot_name"),
          .bytes = number(step, "bytes"),
          .seconds = number(step, "seconds")};
  if (dry && row.result == "not-tried") row.result = "planned";
  if (row.snapshot.empty()) row.snapshot = text(step, "snapshot");
  if (row.snapshot.empty()) row.snapshot = text(step, "copy_name");
  for (const ordered_json& one : list(step, "refusals")) row.why.push_back(why_of(one));
  if (row.why.empty() && row.result != "done") row.why.push_back(text(step, "text"));
  const bool merges = row.step != "mark" && row.result == "done";
  if (merges && text(step, "layers") == "unverified") row.why.emplace_back("layers unverified");
  std::erase(row.why, "");
  return row;
}

/// What the guards said of the VM as a whole: a row where it counts, else part of a line.
void add_refusals(const ordered_json& vm, Told& told) {
  Row row{.vm = text(vm, "name"), .step = "-", .result = "refused", .snapshot = {}};
  std::set<std::string> seen;
  bool waits = true;
  for (const ordered_json& one : list(vm, "refusals")) {
    const std::string verdict = text(one, "verdict");
    const std::string rule = text(one, "rule");
    // The create's and the removals' guards are the same ones in part.
    if (!seen.insert(rule).second) continue;
    if (verdict == "skipped") ++told.skipped[rule];
    if (verdict != "refused" && verdict != "waits") continue;
    waits = waits && verdict == "waits";
    row.why.push_back(why_of(one));
  }
  if (row.why.empty()) return;
  if (waits) row.result = "waits";
  told.rows.push_back(std::move(row));
}

Told told_of(const std::vector<const ordered_json*>& vms, bool dry) {
  Told told;
  for (const ordered_json* vm : vms) {
    std::set<std::string> held;
    for (const ordered_json& step : list(*vm, "steps")) {
      if (text(step, "end") == "held") {
        held.insert(text(step, "text"));
      } else {
        told.rows.push_back(row_of(*vm, step, dry));
      }
    }
    for (const std::string& reason : held) ++told.held[reason];
    add_refusals(*vm, told);
  }
  return told;
}

void print_rows(const std::vector<Row>& rows, std::size_t shown, const Output& output) {
  Table table({{.title = "VM", .align = Align::Left, .shrinks = true},
               {.title = "STEP"},
               {.title = "RESULT"},
               {.title = "SNAPSHOT", .align = Align::Left, .shrinks = true},
               {.title = "BYTES", .align = Align::Right},
               {.title = "TIME", .align = Align::Right}});
  for (std::size_t i = 0; i < shown; ++i) {
    const Row& row = rows[i];
    table.add_row({row.vm,
                   row.step,
                   {row.result, colour_of(row.result)},
                   row.snapshot.empty() ? "-" : row.snapshot,
                   row.bytes > 0 ? human_bytes(row.bytes) : "-",
                   row.seconds > 0 ? human_age(std::chrono::seconds(
                                         static_cast<std::chrono::seconds::rep>(row.seconds)))
                                   : "-"});
  }
  // A line of the table, then what belongs below it.
  const std::string lines = table.text(output.screen);
  std::size_t start = 0;
  for (std::size_t line = 0; start < lines.size(); ++line) {
    const std::size_t end = lines.find('\n', start) + 1;
    output.out << lines.substr(start, end - start);
    start = end;
    if (line == 0) continue;
    for (const std::string& why : rows[line - 1].why) {
      output.out << indented(why, 4, output.screen);
    }
  }
}

/// Gives how many rows there are room for after it.
std::size_t print_policy(const std::string& name, const Told& told, std::size_t room,
                         const Output& output) {
  output.out << "\n"
             << paint(Colour::Strong, "policy " + safe_text(name, output.screen.charset),
                      output.screen)
             << "\n";
  const std::size_t shown = std::min(room, told.rows.size());
  if (shown > 0) print_rows(told.rows, shown, output);
  if (shown < told.rows.size()) {
    output.out << "and " << counted(told.rows.size() - shown, "more step") << "; --json has all\n";
  }
  for (const auto& [reason, count] : told.held) {
    output.out << indented(counted(count, "VM") + " held: " + reason, 0, output.screen);
  }
  for (const auto& [rule, count] : told.skipped) {
    output.out << indented(counted(count, "VM") + " left out for good: " + rule, 0, output.screen);
  }
  return room - shown;
}

void print_policies(const ordered_json& report, const Output& output) {
  std::vector<std::string> order;
  std::map<std::string, std::vector<const ordered_json*>> by_policy;
  for (const ordered_json& vm : list(report, "vms")) {
    const std::string policy = text(vm, "policy");
    if (!by_policy.contains(policy)) order.push_back(policy);
    by_policy[policy].push_back(&vm);
  }
  std::size_t room = kRowsShown;
  for (const std::string& policy : order) {
    room = print_policy(policy, told_of(by_policy[policy], flag(report, "dry_run")), room, output);
  }
}

void print_heading(const ordered_json& report, const Output& output) {
  const std::string outcome = text(report, "outcome");
  const auto started = policy::parse_utc(text(report, "started"));
  const auto ended = policy::parse_utc(text(report, "ended"));
  std::string words = text(report, "kind");
  if (flag(report, "dry_run")) words = "dry " + words;
  if (!text(report, "run").empty()) words += " " + text(report, "run");
  if (started) {
    words += " of " + policy::format_utc(std::chrono::floor<std::chrono::seconds>(*started));
  }
  output.out << paint(Colour::Strong, safe_text(words, output.screen.charset), output.screen);
  if (started && ended) {
    output.out << ", " << human_age(std::chrono::floor<std::chrono::seconds>(*ended - *started));
  }
  output.out << ": " << paint(colour_of(outcome), safe_text(outcome), output.screen) << "\n";
  const std::string ticket = text(report, "ticket");
  if (!ticket.empty()) output.out << indented("approved by ticket " + ticket, 0, output.screen);
}

void print_before(const ordered_json& report, const Output& output) {
  for (const ordered_json& due : list(report, "due")) {
    output.out << indented(text(due, "policy") + ": " + text(due, "text"), 0, output.screen);
  }
  for (const ordered_json& endpoint : list(report, "endpoints")) {
    const std::string name = text(endpoint, "endpoint");
    const auto error = endpoint.find("error");
    if (error != endpoint.end() && error->is_object()) {
      output.out << indented(text(*error, "message"), 0, output.screen);  // says which
    } else if (!flag(endpoint, "complete")) {
      output.out << indented(name + ": the scan was not complete", 0, output.screen);
    }
  }
  for (const ordered_json& one : list(report, "recovered")) {
    const std::string what =
        text(one, "operation") + " on " + text(one, "name") + " (" + text(one, "id") + ")";
    output.out << indented("left by an earlier run: " + what + ": " + text(one, "state") +
                               (text(one, "text").empty() ? "" : ", " + text(one, "text")),
                           0, output.screen);
  }
}

}  // namespace

void print_report(const ordered_json& report, const Output& output) {
  print_heading(report, output);
  print_before(report, output);
  print_policies(report, output);
  for (const ordered_json& note : list(report, "notes")) {
    if (note.is_string()) {
      output.out << indented("note: " + note.get<std::string>(), 0, output.screen);
    }
  }
  const auto error = report.find("error");
  if (error != report.end() && error->is_object()) {
    output.out << indented("ended early: " + text(*error, "message"), 0, output.screen);
  }
  output.out << "\n" << indented("in all: " + text(report, "summary"), 0, output.screen);
}

void print(const RunResponse& response, const Output& output) {
  if (output.json) {
    output.out << run_text(response) << "\n";
  } else {
    print_report(run_json(response), output);
  }
}

}  // namespace agent
