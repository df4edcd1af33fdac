#include "agent/config/policies.h"

#include <algorithm>
#include <optional>

#include "agent/config/url.h"
#include "agent/error.h"
#include "agent/zones.h"
#include "policy/cron.h"

namespace agent {
namespace {

constexpr std::size_t kRunsLookedAt = 61;  // enough for weekdays and months of all lengths

policy::Method method_of(const std::string& name) {
  if (name == "clone") return policy::Method::Clone;
  return name == "retain" ? policy::Method::Retain : policy::Method::Snapshot;
}

/// The longest time between two runs from now on; nothing when it does not run by itself.
std::optional<std::chrono::seconds> longest_gap(const PolicyConfig& config,
                                                const policy::Zone& zone, policy::Time now) {
  if (config.schedule.empty() || config.method == "retain") return std::nullopt;
  const std::vector<policy::Time> runs =
      runs_after(now, config.schedule, zone, {.most = kRunsLookedAt});
  std::optional<std::chrono::seconds> longest;
  for (std::size_t i = 1; i < runs.size(); ++i) {
    const auto gap = std::chrono::ceil<std::chrono::seconds>(runs[i] - runs[i - 1]);
    longest = std::max(longest.value_or(gap), gap);
  }
  return longest;
}

policy::PolicyFacts facts_of(const PolicyConfig& config, const policy::Zone& zone,
                             policy::Time now) {
  policy::PolicyFacts facts;
  facts.name = config.name;
  facts.renamed_from = config.renamed_from;
  facts.armed = config.apply;
  facts.allow_remove_all = config.allow_remove_all;
  facts.partial = config.clone && config.clone->partial;
  facts.delete_copies = config.clone && config.clone->delete_old;
  facts.memory = config.memory;
  if (config.defer) {
    facts.defer =
        std::chrono::floor<std::chrono::seconds>(policy::add(now, *config.defer, zone) - now);
  }
  facts.min_free_bytes = config.cap.min_free_bytes;
  facts.min_free_share = config.cap.min_free_share;
  return facts;
}

policy::SelectionRule selection_of(const PolicyConfig& config) {
  return {.policy = config.name,
          .method = method_of(config.method),
          .select = config.select,
          .exclude = config.exclude};
}

}  // namespace

std::vector<policy::Time> runs_after(policy::Time after, const std::string& schedule,
                                     const policy::Zone& zone, const RunSpan& span) {
  const policy::Cron cron(schedule);
  std::vector<policy::Time> runs;
  for (auto next = cron.next(after, zone); next && runs.size() < span.most;
       next = cron.next(*next, zone)) {
    if (runs.size() >= span.fewest && *next > span.until) break;
    runs.push_back(*next);
  }
  return runs;
}

std::vector<policy::SelectionRule> selection_rules(const Config& config) {
  std::vector<policy::SelectionRule> rules;
  for (const PolicyConfig& one : config.policies) rules.push_back(selection_of(one));
  return rules;
}

std::vector<policy::Policy> policies_of(const Config& config, policy::Time now) {
  std::map<std::string, policy::Zone> zones;
  std::vector<policy::Policy> policies;
  for (const PolicyConfig& one : config.policies) {
    if (!zones.contains(one.timezone)) zones.emplace(one.timezone, load_zone(one.timezone));
    const policy::Zone& zone = zones.at(one.timezone);
    policy::Policy policy;
    policy.selection = selection_of(one);
    policy.rules = {.keep = one.keep,
                    .min_keep = one.min_keep,
                    .allow_remove_all = one.allow_remove_all,
                    .max_age = one.max_age,
                    .detached = one.detached,
                    .cap = one.cap};
    policy.zone = zone;
    policy.thresholds = {.warn = one.warn, .critical = one.critical};
    policy.facts = facts_of(one, zone, now);
    policy.mark_delay = one.mark_delay;
    policy.max_removals = one.max_removals;
    policy.backup_interval = longest_gap(one, zone, now);
    policies.push_back(std::move(policy));
  }
  return policies;
}

void require_policy(const std::string& name, const Config& config) {
  std::string known;
  for (const PolicyConfig& one : config.policies) {
    if (one.name == name) return;
    known += " " + one.name;
  }
  throw Error("config", ExitCode::Usage,
              "no [[policy]] is called \"" + name + "\"; configured are:" + known);
}

std::map<std::string, std::vector<policy::Time>> upcoming_runs(const Config& config,
                                                               policy::Time now) {
  constexpr std::size_t kRuns = 400;
  std::map<std::string, std::vector<policy::Time>> runs;
  for (const PolicyConfig& one : config.policies) {
    if (one.schedule.empty()) continue;
    runs[one.name] = runs_after(now, one.schedule, load_zone(one.timezone), {.most = kRuns});
  }
  return runs;
}

std::map<std::string, policy::EndpointFacts> endpoint_facts(const Config& config) {
  std::map<std::string, policy::EndpointFacts> facts;
  for (const VcenterConfig& vcenter : config.vcenters) {
    policy::EndpointFacts one;
    one.armed = vcenter.mode == Mode::Act;
    one.allow_esxi_delete = vcenter.allow_esxi_delete;
    facts.emplace(vcenter.name, std::move(one));
  }
  return facts;
}

policy::Protected protected_vms(const Config& config) {
  policy::Protected found;
  for (const VcenterConfig& vcenter : config.vcenters) {
    const std::string host = parse_server_url(vcenter.url).host;
    auto& names = found.servers[vcenter.name];
    names.insert(host);
    // "vc.example.com" often stands as "vc"; an address has no short form.
    const std::size_t dot = host.find('.');
    const bool address = host.find_first_not_of("0123456789.") == std::string::npos;
    if (dot != std::string::npos && dot > 0 && !address) names.insert(host.substr(0, dot));
  }
  return found;
}

}  // namespace agent
