#include "agent/cli/print/plan_story.h"

#include <algorithm>
#include <optional>

#include "agent/cli/human.h"
#include "agent/cli/print/copies_story.h"
#include "agent/cli/safe_text.h"
#include "agent/codec/plan_json.h"
#include "agent/codec/retention_text.h"
#include "policy/retention_forward.h"

namespace agent {

std::string reason_text(const policy::KeepReason& reason) {
  std::string text = policy::keep_rule_name(reason.rule);
  if (reason.slot > 0) {
    text += " " + std::to_string(reason.slot);
    if (reason.of) text += " of " + std::to_string(*reason.of);
  }
  if (reason.period) text += " (" + policy::period_name(*reason.period) + ")";
  if (reason.oldest) text += ", the oldest";
  return text;
}

namespace {

/// Tells one VM's part in one policy.
class Story {
 public:
  Story(const policy::VmPlan& plan, const policy::PolicyPlan& of_policy, policy::Time at,
        const std::vector<policy::Time>& runs, const Output& output)
      : plan_(plan),
        held_(of_policy.held),
        policy_(*of_policy.policy),
        vm_(*plan.vm),
        at_(at),
        runs_(runs),
        output_(output) {}

  void tell() const {
    line("policy " + policy_.name() + " (" + policy::method_name(policy_.method()) + ")",
         Colour::Strong);
    tell_create();
    if (plan_.retention) {
      output_.out << decisions().text(output_.screen);
      tell_caps();
      tell_removals();
    }
    if (plan_.copies) print_copies(plan_, at_, runs_, output_);
  }

 private:
  void line(const std::string& text, Colour colour = Colour::None) const {
    output_.out << paint(colour, safe_text(text, output_.screen.charset, 1000), output_.screen)
                << "\n";
  }

  void tell(const policy::Refusal& one) const {
    std::string text =
        "    " + one.rule + " (" + policy::verdict_name(one.verdict) + "): " + one.text;
    if (one.until) text += "; until " + policy::format_utc(*one.until);
    if (one.forceable) text += "; --force " + one.rule + " overrides it";
    line(text, policy::stops({one}) ? Colour::Warning : Colour::None);
  }

  void tell_create() const {
    if (policy_.method() == policy::Method::Retain) return;
    line(plan_.creates() ? "  makes a new snapshot" : "  makes no new snapshot");
    for (const policy::Refusal& one : plan_.create) tell(one);
    tell_guards(true, plan_.create, plan_.unchecked_create);
  }

  void tell_removals() const {
    if (plan_.retention->remove.empty()) return;
    line("  removals");
    for (const policy::Refusal& one : plan_.remove) tell(one);
    tell_guards(false, plan_.remove, plan_.unchecked_remove);
  }

  void tell_guards(bool creates, const std::vector<policy::Refusal>& refusals,
                   const std::vector<std::string_view>& unchecked) const {
    std::string passed;
    for (const policy::Guard& guard : policy::guards()) {
      const std::string name = guard.name;
      if (creates ? !guard.creates : !guard.removes) continue;
      const auto by_it = [&](const policy::Refusal& one) { return one.rule == name; };
      const bool said_no = std::any_of(refusals.begin(), refusals.end(), by_it) ||
                           std::any_of(held_.begin(), held_.end(), by_it);
      if (said_no || std::find(unchecked.begin(), unchecked.end(), name) != unchecked.end()) {
        continue;
      }
      passed += (passed.empty() ? "" : ", ") + name;
    }
    if (!passed.empty()) line("    nothing against it: " + passed, Colour::Faint);
    std::string open;
    for (const std::string_view name : unchecked) {
      if (!open.empty()) open += ", ";
      open += name;
    }
    if (!open.empty()) line("    looked at before the call: " + open, Colour::Faint);
  }

  void tell_caps() const {
    for (const policy::Shrunk& one : plan_.retention->shrunk) {
      line(std::string("  ") + policy::keep_rule_name(one.rule) + " shrinks from " +
           std::to_string(one.from) + " to " + std::to_string(one.to) + " because of cap " +
           policy::cap_name(one.because));
    }
    for (const policy::Conflict& one : plan_.retention->conflicts) {
      line(std::string("  cap ") + policy::cap_name(one.cap) +
               " can't be met: " + human_number(one.actual) + " where " + human_number(one.limit) +
               " is the limit; " + conflict_hint(one),
           Colour::Warning);
    }
  }

  const policy::Step* step_for(std::uint32_t index) const {
    for (const policy::Step& step : plan_.steps) {
      if (step.snapshot == index) return &step;
    }
    return nullptr;
  }

  Cell decision(std::uint32_t index) const {
    const policy::Step* step = step_for(index);
    if (step != nullptr) return {policy::step_name(step->kind), Colour::Warning};
    return {"stays", Colour::Warning};  // chosen for removal, but a guard or the budget said no
  }

  std::string refusals_of(std::uint32_t index) const {
    std::string text;
    for (const auto& [snapshot, refusal] : plan_.snapshots) {
      if (snapshot == index) text += "; " + refusal.rule + ": " + refusal.text;
    }
    return text;
  }

  /// What the table says of one snapshot.
  struct Row {
    std::uint32_t index;
    Cell decided;
    std::string until, why;
  };

  void add_row(Table& table, Row row) const {
    if (row.index >= vm_.snapshots.size()) {
      const auto at = std::chrono::floor<std::chrono::seconds>(at_);
      table.add_row(
          {"(new)", "", policy::format_utc(at), "-", std::move(row.decided), row.until, row.why});
      return;
    }
    const policy::Snapshot& one = vm_.snapshots[row.index];
    table.add_row({one.name, one.moid,
                   policy::format_utc(std::chrono::floor<std::chrono::seconds>(one.created)),
                   age_text(one.created, at_), std::move(row.decided), row.until, row.why});
  }

  std::vector<Row> rows() const {
    const RetentionSource source(plan_, policy_, at_);
    const auto lost = policy::lost_at(source.input(), policy_.rules, runs_);
    std::vector<Row> rows;
    for (const policy::Kept& kept : plan_.retention->keep) {
      std::string why;
      for (const auto& reason : plan_.retention->reasons_of(kept)) {
        why += (why.empty() ? "" : ", ") + reason_text(reason);
      }
      const auto& until = lost[kept.index];
      rows.push_back({kept.index,
                      {"keep", Colour::Good},
                      until ? policy::format_utc(*until) : std::string("-"),
                      std::move(why)});
    }
    for (const policy::Removed& removed : plan_.retention->remove) {
      rows.push_back({removed.index, decision(removed.index), "-",
                      std::string(policy::remove_reason_name(removed.reason)) + ": " +
                          source.detail(removed) + refusals_of(removed.index)});
    }
    // Newest first, and the one to come before them all: parents stand before their children.
    std::sort(rows.begin(), rows.end(),
              [](const Row& a, const Row& b) { return a.index > b.index; });
    return rows;
  }

  Table decisions() const {
    Table table({{.title = "SNAPSHOT", .align = Align::Left, .shrinks = true},
                 {.title = "MOID"},
                 {.title = "CREATED"},
                 {.title = "AGE", .align = Align::Right},
                 {.title = "DECISION"},
                 {.title = "UNTIL"},
                 {.title = "WHY", .align = Align::Left, .shrinks = true}});
    for (Row& row : rows()) add_row(table, std::move(row));
    return table;
  }

  const policy::VmPlan& plan_;
  const std::vector<policy::Refusal>& held_;
  const policy::Policy& policy_;
  const policy::Vm& vm_;
  policy::Time at_;
  const std::vector<policy::Time>& runs_;
  const Output& output_;
};

}  // namespace

void print_story(const PlanResponse& response, const Output& output) {
  static const std::vector<policy::Time> kNone;
  const policy::Vm& vm = *response.explained;
  const policy::Plan& plan = response.plan;
  print_heading(vm, output);
  bool told = false;
  for (const policy::PolicyPlan& policy : plan.policies) {
    for (const policy::VmPlan& one : policy.vms) {
      if (one.vm != &vm) continue;
      told = true;
      for (const policy::Refusal& held : policy.held) {
        output.out << paint(Colour::Warning, "not sent:", output.screen) << " "
                   << safe_text(held.text, output.screen.charset) << "\n";
      }
      const auto runs = response.upcoming.find(policy.policy->name());
      Story(one, policy, plan.at, runs == response.upcoming.end() ? kNone : runs->second, output)
          .tell();
    }
  }
  for (const policy::LeftAlone& one : plan.left_alone) {
    if (one.vm != &vm) continue;
    told = true;
    const std::string text =
        one.why == "shadowed"
            ? "policy " + one.policy + " selects it too, but " + one.by + " stands first"
            : "left alone by every policy: " + one.why;
    output.out << safe_text(text, output.screen.charset) << "\n";
  }
  if (!told) output.out << "no policy that was planned selects it\n";
}

}  // namespace agent
