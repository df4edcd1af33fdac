#include "agent/cli/print/print_holds.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/cli/human.h"
#include "agent/cli/print/indented.h"
#include "agent/cli/print/print_operation.h"
#include "agent/codec/json_values.h"
#include "agent/codec/run_json.h"

namespace agent {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kFindingsShown = 10;

std::string seconds_text(policy::Time time) {
  return policy::format_utc(std::chrono::floor<std::chrono::seconds>(time));
}

std::string name_of(const std::map<std::string, std::string>& endpoints, const std::string& uuid) {
  const auto found = endpoints.find(uuid);
  return found == endpoints.end() ? uuid : found->second;
}

ordered_json pin_json(const storage::Pin& pin, const PinResponse& response) {
  ordered_json told{{"id", pin.id},
                    {"endpoint", name_of(response.endpoints, pin.endpoint_uuid)},
                    {"vm", pin.vm_moid},
                    {"name", pin.vm_name}};
  const bool one = !pin.snapshot.moid.empty();
  told["snapshot"] = one ? ordered_json(pin.snapshot.moid) : ordered_json(nullptr);
  told["snapshot_name"] = one ? ordered_json(pin.snapshot_name) : ordered_json(nullptr);
  told["reason"] = pin.reason;
  told["actor"] = pin.actor;
  told["since"] = policy::format_utc(pin.since);
  told["until"] = time_or_null(pin.until);
  return told;
}

std::string what_is_pinned(const storage::Pin& pin) {
  if (pin.snapshot.moid.empty()) return "all of " + pin.vm_name;
  return pin.snapshot_name + " (" + pin.snapshot.moid + ") of " + pin.vm_name;
}

void print_pin_table(const PinResponse& response, const Output& output) {
  if (response.pins.empty()) {
    output.out << "no holds\n";
    return;
  }
  Table table({{.title = "ID", .align = Align::Right},
               {.title = "VM", .align = Align::Left, .shrinks = true},
               {.title = "SNAPSHOT", .align = Align::Left, .shrinks = true},
               {.title = "UNTIL"},
               {.title = "BY"},
               {.title = "REASON", .align = Align::Left, .shrinks = true}});
  for (const storage::Pin& pin : response.pins) {
    table.add_row({std::to_string(pin.id), pin.vm_name,
                   pin.snapshot.moid.empty() ? "all" : pin.snapshot_name,
                   pin.until ? seconds_text(*pin.until) : "-", pin.actor, pin.reason});
  }
  output.out << table.text(output.screen);
}

ordered_json pause_json(const storage::PauseRow& pause, policy::Time now) {
  return {{"kind", pause.kind},
          {"what", pause.shown},
          {"reason", pause.reason},
          {"actor", pause.actor},
          {"since", policy::format_utc(pause.since)},
          {"until", time_or_null(pause.until)},
          {"holds", !pause.until || *pause.until > now}};
}

std::string pause_words(const storage::PauseRow& pause, policy::Time now) {
  const bool over = pause.until && *pause.until <= now;
  std::string text = (over ? "no longer paused: " : "paused: ") + pause.scope();
  if (over) text += ", it ended " + age_text(pause.until, now) + " ago";
  if (!over && pause.until) text += " until " + seconds_text(*pause.until);
  if (!over && !pause.until) text += " until it is resumed";
  return text + ": " + pause.reason + " (" + pause.actor + ")";
}

/// The command that ends it.
std::string resume_words(const storage::PauseRow& pause) {
  return "deltakeep resume" + (pause.kind == "all" ? "" : " --" + pause.kind + " " + pause.shown);
}

ordered_json doubt_json(const storage::Doubt& doubt, const Standing& standing) {
  return {{"endpoint", name_of(standing.endpoints, doubt.endpoint_uuid)},
          {"kind", doubt.kind},
          {"since", policy::format_utc(doubt.since)},
          {"text", doubt.text}};
}

ordered_json finding_json(const policy::Finding& finding) {
  return {{"severity", policy::risk_name(finding.severity)},
          {"rule", finding.rule},
          {"endpoint", finding.subject.endpoint},
          {"moid", finding.subject.moid},
          {"name", finding.subject.name},
          {"disk", finding.subject.disk.empty() ? ordered_json(nullptr)
                                                : ordered_json(finding.subject.disk)},
          {"since", policy::format_utc(finding.since)},
          {"text", finding.text}};
}

/// A merge goes on at the server whether or not anybody waits for it.
bool is_merging(const policy::Operation& one) {
  if (one.kind != policy::OpKind::Remove && one.kind != policy::OpKind::Consolidate) return false;
  return one.state == policy::OpState::Task || one.state == policy::OpState::OffTree ||
         one.state == policy::OpState::MergePending;
}

/// What it means for the VM comes first.
std::string standing_words(const policy::Operation& one, policy::Time now) {
  if (!is_merging(one)) {
    return open_words(one, now) + "; nothing else is done to " + one.vm.name + " until it is over";
  }
  return "merging on " + one.vm.name + " since " + seconds_text(one.started) +
         ", blocks creates: " + open_words(one, now);
}

/// A doubt about a server is told with the command that ends it, above.
bool is_of_a_doubt(const policy::Finding& finding, const Standing& standing) {
  return finding.subject.moid.empty() &&
         std::any_of(standing.doubts.begin(), standing.doubts.end(),
                     [&](const storage::Doubt& one) { return one.kind == finding.rule; });
}

void print_findings(const std::vector<policy::Finding>& findings, const Output& output) {
  for (std::size_t i = 0; i < findings.size() && i < kFindingsShown; ++i) {
    const policy::Finding& one = findings[i];
    const std::string level = policy::risk_name(one.severity);
    output.out << paint(risk_colour(one.severity), level + ":", output.screen) << " "
               << safe_text(one.subject.name, output.screen.charset) << ": "
               << safe_text(one.text, output.screen.charset, 500) << " (since "
               << age_text(one.since, output.now) << ")\n";
  }
  if (findings.size() > kFindingsShown) {
    output.out << "and " << counted(findings.size() - kFindingsShown, "more finding") << "\n";
  }
}

}  // namespace

void print(const PinResponse& response, const Output& output) {
  if (output.json) {
    ordered_json document{{"format", 1}, {"pins", ordered_json::array()}};
    for (const storage::Pin& pin : response.pins) {
      document["pins"].push_back(pin_json(pin, response));
    }
    write_json(output.out, document);
    return;
  }
  if (response.act == PinRequest::Act::List) {
    print_pin_table(response, output);
    return;
  }
  const storage::Pin& pin = response.pins.front();
  const bool added = response.act == PinRequest::Act::Add;
  std::string text = (added ? "held: " : "no longer held: ") + what_is_pinned(pin);
  if (added && pin.until) text += " until " + seconds_text(*pin.until);
  output.out << indented(text + " (" + std::to_string(pin.id) + ")", 0, output.screen);
}

void print(const PauseResponse& response, const Output& output) {
  if (output.json) {
    ordered_json document{{"format", 1}, {"pauses", ordered_json::array()}};
    for (const storage::PauseRow& one : response.left) {
      document["pauses"].push_back(pause_json(one, output.now));
    }
    if (!response.accepted.empty()) document["accepted"] = response.accepted;
    write_json(output.out, document);
    return;
  }
  if (!response.accepted.empty()) {
    output.out << indented("accepted: " + response.accepted + " of " + response.pause.shown +
                               " is over; `deltakeep status` tells whether anything else holds "
                               "removals back there",
                           0, output.screen);
  } else if (response.resumed) {
    output.out << indented("goes on: " + response.pause.scope(), 0, output.screen);
  }
  for (const storage::PauseRow& one : response.left) {
    output.out << indented(pause_words(one, output.now), 0, output.screen);
  }
}

void print_standing(const Standing& standing, const Output& output) {
  for (const policy::Operation& one : standing.open) {
    output.out << indented(standing_words(one, output.now), 0, output.screen);
  }
  for (const storage::PauseRow& one : standing.pauses) {
    output.out << indented(
        pause_words(one, output.now) + "; " + resume_words(one) +
            (one.until && *one.until <= output.now ? " puts this away" : " ends it"),
        0, output.screen);
  }
  for (const storage::Doubt& one : standing.doubts) {
    const std::string name = name_of(standing.endpoints, one.endpoint_uuid);
    output.out << indented("in doubt since " + age_text(one.since, output.now) + ": " + name +
                               ": " + one.text + "; nothing is removed there until `deltakeep " +
                               "resume --vcenter " + name + " --accept " + one.kind + "`",
                           0, output.screen);
  }
  std::vector<policy::Finding> findings = standing.findings;
  std::erase_if(findings, [&](const policy::Finding& one) { return is_of_a_doubt(one, standing); });
  print_findings(findings, output);
}

void add_standing(const Standing& standing, policy::Time now, ordered_json& document) {
  document["operations"] = ordered_json::array();
  for (const policy::Operation& one : standing.open) {
    document["operations"].push_back(operation_json(one));
  }
  document["pauses"] = ordered_json::array();
  for (const storage::PauseRow& one : standing.pauses) {
    document["pauses"].push_back(pause_json(one, now));
  }
  document["doubts"] = ordered_json::array();
  for (const storage::Doubt& one : standing.doubts) {
    document["doubts"].push_back(doubt_json(one, standing));
  }
  document["findings"] = ordered_json::array();
  for (const policy::Finding& one : standing.findings) {
    document["findings"].push_back(finding_json(one));
  }
}

}  // namespace agent
