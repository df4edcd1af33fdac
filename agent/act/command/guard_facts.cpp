#include "agent/act/command/guard_facts.h"

namespace agent {

policy::PolicyFacts operator_facts(bool partial_clone) {
  policy::PolicyFacts facts;
  facts.armed = true;
  facts.allow_remove_all = true;  // the one snapshot was named: that is the second thought
  facts.partial = partial_clone;
  return facts;
}

GuardFacts::GuardFacts(const Context& context, const storage::Store& store,
                       storage::Journal& journal, const MarkerKey& key,
                       const policy::Endpoint& endpoint, bool settles_doubts)
    : context_(context),
      store_(store),
      journal_(journal),
      holds_(journal),
      key_(key),
      name_(endpoint.name),
      uuid_(endpoint.uuid),
      settles_doubts_(settles_doubts) {
  refresh();
}

void GuardFacts::refresh() {
  shared_.reset();  // points into what is replaced
  gathered_ = gather(context_.config, store_, journal_, &key_, context_.clock.now());
  shared_.emplace(gathered_.inventory.vms);
}

policy::EndpointFacts GuardFacts::endpoint_facts() const {
  const auto found = gathered_.endpoints.find(name_);
  policy::EndpointFacts facts =
      found == gathered_.endpoints.end() ? policy::EndpointFacts{} : found->second;
  facts.paused = pause_of(holds_.pauses(), "vcenter", name_, context_.clock.now());
  if (settles_doubts_) {
    facts.rolled_back = false;
    facts.database_restored = false;
  }
  return facts;
}

policy::VmFacts GuardFacts::vm_facts(const policy::Vm& vm) const {
  policy::VmFacts facts = gathered_.vm_facts(vm);
  facts.waiting_since.reset();  // a person asks now, and hears now
  facts.paused =
      pause_of(holds_.pauses(), "vm", pause_key(uuid_, vm.identity.moid), context_.clock.now());
  if (shared_) facts.shared = shared_->of(vm);
  return facts;
}

GuardSource GuardFacts::source(bool partial_clone) {
  GuardSource source;
  source.endpoint = [this] { return endpoint_facts(); };
  source.policy = [this, partial_clone](const Job& job) {
    policy::PolicyFacts facts = operator_facts(partial_clone);
    if (job.policy_name.empty()) return facts;
    // Of an operation that a policy's run left: who paused the policy meant that one, too.
    facts.name = job.policy_name;
    facts.paused = pause_of(holds_.pauses(), "policy", job.policy_name, context_.clock.now());
    return facts;
  };
  source.vm = [this](const Job&, const policy::Vm& vm) { return vm_facts(vm); };
  own_by_journal(source, journal_, holds_, key_, context_.clock, uuid_);
  return source;
}

}  // namespace agent
