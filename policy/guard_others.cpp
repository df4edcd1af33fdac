// Rule 11: another product, a person or the cluster is at work on the VM. Wait, then say so.
#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "policy/guard_waits.h"
#include "policy/guards.h"

namespace policy {
namespace {

constexpr std::array<std::string_view, 4> kAboutOthers{
    "foreign-task", "other-product", "disk-attached-elsewhere", "host-maintenance"};
constexpr const char* kSince = "since";

// Waiting has an end: what is there for longer than the policy defers is no backup under way.
Refusal wait(const GuardInput& input, std::optional<Time> since, std::string text,
             std::vector<Evidence> evidence) {
  Refusal refusal = forceable(std::move(text), std::move(evidence));
  if (!since) since = input.facts.waiting_since;
  if (since && input.now - *since >= input.policy.defer) {
    refusal.text += "; it was waited for since " + format_utc(*since);
    refusal.evidence.push_back({kSince, format_utc(*since)});
    return refusal;
  }
  refusal.verdict = Verdict::Waits;
  refusal.until = since.value_or(input.now) + input.policy.defer;
  return refusal;
}

constexpr char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

/// `name` is in capitals. Asked of every foreign snapshot there is, so it goes by the first letter.
bool contains_ignoring_case(std::string_view text, std::string_view name) {
  for (std::size_t at = 0; at + name.size() <= text.size(); ++at) {
    if (upper(text[at]) != name.front()) continue;
    if (std::equal(name.begin(), name.end(), text.begin() + static_cast<std::ptrdiff_t>(at),
                   [](char wanted, char c) { return wanted == upper(c); })) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool known_backup_name(const Snapshot& snapshot) {
  // Veeam, VADP's own samples, NetBackup, Commvault.
  static constexpr std::array<std::string_view, 4> kNames{
      "VEEAM BACKUP TEMPORARY SNAPSHOT", "_VCB-BACKUP_", "NBU_SNAPSHOT", "GX_BACKUP"};
  return std::any_of(kNames.begin(), kNames.end(), [&](std::string_view name) {
    return contains_ignoring_case(snapshot.name, name);
  });
}

std::optional<Time> put_off_since(const std::vector<Refusal>& refusals, Time now) {
  std::optional<Time> earliest;
  for (const Refusal& refusal : refusals) {
    if (std::find(kAboutOthers.begin(), kAboutOthers.end(), refusal.rule) == kAboutOthers.end()) {
      continue;
    }
    if (refusal.verdict != Verdict::Waits && refusal.verdict != Verdict::Refused) continue;
    Time since = now;
    for (const Evidence& one : refusal.evidence) {
      if (one.key == kSince) since = std::min(now, parse_utc(one.value).value_or(now));
    }
    earliest = std::min(earliest.value_or(since), since);
  }
  return earliest;
}

GuardAnswer guard_foreign_task(const GuardInput& input, Act) {
  if (!input.facts.tasks) return unknown("running tasks");
  if (input.facts.tasks->empty()) return std::nullopt;
  return wait(input, std::nullopt, "a task of another is running: " + input.facts.tasks->front(),
              {{"task", input.facts.tasks->front()}});
}

GuardAnswer guard_other_product(const GuardInput& input, Act) {
  const Snapshot* oldest = nullptr;
  for (const Snapshot& snapshot : input.vm.snapshots) {
    if (snapshot.owner == Owner::Ours || snapshot.helper) continue;
    const bool young = input.now - snapshot.created < kYoungForeign;
    if (!young && !known_backup_name(snapshot)) continue;
    if (oldest == nullptr || snapshot.created < oldest->created) oldest = &snapshot;
  }
  if (oldest == nullptr) return std::nullopt;
  return wait(input, oldest->created,
              known_backup_name(*oldest)
                  ? "another backup product has a snapshot of the VM: " + oldest->name
                  : "a snapshot of another is young, so its maker may be at work: " + oldest->name,
              {{"snapshot", oldest->moid}, {"created", format_utc(oldest->created)}});
}

GuardAnswer guard_disk_attached_elsewhere(const GuardInput& input, Act) {
  if (!input.facts.shared) return unknown("disks that are attached to another VM");
  for (const SharedFile& file : *input.facts.shared) {
    if (file.stands_on || !file.is_ours) continue;
    return wait(input, std::nullopt,
                "its disk " + file.file + " is attached to " + file.other_name + " too",
                {{"file", file.file}, {"vm", file.other_moid}});
  }
  return std::nullopt;
}

GuardAnswer guard_host_maintenance(const GuardInput& input, Act) {
  if (!input.facts.host) return unknown("whether the host enters maintenance");
  if (*input.facts.host == HostState::Ready) return std::nullopt;
  return wait(input, std::nullopt, "its host is entering or in maintenance: the VM will move",
              {{"host", input.vm.place.host}});
}

}  // namespace policy
