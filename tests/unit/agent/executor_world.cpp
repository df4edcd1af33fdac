#include "tests/unit/agent/executor_world.h"

#include <algorithm>

#include "agent/act/scan.h"
#include "tests/simulator/control/endpoint.h"
#include "tests/simulator/inventory/inventory.h"
#include "vsphere-client/methods.h"

namespace agent::test {
namespace {

constexpr const char* kUser = "administrator@vsphere.local";
constexpr const char* kPassword = "swordfish";

sim::WorldOptions waiting_world() {
  sim::WorldOptions options;
  options.start =
      sim::Time(std::chrono::sys_days(std::chrono::year(2026) / 11 / 22)) + std::chrono::hours(2);
  options.speed = 0;
  options.wait_steps = true;
  options.block_bytes = 16 << 20;
  options.instance_uuid = "c0ffee00-0000-4000-8000-000000000001";
  return options;
}

nlohmann::json shop(int more_vms) {
  nlohmann::json vms = nlohmann::json::array();
  const auto add = [&](const std::string& name) {
    vms.push_back({{"name", name},
                   {"disks", {{{"size_gib", 8}, {"used_gib", 2}}}},
                   {"host", vms.size() % 2 == 0 ? "esx1" : "esx2"},
                   {"writes", {{"pattern", "none"}}}});
  };
  for (const char* name : {"web", "db", "mail"}) add(name);
  for (int i = 0; i < more_vms; ++i) add("more-" + std::to_string(i));
  return {{"vcenter_sim", 1},
          {"datacenters",
           {{{"name", "DC"},
             {"folders", {"copies"}},
             {"datastores", {{{"name", "ds"}, {"type", "vmfs6"}, {"capacity_gib", 1024}}}},
             {"clusters", {{{"name", "c1"}, {"hosts", {"esx1", "esx2"}}}}}}}},
          {"vms", vms}};
}

sim::ServerOptions plain_http() {
  sim::ServerOptions options;
  options.listen.tls = false;
  options.sessions.username = kUser;
  options.sessions.password = kPassword;
  return options;
}

std::unique_ptr<sim::Server> serve(sim::World& world, int more_vms) {
  sim::load_inventory(world, shop(more_vms));
  return std::make_unique<sim::Server>(world, plain_http());
}

std::unique_ptr<Connection> connect_to(const sim::Server& server, const std::stop_token& stop) {
  VcenterConfig config;
  config.name = "prod";
  config.mode = Mode::Act;
  config.url = "http://127.0.0.1:" + std::to_string(server.port()) + "/sdk";
  config.username = kUser;
  config.password_env = "PASSWORD";
  return connect(config, {{"PASSWORD", kPassword}}, stop);
}

policy::EndpointFacts nothing_in_the_way() {
  policy::EndpointFacts facts;
  facts.armed = true;
  facts.scan_complete = true;
  facts.shrunken = policy::EndpointFacts::Shrunken{};
  facts.clock_skew = facts.clock_step = std::chrono::seconds{0};
  facts.rolled_back = facts.database_restored = false;
  return facts;
}

}  // namespace

ExecutorWorld::ExecutorWorld(int more_vms)
    : world(waiting_world()),
      server(serve(world, more_vms)),
      connection(connect_to(*server, stop.get_token())),
      store(storage::Store::open(directory.file("state.db"), storage::Access::ReadWrite)),
      journal(store),
      holds(journal),
      key(MarkerKey::load(directory.file("state.db"), MarkerKey::WhenMissing::Create)),
      endpoint_facts(nothing_in_the_way()) {
  uuid = connection->endpoint.uuid;
  policy_facts.name = "daily";
  policy_facts.armed = true;
  policy_facts.allow_remove_all = true;
  scan_endpoint(*connection, store, clock, {});
  start_executor();
  forget_calls();
}

ExecutorWorld::~ExecutorWorld() { forget_calls(); }

void ExecutorWorld::start_executor() {
  executor.reset();
  GuardSource guards;
  guards.endpoint = [this] { return endpoint_facts; };
  guards.policy = [this](const Job&) { return policy_facts; };
  guards.vm = [](const Job&, const policy::Vm&) {
    policy::VmFacts facts;
    facts.shared.emplace();
    return facts;
  };
  guards.own = [this](policy::Vm& seen) {
    Ownership(journal, holds, &key, clock.now()).apply(seen, uuid);
  };
  guards.marks = [this](const policy::Vm& seen) {
    return Ownership(journal, holds, &key, clock.now()).marks(seen, uuid);
  };
  ExecuteWatch watch;
  watch.changed = [this](const policy::Operation& operation) {
    if (changed) changed(operation);
  };
  executor = std::make_unique<Executor>(ExecutorInput{.connection = *connection,
                                                      .store = store,
                                                      .journal = journal,
                                                      .key = key,
                                                      .clock = clock,
                                                      .stop = stop.get_token(),
                                                      .limits = limits,
                                                      .guards = std::move(guards),
                                                      .watch = std::move(watch),
                                                      .run = "",
                                                      .actor = "test",
                                                      .forced = {}});
}

sim::Vm& ExecutorWorld::vm(const std::string& name) {
  const auto found = std::find_if(world.vms.begin(), world.vms.end(),
                                  [&](const auto& entry) { return entry.second.name == name; });
  if (found == world.vms.end()) throw std::out_of_range("no VM " + name);
  return found->second;
}

Job ExecutorWorld::job(const std::string& name, std::vector<JobStep> steps) {
  const sim::Vm& of = vm(name);
  Job job;
  job.vm = {.endpoint = "prod",
            .endpoint_uuid = uuid,
            .moid = of.ref.value,
            .instance_uuid = of.instance_uuid,
            .name = name};
  job.demand = {.vm = of.ref.value, .host = of.host.value, .datastores = {of.home_datastore.value}};
  job.policy_name = "daily";
  job.steps = std::move(steps);
  return job;
}

JobStep ExecutorWorld::create() const {
  JobStep step;
  step.kind = policy::OpKind::Create;
  step.quiesce = Quiesce::Never;
  return step;
}

JobStep ExecutorWorld::remove(const std::string& name, const std::string& snapshot) {
  JobStep step;
  step.kind = policy::OpKind::Remove;
  for (const sim::Snapshot& one : vm(name).snapshots) {
    if (one.ref.value != snapshot) continue;
    step.snapshot = {.moid = snapshot,
                     .id = one.id,
                     .created = one.created,
                     .parent = one.parent ? one.parent->value : ""};
  }
  return step;
}

StepResult ExecutorWorld::one(const std::string& name, JobStep step) {
  return run({job(name, {std::move(step)})}).at(0);
}

std::string ExecutorWorld::made(const std::string& name) {
  const StepResult result = one(name, create());
  EXPECT_EQ(result.end, StepEnd::Done) << result.text;
  return result.operation ? result.operation->snapshot.moid : "";
}

void ExecutorWorld::touch(const nlohmann::json& act) {
  const std::lock_guard hold(world.mutex);
  const nlohmann::json answer = sim::human_act(world, act);
  EXPECT_FALSE(answer.contains("fault")) << answer;
}

void ExecutorWorld::rules(const nlohmann::json& rules) {
  const std::lock_guard hold(world.mutex);
  server->control().rules().set(sim::read_rules(rules));
}

void ExecutorWorld::step(std::chrono::seconds by) {
  const std::lock_guard hold(world.mutex);
  world.step(by);
}

std::size_t ExecutorWorld::calls(const std::string& method) {
  const std::lock_guard hold(world.mutex);
  std::size_t count = 0;
  for (const auto& entry : server->control().log(0)) {
    if (entry.at("method") == method) ++count;
  }
  return count;
}

void ExecutorWorld::forget_calls() {
  const std::lock_guard hold(world.mutex);
  for (const nlohmann::json& line : server->control().log(0)) {
    EXPECT_TRUE(vsphere::is_soap_method(line["method"].get<std::string>())) << line;
  }
  server->control().clear_log();
}

std::size_t ExecutorWorld::round_trips() {
  static const std::set<std::string> kBeside{"WaitForUpdatesEx", "CreateFilter", "CurrentTime",
                                             "CreatePropertyCollector"};
  const std::lock_guard hold(world.mutex);
  std::size_t count = 0;
  for (const auto& entry : server->control().log(0)) {
    if (!kBeside.contains(entry.at("method").get<std::string>())) ++count;
  }
  return count;
}

std::vector<policy::Operation> ExecutorWorld::open_operations() {
  storage::OperationFilter filter;
  filter.open_only = true;
  return journal.operations(filter);
}

}  // namespace agent::test
