#include "agent/cli/print/print_ops.h"

#include <nlohmann/json.hpp>

#include "agent/act/execute/run_report.h"
#include "agent/cli/human.h"
#include "agent/cli/print/indented.h"
#include "agent/cli/print/print_run.h"
#include "agent/codec/operation_json.h"

namespace agent {
namespace {

constexpr std::size_t kShortId = 14;  // ten letters of time, four of chance

Colour colour_of(policy::OpState state) {
  if (state == policy::OpState::Done) return Colour::Good;
  if (state == policy::OpState::Failed || state == policy::OpState::NeedsOperator) {
    return Colour::Critical;
  }
  return policy::is_over(state) ? Colour::None : Colour::Warning;
}

std::string seconds_text(policy::Time time) {
  return policy::format_utc(std::chrono::floor<std::chrono::seconds>(time));
}

std::string target_of(const policy::Operation& one) {
  if (one.clone) return one.clone->name;
  return one.name.empty() ? one.snapshot.moid : one.name;
}

void print_table(const OpsResponse& response, const Output& output) {
  if (response.operations.empty()) {
    output.out << "no operations\n";
    return;
  }
  Table table({{.title = "ID"},
               {.title = "AGE", .align = Align::Right},
               {.title = "WHAT"},
               {.title = "VM", .align = Align::Left, .shrinks = true},
               {.title = "SNAPSHOT", .align = Align::Left, .shrinks = true},
               {.title = "STATE"}});
  for (const policy::Operation& one : response.operations) {
    table.add_row({short_id(one.id),
                   age_text(one.started, output.now),
                   policy::op_kind_name(one.kind),
                   one.vm.name,
                   target_of(one),
                   {policy::op_state_name(one.state), colour_of(one.state)}});
  }
  output.out << table.text(output.screen);
  if (response.more) output.out << "and older ones; --limit N shows more\n";
}

void print_whole(const OpsResponse& response, const Output& output) {
  const policy::Operation& one = response.operations.front();
  output.out << indented(policy::describe(one), 0, output.screen);
  std::vector<std::pair<std::string, Cell>> pairs{
      {"id", one.id},
      {"state", {policy::op_state_name(one.state), colour_of(one.state)}},
      {"on", one.vm.endpoint + ", " + one.vm.name + " (" + one.vm.moid + ")"},
      {"asked by", one.actor + (one.policy.empty() ? "" : ", policy " + one.policy)},
      {"started", seconds_text(one.started)}};
  if (one.ended) pairs.emplace_back("ended", seconds_text(*one.ended));
  if (!one.run.empty()) pairs.emplace_back("run", one.run);
  if (!one.job.empty()) pairs.emplace_back("serves", one.job);
  if (!one.snapshot.moid.empty()) pairs.emplace_back("snapshot", one.snapshot.moid);
  if (!one.task.empty()) pairs.emplace_back("task", one.task);
  if (one.state == policy::OpState::Done && one.kind != policy::OpKind::Rename) {
    pairs.emplace_back("layers", one.layers_verified ? "verified" : "unverified");
  }
  if (one.next_look) pairs.emplace_back("looked at again", seconds_text(*one.next_look));
  if (!one.why.empty()) pairs.emplace_back("why", one.why);
  if (!one.fault.empty()) pairs.emplace_back("fault", one.fault);
  for (const std::string& guard : one.forced) pairs.emplace_back("overridden", guard);
  output.out << aligned_pairs(pairs, output.screen);
  if (response.events.empty()) return;
  output.out << "\n";
  for (const storage::Journal::Event& event : response.events) {
    std::string text = seconds_text(event.time) + "  " + policy::op_state_name(event.state);
    if (event.attempt > 1) text += ", attempt " + std::to_string(event.attempt);
    output.out << indented(text + (event.why.empty() ? "" : ": " + event.why), 0, output.screen);
  }
}

Colour colour_of(storage::RunOutcome outcome) {
  switch (outcome) {
    case storage::RunOutcome::Ok:
      return Colour::Good;
    case storage::RunOutcome::Failed:
      return Colour::Critical;
    case storage::RunOutcome::Running:
      return Colour::None;
    case storage::RunOutcome::Partial:
    case storage::RunOutcome::Refused:
    case storage::RunOutcome::Interrupted:
      break;
  }
  return Colour::Warning;
}

void print_run_table(const RunsResponse& response, const Output& output) {
  if (response.runs.empty()) {
    output.out << "no runs\n";
    return;
  }
  Table table({{.title = "ID"},
               {.title = "STARTED"},
               {.title = "TOOK", .align = Align::Right},
               {.title = "KIND"},
               {.title = "OUTCOME"},
               {.title = "POLICIES", .align = Align::Left, .shrinks = true}});
  for (const storage::Run& run : response.runs) {
    std::string policies;
    for (const std::string& name : run.policies) policies += (policies.empty() ? "" : ", ") + name;
    const std::string took =
        run.ended ? human_age(std::chrono::floor<std::chrono::seconds>(*run.ended - run.started))
                  : "-";
    table.add_row({short_id(run.id),
                   seconds_text(run.started),
                   took,
                   run.kind,
                   {run_outcome_name(run.outcome), colour_of(run.outcome)},
                   policies});
  }
  output.out << table.text(output.screen);
  if (response.more) output.out << "and older ones; --limit N shows more\n";
}

}  // namespace

std::string audit_text(const storage::AuditLine& line) {
  return audit_json(line).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void AuditWriter::begin() {
  if (!begun_ && output_.json) output_.out << R"({"format":1,"audit":[)";
  begun_ = true;
}

void AuditWriter::add(const storage::AuditLine& line) {
  begin();
  if (!first_ && output_.json) output_.out << ',';
  first_ = false;
  output_.out << audit_text(line) << (output_.json ? "" : "\n");
}

void AuditWriter::finish() {
  begin();
  if (output_.json) output_.out << "]}\n";
}

void AuditWriter::fail(const std::string& kind, const std::string& message, ExitCode code) {
  if (!output_.json) return;
  output_.out << R"(],"error":)"
              << error_json(kind, message, code)
                     .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)
              << "}\n";
}

std::string short_id(const std::string& id) { return id.substr(0, kShortId); }

void print(const OpsResponse& response, const Output& output) {
  if (output.json) {
    write_json(output.out, ops_json(response));
  } else if (response.whole) {
    print_whole(response, output);
  } else {
    print_table(response, output);
  }
}

void print(const RunsResponse& response, const Output& output) {
  if (output.json) {
    write_json(output.out, runs_json(response));
    return;
  }
  if (!response.whole) {
    print_run_table(response, output);
    return;
  }
  const storage::Run& run = response.runs.front();
  const auto report = nlohmann::ordered_json::parse(run.report, nullptr, false);
  if (report.is_object()) {
    print_report(report, output);
    return;
  }
  output.out << run.kind << " " << run.id << " of " << seconds_text(run.started) << ", by "
             << safe_text(run.actor, output.screen.charset) << ": " << run_outcome_name(run.outcome)
             << "; it has no report"
             << (run.ended ? " (any more)\n" : "; `deltakeep ops` has what it did\n");
}

void print(const storage::AuditCheck& check, const Output& output) {
  if (output.json) {
    nlohmann::ordered_json told{{"format", 1},
                                {"unbroken", !check.broken_at},
                                {"lines", check.lines},
                                {"head", check.head}};
    told["broken_at"] = check.broken_at ? nlohmann::ordered_json(*check.broken_at)
                                        : nlohmann::ordered_json(nullptr);
    told["text"] = check.why;
    write_json(output.out, told);
    return;
  }
  if (check.broken_at) {
    output.out << paint(Colour::Critical, "broken", output.screen) << " at line "
               << *check.broken_at << " of " << counted(check.lines, "line") << "\n"
               << indented(check.why, 2, output.screen);
    return;
  }
  output.out << paint(Colour::Good, "unbroken", output.screen) << ": "
             << counted(check.lines, "line") << "\n";
  output.out << "  head: " << check.head
             << "\n  Kept elsewhere, it shows whether anybody changed what stands before it.\n";
}

}  // namespace agent
