#include "agent/act/execute/run_policies.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <utility>

#include "agent/act/command/record.h"
#include "agent/act/execute/approved_plan.h"
#include "agent/act/execute/counted_steps.h"
#include "agent/act/execute/ended_pauses.h"
#include "agent/act/execute/endpoint_turns.h"
#include "agent/act/execute/findings_step.h"
#include "agent/act/execute/gather.h"
#include "agent/act/execute/jobs.h"
#include "agent/act/execute/old_rows.h"
#include "agent/act/execute/put_off.h"
#include "agent/act/execute/run_copies.h"
#include "agent/act/execute/run_marks.h"
#include "agent/act/execute/run_outcomes.h"
#include "agent/act/execute/stored_ownership.h"
#include "agent/act/scan_one.h"
#include "agent/act/state.h"
#include "agent/codec/plan_json.h"
#include "agent/codec/run_json.h"
#include "agent/config/policies.h"
#include "policy/shared_files.h"
#include "storage/holds.h"
#include "storage/runs.h"

namespace agent {
namespace {

/// One endpoint of this run: its session, and what works on it and so goes first.
struct Worked {
  std::string name;
  std::unique_ptr<Connection> connection;
  std::unique_ptr<Executor> executor;  ///< none where nothing may be changed
};

class PolicyRunner {
 public:
  PolicyRunner(const RunRequest& request, Context& context, const RunWatch& watch)
      : request_(request),
        context_(context),
        watch_(watch),
        store_(open_state(context.config, storage::Access::ReadWrite)),
        journal_(store_),
        holds_(journal_),
        runs_(journal_),
        key_(key_for(request, context)) {
    response_.started = context.clock.now();
    response_.retention_only = request.retention_only;
    response_.dry_run = request.dry_run;
    response_.ticket = request.ticket;
    if (!request.dry_run) response_.id = new_id(response_.started);
  }

  RunResponse run() {
    std::set<std::string> policies = choose();
    if (!request_.dry_run) tidy();
    if (policies.empty()) {
      response_.id.clear();
      response_.ended = context_.clock.now();
      return std::move(response_);
    }
    read_endpoints();
    if (response_.code == ExitCode::Interrupted) return finish();
    plan(std::move(policies));
    if (request_.dry_run) return finish();
    begin();
    execute();
    conclude();
    return finish();
  }

 private:
  /// A dry run makes none: it leaves nothing behind but the scan.
  static std::optional<MarkerKey> key_for(const RunRequest& request, const Context& context) {
    if (request.dry_run) return key_to_look_with(context.config, context.log);
    return MarkerKey::load(context.config.state, MarkerKey::WhenMissing::Create);
  }
  const MarkerKey* key() const { return key_ ? &*key_ : nullptr; }

  policy::Time now() const { return context_.clock.now(); }

  storage::AuditEntry audit(const std::string& action, const std::string& text) const {
    storage::AuditEntry entry = audit_line(context_, action, text);
    entry.subject = response_.id;
    return entry;
  }

  std::set<std::string> choose() {
    const Config& config = context_.config;
    if (config.policies.empty()) {
      throw Error("config", ExitCode::Usage,
                  "there is no [[policy]] in " + config.source + ", so there is nothing to run");
    }
    if (!request_.plan.empty()) {
      approved_ = load_approved(request_.plan);
      std::set<std::string> names;
      for (const StoredStep& step : approved_->steps) names.insert(step.policy);
      for (const std::string& name : names) require_policy(name, config);
      return names;
    }
    if (!request_.policies.empty()) {
      for (const std::string& name : request_.policies) require_policy(name, config);
      return {request_.policies.begin(), request_.policies.end()};
    }
    if (request_.all) {
      std::set<std::string> names;
      for (const PolicyConfig& one : config.policies) names.insert(one.name);
      return names;
    }
    response_.due = due_policies(config, runs_.last_of_policies(), now());
    std::set<std::string> names;
    for (const PolicyDue& due : response_.due) {
      if (due.runs) names.insert(due.policy);
      // One that runs is settled once it has begun; what is left out or seen first, now.
      if (!due.runs && due.settled && !request_.dry_run) {
        runs_.note_policy_run({due.policy, *due.settled, now()});
      }
    }
    return names;
  }

  /// What earlier runs and pauses left behind.
  void tidy() {
    for (std::string& ended : end_pauses(context_, journal_)) {
      response_.notes.push_back(std::move(ended));
    }
    for (const storage::Run& run :
         runs_.close_abandoned(now(), audit("run", "its process ended before it did"))) {
      response_.notes.push_back("run " + run.id + " of " + policy::format_utc(run.started) +
                                " never ended; what it left open is looked at first");
    }
  }

  void read_endpoints() {
    for (const VcenterConfig& vcenter : context_.config.vcenters) {
      Worked worked{.name = vcenter.name, .connection = nullptr, .executor = nullptr};
      const auto recover = [&](Connection& connection) {
        if (vcenter.mode != Mode::Act || request_.dry_run) return;
        worked.executor = std::make_unique<Executor>(executor_input(connection));
        for (policy::Operation& one : worked.executor->recover()) {
          response_.recovered.push_back(std::move(one));
        }
      };
      const EndpointScan& scan = response_.scans.emplace_back(
          connect_and_scan(vcenter, response_.scans, store_, context_, worked.connection, recover));
      if (scan.failure) worked.executor.reset();
      response_.code = worst(response_.code, exit_code(scan));
      if (response_.code == ExitCode::Interrupted) return;
      worked_.push_back(std::move(worked));
    }
    store_.thin_history(now());
  }

  ExecutorInput executor_input(Connection& connection) {
    const std::string name = connection.endpoint.name;
    const std::string uuid = connection.endpoint.uuid;
    ExecuteWatch told;
    told.said = watch_.said;
    told.counted = [this, name](std::size_t done, std::size_t total) {
      if (watch_.progress) steps_.tell(watch_.progress, name, done, total);
    };
    told.changed = watch_.changed;
    return {.connection = connection,
            .store = store_,
            .journal = journal_,
            .key = *key_,  // nothing is carried out dry
            .clock = context_.clock,
            .stop = context_.stop,
            .limits = slot_limits(context_.config.limits),
            .guards = guard_source(name, uuid),
            .watch = std::move(told),
            .run = response_.id,
            .actor = context_.actor,
            .forced = {request_.force.begin(), request_.force.end()}};
  }

  /// Facts of the moment before a call: pauses are read again, the rest is the scan's.
  GuardSource guard_source(const std::string& name, const std::string& uuid) {
    GuardSource source;
    source.endpoint = [this, name, uuid] {
      policy::EndpointFacts facts = facts_of(name, uuid);
      facts.paused = pause_of(holds_.pauses(), "vcenter", name, now());
      return facts;
    };
    source.policy = [this](const Job& job) {
      policy::PolicyFacts facts =
          job.policy == nullptr ? armed_facts(job.policy_name) : job.policy->facts;
      facts.paused = pause_of(holds_.pauses(), "policy", job.policy_name, now());
      return facts;
    };
    source.vm = [this, uuid](const Job& job, const policy::Vm& vm) {
      policy::VmFacts facts = gathered_.vm_facts(vm);
      facts.paused = pause_of(holds_.pauses(), "vm", pause_key(uuid, job.vm.moid), now());
      if (shared_) facts.shared = shared_->of(vm);
      return facts;
    };
    own_by_journal(source, journal_, holds_, *key_, context_.clock, uuid);
    return source;
  }

  /// Before the plan is made, what the configuration says has to do, and what is doubted already.
  policy::EndpointFacts facts_of(const std::string& endpoint, const std::string& uuid) {
    const auto found = gathered_.endpoints.find(endpoint);
    if (found != gathered_.endpoints.end()) return found->second;
    policy::EndpointFacts facts = endpoint_facts(context_.config).at(endpoint);
    add_standing_doubts(storage::Watch(journal_), uuid, facts);
    return facts;
  }

  /// Of an operation that an earlier run left: its policy may be gone, and finishing what was begun
  /// is no new decision.
  static policy::PolicyFacts armed_facts(const std::string& name) {
    policy::PolicyFacts facts;
    facts.name = name;
    facts.armed = true;
    return facts;
  }

  Ownership ownership() const { return Ownership(journal_, holds_, key(), now()); }

  void plan(std::set<std::string> policies) {
    gathered_ = gather(context_.config, store_, journal_, key(), now());
    response_.plan.gaps = gathered_.gaps;
    note_copies();
    std::vector<policy::Policy> all = gathered_.policies(context_.config);
    response_.plan.sources = std::make_unique<const PlanResponse::Sources>(PlanResponse::Sources{
        std::move(gathered_.inventory), std::move(all), std::move(gathered_.copies.copies)});
    shared_.emplace(response_.plan.sources->inventory.vms);
    policy::PlanInput input = plan_input(*response_.plan.sources, gathered_, context_.config);
    input.only = std::move(policies);
    input.create = !request_.retention_only;
    input.forced = {request_.force.begin(), request_.force.end()};
    response_.plan.plan = policy::make_plan(input);
    if (approved_) unapproved_ = keep_approved(*approved_, response_.plan.plan);
    note_policies();
  }

  /// What no step tells of.
  void note_policies() {
    for (const policy::PolicyPlan& one : response_.plan.plan.policies) {
      const std::string who = "policy " + one.policy->name();
      const auto unmet =
          std::count_if(one.vms.begin(), one.vms.end(), [](const policy::VmPlan& vm) {
            return vm.retention && !vm.retention->conflicts.empty();
          });
      if (unmet > 0) {
        response_.notes.push_back(who + " can't meet its caps on " + std::to_string(unmet) +
                                  (unmet == 1 ? " VM" : " VMs") + ": `deltakeep plan` says why");
      }
      if (one.vms.empty()) {
        response_.notes.push_back(who + " selects no VM of those that were read");
      }
    }
  }

  void note_copies() {
    if (request_.dry_run) return;
    for (std::string& note : note_changed_copies(gathered_, journal_, audit("copy", {}))) {
      response_.notes.push_back(std::move(note));
    }
  }

  /// The plan is on disk, and in the audit, before anything of it is sent.
  void begin() {
    std::ostringstream text;
    write_plan(text, response_.plan.plan);
    storage::Run run;
    run.id = response_.id;
    run.kind = request_.retention_only ? "enforce" : "run";
    for (const policy::PolicyPlan& one : response_.plan.plan.policies) {
      run.policies.push_back(one.policy->name());
    }
    run.actor = context_.actor;
    run.ticket = request_.ticket;
    run.started = response_.started;
    run.plan = text.str();
    storage::AuditEntry entry = audit("plan", summary_of(response_.plan.plan));
    if (!request_.ticket.empty()) entry.text += "; approved by ticket " + request_.ticket;
    runs_.begin(run, entry);
    run_ = std::move(run);
    for (const PolicyDue& due : response_.due) {
      if (due.runs && due.settled) runs_.note_policy_run({due.policy, *due.settled, now()});
    }
  }

  void execute() {
    Outcomes outcomes(response_.plan.plan, gathered_, unapproved_);
    std::vector<EndpointWork> work;
    for (Worked& worked : worked_) {
      if (!worked.executor) continue;
      EndpointWork& one = work.emplace_back();
      one.endpoint = worked.name;
      one.executor = worked.executor.get();
      one.jobs = jobs_of(response_.plan.plan, context_.config, gathered_, worked.name);
      // Old copies go when all new ones are made: what takes their place must be good.
      one.next = [this, &worked, &outcomes] {
        return destroy_jobs(response_.plan.plan, gathered_, response_.plan.sources->inventory,
                            worked.name, holds_.pauses(), now(), outcomes);
      };
    }
    work_side_by_side(std::move(work), context_.stop,
                      {.took = [&](const PlannedJob& job,
                                   const StepResult& result) { outcomes.take(job, result); },
                       .lost =
                           [this](const std::string& endpoint, const vsphere::Error& error) {
                             fail(endpoint, vsphere::kind_name(error.kind()), error.what(),
                                  exit_code(error));
                           }});
    if (context_.stop.stop_requested()) {
      response_.code = worst(response_.code, ExitCode::Interrupted);
    } else {
      mark(outcomes);
    }
    for (const EndpointScan& scan : response_.scans) {
      if (scan.failure) {
        outcomes.untried(scan.endpoint, "it was not sent: " + scan.endpoint +
                                            " could not be read in this run (" +
                                            scan.failure->kind + ")");
      } else if (context_.stop.stop_requested()) {
        outcomes.untried(scan.endpoint, "the run was stopped before it");
      }
    }
    response_.vms = outcomes.done();
  }

  void fail(const std::string& endpoint, const std::string& kind, const std::string& message,
            ExitCode code) {
    response_.failure = Failure{kind, "endpoint " + endpoint + ": " + message, code};
    response_.code = worst(response_.code, code);
  }

  void mark(Outcomes& outcomes) {
    const storage::AuditEntry entry = audit("mark", {});
    RunMarks(response_.plan.plan, gathered_, holds_, entry, response_.id).settle(outcomes);
  }

  void conclude() {
    keep_put_off(response_.plan.plan, gathered_, response_.vms, !request_.retention_only, holds_,
                 now());
    settle_findings_of(context_.config, store_, journal_, ownership(), now());
    response_.code = worst(response_.code, code_of(response_));
    take_old_rows_away(context_, response_.plan.sources->inventory.vms, journal_);
  }

  RunResponse finish() {
    response_.ended = now();
    if (request_.dry_run) {
      response_.vms = Outcomes(response_.plan.plan, gathered_, unapproved_).done();
      response_.code = worst(response_.code, code_of(response_));
    }
    if (run_) {
      run_->ended = response_.ended;
      run_->outcome = outcome_of(response_);
      run_->report = run_text(response_);
      runs_.end(*run_, audit("run", "ended: " + summary_of(response_)));
    }
    return std::move(response_);
  }

  const RunRequest& request_;
  Context& context_;
  const RunWatch& watch_;
  storage::Store store_;
  storage::Journal journal_;
  storage::Holds holds_;
  storage::Runs runs_;
  std::optional<MarkerKey> key_;  ///< none: a dry run, before anything was ever made
  RunResponse response_;
  std::optional<StoredPlan> approved_;
  std::vector<Unapproved> unapproved_;
  std::vector<Worked> worked_;
  CountedSteps steps_;
  Gathered gathered_;
  std::optional<policy::SharedFiles> shared_;
  std::optional<storage::Run> run_;
};

}  // namespace

RunResponse handle(const RunRequest& request, Context& context, const RunWatch& watch) {
  return PolicyRunner(request, context, watch).run();
}

}  // namespace agent
