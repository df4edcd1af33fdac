#include "agent/act/execute/jobs.h"

#include <algorithm>
#include <set>
#include <utility>

namespace agent {
namespace {

// Merging reads and writes over the storage network; slower than a disk, so that estimates err
// late.
constexpr double kBytesPerSecond = 100.0 * 1024 * 1024;
constexpr std::chrono::seconds kOfAnyStep{30};

std::chrono::seconds at_usual_rate(std::uint64_t bytes) {
  return std::chrono::seconds(
      static_cast<std::chrono::seconds::rep>(static_cast<double>(bytes) / kBytesPerSecond));
}

std::uint64_t bytes_of(const policy::Vm& vm) {
  std::uint64_t sum = 0;
  for (const policy::Disk& disk : vm.disks) {
    for (const policy::Layer& layer : disk.layers) sum += layer.bytes;
  }
  return sum;
}

Quiesce quiesce_of(const std::string& word) {
  if (word == "require") return Quiesce::Require;
  return word == "never" ? Quiesce::Never : Quiesce::Try;
}

const PolicyConfig& config_of(const Config& config, const std::string& name) {
  return *std::find_if(config.policies.begin(), config.policies.end(),
                       [&](const PolicyConfig& one) { return one.name == name; });
}

JobStep create_step(const PolicyConfig& config, const std::string& id) {
  JobStep step;
  step.id = id;
  step.kind = policy::OpKind::Create;
  step.memory = config.memory;
  step.quiesce = quiesce_of(config.quiesce);
  return step;
}

/// A clone is taken from a snapshot of its own, which goes once the clone is verified.
void add_clone(const PolicyConfig& config, const std::string& id, std::vector<JobStep>& steps) {
  JobStep helper = create_step(config, id);
  helper.helper = true;
  steps.push_back(std::move(helper));
  JobStep clone;
  clone.id = id;
  clone.kind = policy::OpKind::Clone;
  clone.needs_previous = true;
  const CloneConfig asked = config.clone.value_or(CloneConfig{});
  clone.clone = CloneTarget{.name = {},
                            .datastore = asked.datastore,
                            .host = asked.host,
                            .pool = asked.pool,
                            .folder = asked.folder};
  clone.partial_clone = asked.partial;
  clone.allow_vtpm = asked.allow_vtpm;
  steps.push_back(std::move(clone));
  JobStep remove;
  remove.id = id;
  remove.kind = policy::OpKind::Remove;
  remove.remove_created = true;
  steps.push_back(std::move(remove));
}

/// Marks change nothing on a server, and deleting a copy is a job of its own, see run_copies.h.
bool is_of_job(const policy::Step& step) {
  return step.kind == policy::StepKind::Create || step.kind == policy::StepKind::Clone ||
         step.kind == policy::StepKind::Remove;
}

class JobMaker {
 public:
  JobMaker(const Config& config, const Gathered& gathered) : config_(config), gathered_(gathered) {}

  PlannedJob make(const policy::PolicyPlan& plan, const policy::VmPlan& planned) const {
    const policy::Vm& vm = *planned.vm;
    const PolicyConfig& config = config_of(config_, plan.policy->name());
    PlannedJob made;
    made.job.vm = subject_of(vm, gathered_.endpoint_uuids.at(vm.identity.endpoint));
    made.job.demand = demand_of(vm);
    made.job.policy = plan.policy;
    made.job.policy_name = plan.policy->name();
    made.job.expected = std::chrono::seconds{0};
    for (std::size_t i = 0; i < planned.steps.size(); ++i) {
      const policy::Step& step = planned.steps[i];
      if (!is_of_job(step)) continue;
      add(config, *plan.policy, vm, step, made.job.steps);
      made.job.expected += expected_time(vm, step);
      made.steps.resize(made.job.steps.size(), i);
    }
    return made;
  }

 private:
  static void add(const PolicyConfig& config, const policy::Policy& policy, const policy::Vm& vm,
                  const policy::Step& step, std::vector<JobStep>& steps) {
    const std::string id = policy::step_id(policy, vm, step);
    if (step.kind == policy::StepKind::Create) {
      steps.push_back(create_step(config, id));
    } else if (step.kind == policy::StepKind::Clone) {
      add_clone(config, id, steps);
    } else {
      JobStep remove;
      remove.id = id;
      remove.kind = policy::OpKind::Remove;
      remove.snapshot = node_of(vm.snapshots[*step.snapshot]);
      remove.needs_created = step.needs_create;
      steps.push_back(std::move(remove));
    }
  }

  const Config& config_;
  const Gathered& gathered_;
};

}  // namespace

std::vector<PlannedJob> jobs_of(const policy::Plan& plan, const Config& config,
                                const Gathered& gathered, const std::string& endpoint) {
  const JobMaker maker(config, gathered);
  std::vector<PlannedJob> jobs;
  for (std::size_t p = 0; p < plan.policies.size(); ++p) {
    const policy::PolicyPlan& of_policy = plan.policies[p];
    for (std::size_t v = 0; v < of_policy.vms.size(); ++v) {
      const policy::VmPlan& vm = of_policy.vms[v];
      if (vm.vm->identity.endpoint != endpoint) continue;
      if (std::none_of(vm.steps.begin(), vm.steps.end(), is_of_job)) continue;
      if (held_because(*of_policy.policy, *vm.vm, gathered)) continue;
      jobs.push_back(maker.make(of_policy, vm));
      jobs.back().policy = p;
      jobs.back().vm = v;
    }
  }
  return jobs;
}

std::optional<std::string> held_because(const policy::Policy& policy, const policy::Vm& vm,
                                        const Gathered& gathered) {
  const auto found = gathered.endpoints.find(vm.identity.endpoint);
  if (found == gathered.endpoints.end() || found->second.armed != true) {
    return "[[vcenter]] " + vm.identity.endpoint + " is only observed; mode = \"act\" arms it";
  }
  if (!policy.facts.armed) {
    return "[[policy]] " + policy.name() + " is not armed; apply = true arms it";
  }
  const policy::VmFacts facts = gathered.vm_facts(vm);
  for (const auto& pause : {found->second.paused, policy.facts.paused, facts.paused}) {
    if (pause) return pause->scope + " is paused: " + pause->reason;
  }
  return std::nullopt;
}

std::chrono::seconds expected_time(const policy::Vm& vm, const policy::Step& step) {
  switch (step.kind) {
    case policy::StepKind::Mark:
    case policy::StepKind::MarkCopy:
      return std::chrono::seconds{0};
    case policy::StepKind::Create:
    case policy::StepKind::Destroy:
      return kOfAnyStep;
    case policy::StepKind::Clone:
      return 2 * kOfAnyStep + at_usual_rate(bytes_of(vm));
    case policy::StepKind::Remove:
      break;
  }
  if (!step.price) return kOfAnyStep;
  return kOfAnyStep + step.price->duration.value_or(at_usual_rate(step.price->merge.best));
}

policy::OpSubject subject_of(const policy::Vm& vm, const std::string& endpoint_uuid) {
  return {.endpoint = vm.identity.endpoint,
          .endpoint_uuid = endpoint_uuid,
          .moid = vm.identity.moid,
          .instance_uuid = vm.identity.instance_uuid,
          .name = vm.identity.name};
}

policy::NodeImage node_of(const policy::Snapshot& snapshot) {
  return {.moid = snapshot.moid,
          .id = snapshot.id,
          .created = snapshot.created,
          .parent = snapshot.parent.value_or("")};
}

policy::SlotDemand demand_of(const policy::Vm& vm) {
  const std::set<std::string> datastores(vm.place.datastores.begin(), vm.place.datastores.end());
  return {.vm = vm.identity.moid,
          .host = vm.place.host,
          .datastores = {datastores.begin(), datastores.end()}};
}

}  // namespace agent
