#include "agent/cli/print/copies_story.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "agent/cli/human.h"
#include "agent/cli/print/indented.h"
#include "agent/cli/table.h"
#include "agent/codec/retention_text.h"
#include "policy/retention_forward.h"

namespace agent {
namespace {

std::string in_seconds(policy::Time time) {
  return policy::format_utc(std::chrono::floor<std::chrono::seconds>(time));
}

/// One row for each copy, newest first, and the one to come before them all.
class CopyTable {
 public:
  CopyTable(const policy::VmPlan& plan, policy::Time at) : plan_(plan), at_(at) {}

  Table table(const std::vector<policy::Time>& runs) {
    const policy::CopiesPlan& copies = *plan_.copies;
    const auto lost = policy::lost_at(copies.input, copies.rules, runs);
    for (const policy::Kept& kept : copies.retention.keep) {
      std::string why;
      for (const auto& reason : copies.retention.reasons_of(kept)) {
        why += (why.empty() ? "" : ", ") + reason_text(reason);
      }
      const auto& until = lost[kept.index];
      const policy::Copy* copy = of(kept.index);
      add(copy, {"keep", Colour::Good}, until ? policy::format_utc(*until) : "-", std::move(why));
    }
    for (const policy::Removed& removed : copies.retention.remove) {
      std::string why = std::string(policy::remove_reason_name(removed.reason)) + ": " +
                        removal_detail(removed, copies.input, copies.rules, copies.retention);
      for (const auto& one : copies.refusals) {
        if (one.copy == removed.index) why += "; " + one.refusal.rule + ": " + one.refusal.text;
      }
      add(of(removed.index), decision(of(removed.index)), "-", std::move(why));
    }
    for (const policy::CopyLeft& one : copies.left) {
      add(one.copy, {"stays", Colour::Warning}, "-", std::string(one.why) + ": " + one.text);
    }
    return in_order();
  }

 private:
  struct Row {
    policy::Time taken{};
    std::vector<Cell> cells;
  };

  const policy::Copy* of(std::uint32_t index) const {
    const auto& judged = plan_.copies->judged;
    return index < judged.size() ? judged[index] : nullptr;
  }

  Cell decision(const policy::Copy* copy) const {
    for (const policy::Step& step : plan_.steps) {
      if (step.copy == copy) return {policy::step_name(step.kind), Colour::Warning};
    }
    return {"stays", Colour::Warning};  // it would go, but a guard or the budget said no
  }

  void add(const policy::Copy* copy, Cell decided, std::string until, std::string why) {
    const policy::Time taken = copy != nullptr ? copy->taken : at_;
    rows_.push_back({taken,
                     {copy != nullptr ? copy->name : "(new)", copy != nullptr ? copy->moid : "",
                      in_seconds(taken), copy != nullptr ? age_text(taken, at_) : "-",
                      std::move(decided), std::move(until), std::move(why)}});
  }

  Table in_order() {
    std::stable_sort(rows_.begin(), rows_.end(),
                     [](const Row& a, const Row& b) { return a.taken > b.taken; });
    Table table({{.title = "COPY", .align = Align::Left, .shrinks = true},
                 {.title = "MOID"},
                 {.title = "TAKEN"},
                 {.title = "AGE", .align = Align::Right},
                 {.title = "DECISION"},
                 {.title = "UNTIL"},
                 {.title = "WHY", .align = Align::Left, .shrinks = true}});
    for (Row& row : rows_) table.add_row(std::move(row.cells));
    return table;
  }

  const policy::VmPlan& plan_;
  policy::Time at_;
  std::vector<Row> rows_;
};

}  // namespace

void print_copies(const policy::VmPlan& plan, policy::Time at,
                  const std::vector<policy::Time>& runs, const Output& output) {
  output.out << "  its copies\n" << CopyTable(plan, at).table(runs).text(output.screen);
  for (const policy::Refusal& one : plan.copies->all) {
    output.out << indented(one.rule + " (" + policy::verdict_name(one.verdict) + "): " + one.text,
                           4, output.screen);
  }
  for (const policy::Conflict& one : plan.copies->retention.conflicts) {
    output.out << indented(std::string("cap ") + policy::cap_name(one.cap) +
                               " can't be met: " + human_number(one.actual) + " where " +
                               human_number(one.limit) + " is the limit; " + conflict_hint(one),
                           4, output.screen);
  }
}

}  // namespace agent
