#include "agent/codec/plan_json.h"

#include <openssl/evp.h>

#include <array>
#include <istream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>
#include <string_view>

#include "agent/codec/copies_json.h"
#include "agent/codec/json_place.h"
#include "agent/codec/json_values.h"
#include "agent/codec/retention_json.h"
#include "agent/codec/retention_text.h"
#include "agent/codec/run_json.h"

namespace agent {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::array kStepKinds{policy::StepKind::Create,   policy::StepKind::Clone,
                                policy::StepKind::Mark,     policy::StepKind::Remove,
                                policy::StepKind::MarkCopy, policy::StepKind::Destroy};

std::string text_of(const ordered_json& value) {
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

ordered_json refusal_json(const policy::Refusal& refusal, std::string_view against) {
  ordered_json told{{"against", against}};
  told.update(agent::refusal_json(refusal));
  return told;
}

/// How a snapshot is named everywhere in a plan; one that the plan itself makes has the moid "new".
ordered_json snapshot_json(const policy::Vm& vm, std::uint32_t index, policy::Time at) {
  ordered_json told;
  if (index >= vm.snapshots.size()) {
    told["moid"] = "new";
    told["created"] = policy::format_utc(at);
    return told;
  }
  const policy::Snapshot& snapshot = vm.snapshots[index];
  told["moid"] = snapshot.moid;
  told["id"] = snapshot.id;
  told["name"] = snapshot.name;
  told["created"] = policy::format_utc(snapshot.created);
  return told;
}

ordered_json range_json(const policy::ByteRange& range) {
  return {{"low", range.low}, {"best", range.best}, {"high", range.high}};
}

ordered_json step_json(const policy::Policy& policy, const policy::Vm& vm, const policy::Step& step,
                       policy::Time at) {
  ordered_json told;
  told["id"] = policy::step_id(policy, vm, step);
  told["step"] = policy::step_name(step.kind);
  if (step.needs_create) {
    policy::Step made;
    if (step.copy != nullptr) made.kind = policy::StepKind::Clone;
    told["needs"] = policy::step_id(policy, vm, made);
  }
  if (step.copy != nullptr) told["copy"] = copy_json(*step.copy);
  if (step.snapshot) told["snapshot"] = snapshot_json(vm, *step.snapshot, at);
  if (step.price) {
    told["merge_bytes"] = range_json(step.price->merge);
    told["freed_bytes"] = range_json(step.price->freed);
    told["space_bytes"] = step.price->space;
    told["layers"] = step.price->layers;
    told["seconds"] =
        step.price->duration ? ordered_json(step.price->duration->count()) : ordered_json(nullptr);
  }
  return told;
}

ordered_json conflict_json(const policy::Vm& vm, const policy::Conflict& conflict) {
  ordered_json told;
  told["cap"] = policy::cap_name(conflict.cap);
  told["limit"] = conflict.limit;
  told["actual"] = conflict.actual;
  told["unmet"] = conflict.unmet;
  told["blockers"] = ordered_json::array();
  for (const policy::Blocker& blocker : conflict.blockers) {
    if (!blocker.index) {
      told["blockers"].push_back({{"why", "reserve"}});
      continue;
    }
    const bool made = *blocker.index >= vm.snapshots.size();
    told["blockers"].push_back({{"moid", made ? "new" : vm.snapshots[*blocker.index].moid},
                                {"why", policy::keep_rule_name(blocker.why)}});
  }
  told["hint"] = conflict_hint(conflict);
  return told;
}

void put_retention(ordered_json& told, const policy::VmPlan& plan, const policy::Policy& policy,
                   policy::Time at) {
  for (const char* name : {"keep", "remove", "shrunk", "conflicts"}) {
    told[name] = ordered_json::array();
  }
  if (!plan.retention) return;
  const policy::Vm& vm = *plan.vm;
  const policy::RetentionResult& result = *plan.retention;
  for (const policy::Kept& kept : result.keep) {
    ordered_json one = snapshot_json(vm, kept.index, at);
    one["reasons"] = ordered_json::array();
    for (const auto& reason : result.reasons_of(kept)) {
      one["reasons"].push_back(keep_reason_json(reason));
    }
    told["keep"].push_back(std::move(one));
  }
  const RetentionSource source(plan, policy, at);
  for (const policy::Removed& removed : result.remove) {
    ordered_json one = snapshot_json(vm, removed.index, at);
    one["reason"] = policy::remove_reason_name(removed.reason);
    one["detail"] = source.detail(removed);
    told["remove"].push_back(std::move(one));
  }
  for (const policy::Shrunk& shrunk : result.shrunk) {
    told["shrunk"].push_back({{"rule", policy::keep_rule_name(shrunk.rule)},
                              {"from", shrunk.from},
                              {"to", shrunk.to},
                              {"because", policy::cap_name(shrunk.because)}});
  }
  for (const auto& conflict : result.conflicts) {
    told["conflicts"].push_back(conflict_json(vm, conflict));
  }
}

ordered_json vm_plan_json(const policy::VmPlan& plan, const policy::Policy& policy,
                          policy::Time at) {
  const policy::Vm& vm = *plan.vm;
  ordered_json told;
  told["endpoint"] = vm.identity.endpoint;
  told["moid"] = vm.identity.moid;
  told["name"] = vm.identity.name;
  told["path"] = vm.place.path;
  told["instance_uuid"] = vm.identity.instance_uuid;
  told["fingerprint"] = plan_fingerprint(vm, policy, plan.basis);
  told["steps"] = ordered_json::array();
  for (const policy::Step& step : plan.steps) {
    told["steps"].push_back(step_json(policy, vm, step, at));
  }
  told["refusals"] = ordered_json::array();
  for (const auto& one : plan.create) told["refusals"].push_back(refusal_json(one, "create"));
  for (const auto& one : plan.remove) told["refusals"].push_back(refusal_json(one, "remove"));
  for (const auto& [index, refusal] : plan.snapshots) {
    ordered_json one = refusal_json(refusal, "remove");
    one["snapshot"] = vm.snapshots[index].moid;
    told["refusals"].push_back(std::move(one));
  }
  if (plan.copies) {
    for (ordered_json& one : copy_refusals_json(*plan.copies)) told["refusals"].push_back(one);
  }
  told["not_looked_at"] = {{"create", plan.unchecked_create}, {"remove", plan.unchecked_remove}};
  put_retention(told, plan, policy, at);
  if (plan.copies) told["copies"] = copies_json(*plan.copies, at);
  return told;
}

ordered_json totals_json(const policy::Totals& totals) {
  return {{"vms", totals.selected},
          {"creates", totals.creates},
          {"clones", totals.clones},
          {"marks", totals.marks},
          {"removals", totals.removals},
          {"refused", totals.refused},
          {"conflicts", totals.conflicts},
          {"merge_bytes", totals.merge_bytes},
          {"freed_bytes", totals.freed_bytes},
          {"merge_seconds", totals.merge_time.count()},
          {"unpriced", totals.unpriced},
          {"copy_marks", totals.copy_marks},
          {"destroys", totals.destroys},
          {"waiting", totals.waiting}};
}

void write_policy(std::ostream& out, const policy::PolicyPlan& plan, policy::Time at,
                  const policy::Vm* only) {
  ordered_json head;
  head["policy"] = plan.policy->name();
  head["method"] = policy::method_name(plan.policy->method());
  head["apply"] = plan.policy->facts.armed;
  head["held"] = ordered_json::array();
  for (const auto& one : plan.held) head["held"].push_back(refusal_json(one, "all"));
  head["max_removals"] = plan.max_removals;
  head["totals"] = totals_json(plan.totals);
  const std::string text = text_of(head);
  out << text.substr(0, text.size() - 1) << R"(,"vms":[)";
  bool first = true;
  for (const policy::VmPlan& vm : plan.vms) {
    if (only != nullptr && vm.vm != only) continue;
    if (!first) out << ',';
    first = false;
    out << text_of(vm_plan_json(vm, *plan.policy, at));
  }
  out << "]}";
}

policy::StepKind kind_at(const JsonPlace& place) {
  const std::string name = place.text();
  for (const policy::StepKind kind : kStepKinds) {
    if (name == policy::step_name(kind)) return kind;
  }
  place.fail("no step is called \"" + name + "\"");
}

StoredStep step_at(const JsonPlace& place, const JsonPlace& vm, const std::string& policy) {
  StoredStep step;
  step.id = place.at("id").text();
  step.kind = kind_at(place.at("step"));
  if (const auto needs = place.find("needs")) step.needs = needs->text();
  step.policy = policy;
  step.endpoint = vm.at("endpoint").text();
  step.vm = vm.at("moid").text();
  step.instance_uuid = vm.at("instance_uuid").text();
  step.fingerprint = vm.at("fingerprint").text();
  if (step.kind == policy::StepKind::Create || step.kind == policy::StepKind::Clone) return step;
  if (step.kind == policy::StepKind::MarkCopy || step.kind == policy::StepKind::Destroy) {
    step.copy = place.at("copy").at("operation").text();
    return step;
  }
  const JsonPlace snapshot = place.at("snapshot");
  step.snapshot = snapshot.at("moid").text();
  step.snapshot_id = snapshot.at("id").integer();
  step.snapshot_created = snapshot.at("created").time();
  return step;
}

}  // namespace

RetentionSource::RetentionSource(const policy::VmPlan& plan, const policy::Policy& policy,
                                 policy::Time at)
    : plan_(plan),
      policy_(policy),
      snapshots_(policy::retention_snapshots(*plan.vm,
                                             plan.creates() ? std::optional(at) : std::nullopt)) {
  input_.snapshots = snapshots_;
  input_.now = at;
  input_.zone = &policy.zone;
  input_.reserve = policy::cap_reserve(policy);
}

std::string RetentionSource::detail(const policy::Removed& removed) const {
  return removal_detail(removed, input_, policy_.rules, *plan_.retention);
}

std::string plan_fingerprint(const policy::Vm& vm, const policy::Policy& policy,
                             const policy::PlanBasis& basis) {
  const std::string text = policy::fingerprint_text(vm, policy, basis);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL has no SHA-256");
  }
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string hex;
  hex.reserve(std::size_t{size} * 2);
  for (unsigned int i = 0; i < size; ++i) {
    hex += kHex[digest[i] >> 4U];
    hex += kHex[digest[i] & 0xFU];
  }
  return hex;
}

void write_plan(std::ostream& out, const policy::Plan& plan, const policy::Vm* only) {
  ordered_json head;
  head["format"] = 1;
  head["at"] = policy::format_utc(plan.at);
  head["taken"] = policy::format_utc(plan.taken);
  head["complete"] = plan.complete;
  head["totals"] = totals_json(plan.totals());
  head["unselected"] = plan.unselected;
  head["left_alone"] = ordered_json::array();
  for (const policy::LeftAlone& one : plan.left_alone) {
    if (only != nullptr && one.vm != only) continue;
    ordered_json told{{"endpoint", one.vm->identity.endpoint},
                      {"moid", one.vm->identity.moid},
                      {"name", one.vm->identity.name},
                      {"why", one.why}};
    if (!one.policy.empty()) told["policy"] = one.policy;
    if (!one.by.empty()) told["by"] = one.by;
    head["left_alone"].push_back(std::move(told));
  }
  if (!plan.copies_left.empty() && only == nullptr) {
    head["copies_left"] = ordered_json::array();
    for (const policy::CopyLeft& one : plan.copies_left) {
      head["copies_left"].push_back(copy_left_json(one));
    }
  }
  const std::string text = text_of(head);
  out << text.substr(0, text.size() - 1) << R"(,"policies":[)";
  for (std::size_t i = 0; i < plan.policies.size(); ++i) {
    if (i > 0) out << ',';
    write_policy(out, plan.policies[i], plan.at, only);
  }
  out << "]}";
}

StoredPlan read_plan(std::istream& in) {
  json document;
  try {
    document = json::parse(in);
  } catch (const json::parse_error& error) {
    throw malformed("", "not valid JSON at byte " + std::to_string(error.byte));
  } catch (const json::out_of_range&) {
    throw malformed("", "it has a number that no computer number holds");
  }
  const JsonPlace top(document, "");
  const JsonPlace format = top.at("format");
  if (format.integer() != 1) format.fail("only format 1 is known; a newer deltakeep wrote this");
  StoredPlan plan;
  plan.at = top.at("at").time();
  const JsonPlace policies = top.at("policies");
  for (std::size_t i = 0; i < policies.items(); ++i) {
    const JsonPlace policy = policies.item(i);
    const std::string name = policy.at("policy").text();
    const JsonPlace vms = policy.at("vms");
    for (std::size_t j = 0; j < vms.items(); ++j) {
      const JsonPlace vm = vms.item(j);
      const JsonPlace steps = vm.at("steps");
      for (std::size_t k = 0; k < steps.items(); ++k) {
        plan.steps.push_back(step_at(steps.item(k), vm, name));
      }
    }
  }
  return plan;
}

}  // namespace agent
