#include "agent/act/execute/ended_pauses.h"

#include <chrono>
#include <utility>

#include "agent/act/command/record.h"
#include "storage/holds.h"
#include "storage/watch.h"

namespace agent {
namespace {

constexpr std::chrono::hours kTold{24};

/// A pause is of no VM's moid that a finding could have otherwise.
policy::Subject subject_of(const storage::PauseRow& pause) {
  return {.endpoint = {}, .moid = pause.kind + " " + pause.what, .name = pause.scope(), .disk = {}};
}

policy::Finding finding_of(const storage::PauseRow& pause, const std::string& text,
                           policy::Time now) {
  policy::Finding finding;
  finding.severity = policy::RiskLevel::Warn;
  finding.rule = kPauseRanOut;
  finding.subject = subject_of(pause);
  finding.text = text;
  finding.evidence = {{"actor", pause.actor}, {"reason", pause.reason}};
  finding.since = now;
  finding.warn_since = now;
  return finding;
}

}  // namespace

std::vector<std::string> end_pauses(const Context& context, storage::Journal& journal) {
  const policy::Time now = context.clock.now();
  const std::vector<storage::PauseRow> ended = storage::Holds(journal).forget_expired(
      now, audit_line(context, "resume", "the pause ran out: work goes on"));
  if (ended.empty()) return {};
  std::vector<std::string> told;
  storage::Watch watch(journal);
  std::vector<policy::Finding> findings = watch.findings();
  for (const storage::PauseRow& pause : ended) {
    std::string text = "pause of " + pause.scope() + " by " + pause.actor + " ran out at " +
                       policy::format_utc(pause.until.value_or(now)) + ": work goes on";
    policy::Finding finding = finding_of(pause, text, now);
    std::erase_if(findings, [&](const policy::Finding& one) {
      return one.rule == finding.rule && policy::same_subject(one.subject, finding.subject);
    });
    findings.push_back(std::move(finding));
    told.push_back(std::move(text));
  }
  watch.set_findings(findings);
  return told;
}

std::vector<policy::Condition> pauses_that_ran_out(const std::vector<policy::Finding>& before,
                                                   policy::Time now) {
  std::vector<policy::Condition> still;
  for (const policy::Finding& one : before) {
    if (one.rule != kPauseRanOut || now - one.since >= kTold) continue;
    std::vector<policy::Notice> notice{
        {.rule = one.rule, .text = one.text, .evidence = one.evidence}};
    for (policy::Condition& condition : policy::notice_conditions(one.subject, std::move(notice))) {
      still.push_back(std::move(condition));
    }
  }
  return still;
}

}  // namespace agent
