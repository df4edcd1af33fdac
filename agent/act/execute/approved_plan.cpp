#include "agent/act/execute/approved_plan.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <tuple>

#include "agent/error.h"

namespace agent {
namespace {

/// Policy, endpoint and VM of a step: what one fingerprint is about.
using Place = std::tuple<std::string, std::string, std::string>;

Place place_of(const StoredStep& step) { return {step.policy, step.endpoint, step.vm}; }

const char* const kChanged = "the VM, its marks or the policy changed since the plan was made";
const char* const kNotNow =
    "a plan of now does not have this step: something stands against it, or "
    "its time is over";
const char* const kGone = "the VM is gone, or the policy does not select it any more";

}  // namespace

StoredPlan load_approved(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    throw Error("input", ExitCode::Usage,
                "reading the plan " + file + ": " + std::strerror(errno) +
                    "; plan --output FILE writes one");
  }
  StoredPlan plan = read_plan(in);
  if (plan.steps.empty()) {
    throw Error("input", ExitCode::Usage,
                "the plan " + file + " has no steps, so nothing is to do");
  }
  return plan;
}

std::vector<Unapproved> keep_approved(const StoredPlan& approved, policy::Plan& plan) {
  std::map<Place, std::vector<const StoredStep*>> wanted;
  for (const StoredStep& step : approved.steps) wanted[place_of(step)].push_back(&step);
  std::vector<Unapproved> left;
  std::set<Place> seen;
  for (policy::PolicyPlan& of_policy : plan.policies) {
    for (policy::VmPlan& vm : of_policy.vms) {
      const Place place{of_policy.policy->name(), vm.vm->identity.endpoint, vm.vm->identity.moid};
      const auto found = wanted.find(place);
      if (found == wanted.end()) {
        vm.steps.clear();
        continue;
      }
      seen.insert(place);
      const std::string print = plan_fingerprint(*vm.vm, *of_policy.policy, vm.basis);
      std::set<std::string> allowed;
      for (const StoredStep* step : found->second) {
        if (step->fingerprint == print) {
          allowed.insert(step->id);
        } else {
          left.push_back({*step, kChanged});
        }
      }
      std::erase_if(vm.steps, [&](const policy::Step& step) {
        return allowed.erase(policy::step_id(*of_policy.policy, *vm.vm, step)) == 0;
      });
      for (const StoredStep* step : found->second) {
        if (allowed.contains(step->id)) left.push_back({*step, kNotNow});
      }
    }
  }
  for (const auto& [place, steps] : wanted) {
    if (seen.contains(place)) continue;
    for (const StoredStep* step : steps) left.push_back({*step, kGone});
  }
  return left;
}

}  // namespace agent
