// Rules 6 and 10: what keeps everything as it is, because nobody armed it or somebody must look.
#include <utility>

#include "policy/guards.h"

namespace policy {
namespace {

// A server that lost more than this since the last look has lost our view of it, more likely.
constexpr double kShrunkenShare = 0.10;
constexpr std::uint64_t kShrunkenVms = 5;
constexpr std::chrono::minutes kSkew{5};
constexpr std::chrono::minutes kStep{10};

std::string in_seconds(std::chrono::seconds span) { return std::to_string(span.count()) + " s"; }

GuardAnswer pause_of(const std::optional<Pause>& pause, Time now) {
  if (!pause || (pause->until && *pause->until <= now)) return std::nullopt;
  Refusal refusal = refused(Verdict::Held, pause->scope + " is paused: " + pause->reason,
                            {{"scope", pause->scope}, {"reason", pause->reason}});
  refusal.until = pause->until;
  if (pause->until) refusal.evidence.push_back({"until", format_utc(*pause->until)});
  return refusal;
}

}  // namespace

GuardAnswer guard_observe_mode(const GuardInput& input, Act) {
  if (!input.endpoint.armed) return unknown("whether the vCenter is armed");
  if (*input.endpoint.armed) return std::nullopt;
  return refused(Verdict::Held,
                 "vCenter " + input.vm.identity.endpoint +
                     " is only observed; to let anything be changed there: mode = \"act\"",
                 {{"vcenter", input.vm.identity.endpoint}, {"mode", "observe"}});
}

GuardAnswer guard_policy_not_armed(const GuardInput& input, Act) {
  if (input.policy.armed) return std::nullopt;
  return refused(Verdict::Held, "the policy only plans; to let it act: apply = true",
                 {{"apply", "false"}});
}

GuardAnswer guard_paused(const GuardInput& input, Act) {
  for (const auto* pause : {&input.endpoint.paused, &input.policy.paused, &input.facts.paused}) {
    if (auto answer = pause_of(*pause, input.now)) return answer;
  }
  return std::nullopt;
}

GuardAnswer guard_vm_not_seen(const GuardInput& input, Act) {
  if (!input.vm.stale) return std::nullopt;
  return refused(Verdict::Refused, "the last scan did not reach the VM; what is known is old",
                 {{"stale", "true"}});
}

GuardAnswer guard_host_unreachable(const GuardInput& input, Act) {
  if (input.vm.state.connection == Connection::Connected) return std::nullopt;
  return refused(Verdict::Refused,
                 "the VM's host is not connected or the VM's files can't be reached; what is shown "
                 "may be old",
                 {{"host", input.vm.place.host}});
}

GuardAnswer guard_unreadable(const GuardInput& input, Act) {
  if (input.vm.state.unreadable.empty()) return std::nullopt;
  std::string list;
  for (const std::string& path : input.vm.state.unreadable) {
    list += (list.empty() ? "" : ", ") + path;
  }
  return refused(Verdict::Refused,
                 "the server did not tell " + list + "; check the account's privileges",
                 {{"properties", list}});
}

GuardAnswer guard_scan_partial(const GuardInput& input, Act) {
  if (!input.endpoint.scan_complete) return unknown("whether the scan was complete");
  if (*input.endpoint.scan_complete) return std::nullopt;
  std::vector<Evidence> evidence{{"vcenter", input.vm.identity.endpoint}};
  for (const std::string& gap : input.endpoint.gaps) evidence.push_back({"missing", gap});
  return forceable("the scan was partial: a VM that it did not show may stand on files of this one",
                   std::move(evidence));
}

GuardAnswer guard_inventory_shrunken(const GuardInput& input, Act) {
  if (!input.endpoint.shrunken) return unknown("whether the inventory has shrunk");
  const auto [before, gone] = *input.endpoint.shrunken;
  const double share = before > 0 ? static_cast<double>(gone) / static_cast<double>(before) : 0;
  // A single VM of three that is deleted is no sign of anything.
  if (gone <= kShrunkenVms && (share <= kShrunkenShare || gone < 2)) return std::nullopt;
  return forceable("of " + std::to_string(before) + " VMs " + std::to_string(gone) +
                       " have disappeared: removed, or a permission was lost",
                   {{"before", std::to_string(before)}, {"gone", std::to_string(gone)}});
}

GuardAnswer guard_clock_jump(const GuardInput& input, Act) {
  const auto& [skew, step] = std::pair(input.endpoint.clock_skew, input.endpoint.clock_step);
  const auto beyond = [](const auto& known, std::chrono::seconds limit) {
    return known && std::chrono::abs(*known) > limit;
  };
  if (beyond(skew, kSkew)) {
    return refused(Verdict::Refused,
                   "the server's clock and ours differ by " + in_seconds(*skew) +
                       "; ages mean nothing until they agree",
                   {{"skew", in_seconds(*skew)}});
  }
  if (beyond(step, kStep)) {
    return refused(Verdict::Refused,
                   "a clock has jumped by " + in_seconds(*step) + " since the last run",
                   {{"step", in_seconds(*step)}});
  }
  if (!skew || !step) return unknown("the server's clock");
  return std::nullopt;
}

GuardAnswer guard_vcenter_rollback(const GuardInput& input, Act) {
  if (!input.endpoint.rolled_back) return unknown("whether the vCenter was rolled back");
  if (!*input.endpoint.rolled_back) return std::nullopt;
  return refused(Verdict::Refused,
                 "the vCenter shows lower counters than before: it was restored from a backup, and "
                 "its ids may name other objects now",
                 {{"vcenter", input.vm.identity.endpoint}});
}

GuardAnswer guard_database_restored(const GuardInput& input, Act) {
  if (!input.endpoint.database_restored) return unknown("whether our state is the newest");
  if (!*input.endpoint.database_restored) return std::nullopt;
  return refused(
      Verdict::Refused,
      "the server may show work of ours that our state does not know: the state is an old "
      "one, or was restored from a copy; `deltakeep status` says what to adopt or accept",
      {{"vcenter", input.vm.identity.endpoint}});
}

GuardAnswer guard_esxi_delete(const GuardInput& input, Act) {
  if (!input.endpoint.is_host) return std::nullopt;
  if (input.endpoint.managed_by && !input.endpoint.managed_by->empty()) {
    return refused(Verdict::Refused,
                   "the host belongs to the vCenter at " + *input.endpoint.managed_by +
                       ", which knows of linked clones that the host does not; work through it",
                   {{"vcenter", *input.endpoint.managed_by}});
  }
  if (!input.endpoint.allow_esxi_delete) {
    return refused(Verdict::Refused,
                   "on a host without vCenter removals need allow_esxi_delete = true",
                   {{"allow_esxi_delete", "false"}});
  }
  if (!input.endpoint.managed_by) return unknown("whether a vCenter manages the host");
  return std::nullopt;
}

}  // namespace policy
