#include "tests/simulator/control/control.h"

#include <algorithm>
#include <cstdio>

namespace sim {
namespace {

/// Any flag set by either rule holds; of two replies or faults the first rule's does.
void combine(Interference& into, const Interference& more) {
  into.delay_before += more.delay_before;
  into.delay_after += more.delay_after;
  into.drop_before = into.drop_before || more.drop_before;
  into.drop_after = into.drop_after || more.drop_after;
  into.cut_mid_reply = into.cut_mid_reply || more.cut_mid_reply;
  if (!into.replace) into.replace = more.replace;
  if (!into.replace_after) into.replace_after = more.replace_after;
  if (!into.fault) into.fault = more.fault;
  into.bytes_per_second = std::max(into.bytes_per_second, more.bytes_per_second);
}

void after_a_while(World& world, const std::optional<Duration>& span, std::function<void()> what) {
  if (span) world.at(world.now() + *span, std::move(what));
}

void lock_files(World& world, const std::string& moid, const std::optional<Duration>& lasting) {
  const Vm* vm = world.vm(moid);
  if (vm == nullptr) return;
  std::vector<std::string> files;
  for (const auto& disk : vm->disks)
    for (const auto* layer : World::chain(disk.running)) files.push_back(layer->file);
  world.locked_files.insert(files.begin(), files.end());
  after_a_while(world, lasting, [&world, files] {
    for (const auto& file : files) world.locked_files.erase(file);
  });
}

void disconnect(World& world, const std::string& moid, const std::optional<Duration>& lasting) {
  const Vm* vm = world.vm(moid);
  if (vm == nullptr) return;
  const Ref host = vm->host;
  world.disconnect_host(host, false);
  after_a_while(world, lasting, [&world, host] { world.disconnect_host(host, true); });
}

/// Turns the world's knobs as a consequence asks; what the wire does is the caller's part.
void apply(World& world, const Consequence& then, const Exchange& exchange, const std::string& vm) {
  if (then.task_error || then.task_delay || then.consolidation_debt) {
    World::NextTask next;
    next.method = exchange.method;
    next.entity = vm;
    next.call = exchange.number;
    next.error = then.task_error;
    next.after_executing = then.task_executes;
    next.extra_delay = then.task_delay;
    next.leave_consolidation_debt = then.consolidation_debt;
    next.flag_lag = then.flag_lag;
    world.next_tasks.push_back(std::move(next));
  }
  if (then.lock) lock_files(world, vm, then.lasting);
  if (then.disconnect) disconnect(world, vm, then.lasting);
  if (then.rollback) world.roll_back(*then.rollback);
}

}  // namespace

std::string vm_of(World& world, const Ref& object) {
  if (object.type == "VirtualMachine") return object.value;
  if (object.type == "VirtualMachineSnapshot") {
    const auto [vm, snapshot] = world.snapshot(object.value);
    return vm == nullptr ? "" : vm->ref.value;
  }
  if (const auto task = world.tasks.find(object.value); task != world.tasks.end())
    return task->second.entity.value;
  return {};
}

std::string time_text(Time time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss clock(time - days);
  char text[48];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06d", int(date.year()),
                unsigned(date.month()), unsigned(date.day()), int(clock.hours().count()),
                int(clock.minutes().count()), int(clock.seconds().count()),
                int(clock.subseconds().count()));
  std::string made = text;
  made.erase(made.find_last_not_of('0') + 1);
  if (made.back() == '.') made.pop_back();
  return made + "Z";
}

Interference Control::before(const Exchange& exchange, World& world) {
  Entry entry{exchange, vm_of(world, exchange.self), {}};
  entry.exchange.arguments = {};  // may hold a password, and dies with the request
  Interference all;
  for (const auto& then : rules_.choose(exchange.method, exchange.self, entry.vm)) {
    combine(all, then.wire);
    apply(world, then, exchange, entry.vm);
    if (then.restart) restarts_.insert(exchange.number);
  }
  log_.push_back(std::move(entry));
  return all;
}

void Control::after(const Exchange& exchange, const Outcome& outcome, World& world) {
  // Refused before there was a task: what was meant for that task must not befall a later one.
  std::erase_if(world.next_tasks,
                [&](const World::NextTask& next) { return next.call == exchange.number; });
  if (restarts_.erase(exchange.number) > 0) world.restart();  // it takes what this call began along
  // Newest first: the call is most often the last one that arrived.
  const auto it = std::find_if(log_.rbegin(), log_.rend(), [&](const Entry& entry) {
    return entry.exchange.number == exchange.number;
  });
  if (it != log_.rend()) it->outcome = outcome;
}

nlohmann::json Control::log(std::uint64_t since) const {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& [exchange, vm, outcome] : log_) {
    if (exchange.number <= since) continue;
    nlohmann::json line = {{"number", exchange.number},         {"time", time_text(exchange.when)},
                           {"method", exchange.method},         {"type", exchange.self.type},
                           {"object", exchange.self.value},     {"vm", vm},
                           {"session", exchange.session},       {"user", exchange.user},
                           {"user_agent", exchange.user_agent}, {"api", exchange.api_version}};
    if (outcome) {
      line["status"] = outcome->status;
      line["executed"] = outcome->executed;
      line["result"] = outcome->result;
      line["fault"] = outcome->fault;
      line["bytes"] = outcome->body_bytes;
    }
    list.push_back(std::move(line));
  }
  return list;
}

}  // namespace sim
