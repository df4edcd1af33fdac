#include "agent/cli/print/print_plan.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "agent/cli/human.h"
#include "agent/cli/print/plan_story.h"
#include "agent/cli/safe_text.h"
#include "agent/codec/plan_json.h"
#include "policy/plan_copies.h"

namespace agent {
namespace {

std::string counted_steps(const policy::VmPlan& plan) {
  std::array<std::uint64_t, 6> counts{};
  for (const policy::Step& step : plan.steps) ++counts[static_cast<std::size_t>(step.kind)];
  std::string text;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    text += (text.empty() ? "" : ", ") + std::string(step_name(static_cast<policy::StepKind>(i)));
    if (counts[i] > 1 || i >= 2) text += " " + std::to_string(counts[i]);
  }
  return text.empty() ? "-" : text;
}

std::uint64_t merge_bytes(const policy::VmPlan& plan) {
  std::uint64_t bytes = 0;
  for (const policy::Step& step : plan.steps) {
    if (step.price) bytes += step.price->merge.best;
  }
  return bytes;
}

/// Why less is done than was wanted: each rule once.
std::string against(const policy::VmPlan& plan) {
  std::vector<std::string> rules;
  const auto add = [&](const std::string& rule) {
    if (std::find(rules.begin(), rules.end(), rule) == rules.end()) rules.push_back(rule);
  };
  for (const auto* list : {&plan.create, &plan.remove}) {
    for (const policy::Refusal& one : *list) add(one.rule);
  }
  for (const auto& one : plan.snapshots) add(one.refusal.rule);
  if (plan.copies) {
    for (const policy::Refusal& one : plan.copies->all) add(one.rule);
    for (const auto& one : plan.copies->refusals) add(one.refusal.rule);
    for (const policy::CopyLeft& one : plan.copies->left) add("copy " + std::string(one.why));
    for (const auto& one : plan.copies->retention.conflicts) {
      add(std::string(policy::cap_name(one.cap)) + " of copies can't be met");
    }
  }
  if (plan.retention) {
    for (const auto& one : plan.retention->shrunk) {
      add(std::string("shrunk by ") + policy::cap_name(one.because));
    }
    for (const auto& one : plan.retention->conflicts) {
      add(std::string(policy::cap_name(one.cap)) + " can't be met");
    }
  }
  std::string text;
  for (const std::string& rule : rules) text += (text.empty() ? "" : ", ") + rule;
  return text;
}

Colour colour_of(const policy::VmPlan& plan) {
  if (plan.refused()) return Colour::Critical;
  if (plan.waits()) return Colour::Faint;
  return plan.retention && !plan.retention->conflicts.empty() ? Colour::Warning : Colour::None;
}

std::string totals_text(const policy::Totals& totals) {
  std::string text;
  const auto add = [&](std::uint64_t number, const char* noun, const char* plural = "") {
    if (number == 0) return;
    text += (text.empty() ? "" : ", ") + counted(number, noun, plural);
  };
  add(totals.creates, "create");
  add(totals.clones, "clone");
  add(totals.removals, "removal");
  add(totals.marks, "mark");
  add(totals.destroys, "copy to delete", "copies to delete");
  add(totals.copy_marks, "copy to mark", "copies to mark");
  if (text.empty()) text = "nothing to do";
  if (totals.merge_bytes > 0) text += "; " + human_bytes(totals.merge_bytes) + " to merge";
  if (totals.merge_time.count() > 0) text += ", about " + human_age(totals.merge_time);
  if (totals.refused > 0) text += "; " + counted(totals.refused, "VM") + " refused";
  if (totals.waiting > 0) {
    text += "; " + counted(totals.waiting, "VM") + (totals.waiting == 1 ? " waits" : " wait");
  }
  if (totals.conflicts > 0) text += "; " + counted(totals.conflicts, "conflict");
  return text;
}

void print_policy(const policy::PolicyPlan& plan, const Output& output) {
  const auto charset = output.screen.charset;
  output.out << "\n"
             << paint(Colour::Strong, "policy " + safe_text(plan.policy->name(), charset),
                      output.screen)
             << " (" << policy::method_name(plan.policy->method()) << "), "
             << counted(plan.totals.selected, "VM") << ": " << totals_text(plan.totals) << "\n";
  for (const policy::Refusal& one : plan.held) {
    output.out << "  " << paint(Colour::Warning, "not sent:", output.screen) << " "
               << safe_text(one.text, charset) << "\n";
  }
  Table table({{.title = "VM", .align = Align::Left, .shrinks = true},
               {.title = "DEPTH", .align = Align::Right},
               {.title = "SNAPS", .align = Align::Right},
               {.title = "DO"},
               {.title = "MERGE", .align = Align::Right},
               {.title = "AGAINST IT", .align = Align::Left, .shrinks = true}});
  for (const policy::VmPlan& vm : plan.vms) {
    const std::string reasons = against(vm);
    if (vm.steps.empty() && reasons.empty()) continue;
    const std::uint64_t bytes = merge_bytes(vm);
    table.add_row({{vm.vm->identity.name, colour_of(vm)},
                   std::to_string(vm.vm->depth),
                   std::to_string(vm.vm->snapshots.size()),
                   counted_steps(vm),
                   bytes > 0 ? human_bytes(bytes) : "-",
                   reasons});
  }
  if (!table.empty()) output.out << table.text(output.screen);
}

/// Each fact that is looked at later, once.
void print_unchecked(const policy::Plan& plan, const Output& output) {
  std::set<std::string> rules;
  for (const policy::PolicyPlan& policy : plan.policies) {
    for (const policy::VmPlan& vm : policy.vms) {
      rules.insert(vm.unchecked_create.begin(), vm.unchecked_create.end());
      rules.insert(vm.unchecked_remove.begin(), vm.unchecked_remove.end());
      if (vm.copies) rules.insert(vm.copies->unchecked.begin(), vm.copies->unchecked.end());
    }
  }
  if (rules.empty()) return;
  std::string text;
  for (const std::string& rule : rules) text += (text.empty() ? "" : ", ") + rule;
  output.out << "\nnot looked at here, but before each call: " << text << "\n";
}

void print_left_alone(const policy::Plan& plan, const Output& output) {
  std::map<std::string, std::uint64_t> counts;
  for (const policy::LeftAlone& one : plan.left_alone) {
    ++counts[one.why == "shadowed" ? "taken by an earlier policy already" : one.why];
  }
  for (const auto& [why, count] : counts) {
    output.out << "left alone: " << counted(count, "VM") << ", " << why << "\n";
  }
  std::map<std::string_view, std::uint64_t> copies;
  for (const policy::CopyLeft& one : plan.copies_left) ++copies[one.why];
  for (const auto& [why, count] : copies) {
    output.out << "left alone: " << counted(count, "copy", "copies") << ", " << why << "\n";
  }
  if (plan.unselected > 0) {
    output.out << counted(plan.unselected, "VM") << " that no policy selects\n";
  }
}

}  // namespace

void print(const PlanResponse& response, const Output& output) {
  if (output.json) {
    write_plan(output.out, response.plan, response.explained);
    output.out << '\n';
    return;
  }
  const auto charset = output.screen.charset;
  output.out << "plan for "
             << policy::format_utc(std::chrono::floor<std::chrono::seconds>(response.plan.at))
             << ", from a scan of "
             << policy::format_utc(std::chrono::floor<std::chrono::seconds>(response.plan.taken))
             << "\n";
  for (const std::string& gap : response.gaps) {
    output.out << "  " << paint(Colour::Warning, "missing:", output.screen) << " "
               << safe_text(gap, charset, 500) << "\n";
  }
  if (response.explained != nullptr) {
    print_story(response, output);
  } else {
    for (const policy::PolicyPlan& policy : response.plan.policies) print_policy(policy, output);
    print_unchecked(response.plan, output);
    print_left_alone(response.plan, output);
  }
  if (!response.output.empty()) output.out << "plan stored in " << response.output << "\n";
}

}  // namespace agent
