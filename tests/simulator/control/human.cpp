// What people and other products do to an inventory behind a client's back.
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>

#include "tests/simulator/control/endpoint.h"

namespace sim {
namespace {

using nlohmann::json;

struct Act {
  World& world;
  const json& asked;
  std::string user;

  std::string text(const char* key) const {
    if (!asked.contains(key))
      throw std::invalid_argument(std::string("the act needs \"") + key + "\"");
    return asked.at(key).get<std::string>();
  }
  Vm& vm() const {
    Vm* found =
        asked.contains("vm") ? world.vm(text("vm")) : world.snapshot(text("snapshot")).first;
    if (found == nullptr) throw std::invalid_argument("the act names no VM that is there");
    return *world.vm(found->ref.value);
  }
  Ref snapshot() const {
    const std::string moid = text("snapshot");
    if (world.snapshot(moid).second == nullptr)
      throw std::invalid_argument("no snapshot " + moid + " to act on");
    return {"VirtualMachineSnapshot", moid};
  }
};

json told(const Started& started) {
  if (started.fault) return {{"fault", started.fault->type}, {"message", started.fault->message}};
  return {{"task", started.task ? started.task->value : ""}};
}

json told(const std::optional<FaultValue>& fault) {
  if (fault) return {{"fault", fault->type}, {"message", fault->message}};
  return json::object();
}

json create(const Act& act) {
  CreateSpec spec;
  spec.name = act.text("name");
  spec.description = act.asked.value("description", "");
  spec.memory = act.asked.value("memory", false);
  spec.quiesce = act.asked.value("quiesce", false);
  return told(act.world.create_snapshot(act.vm(), spec, act.user));
}

json rename(const Act& act) {
  std::optional<std::string> name, description;
  if (act.asked.contains("name")) name = act.text("name");
  if (act.asked.contains("description")) description = act.text("description");
  return told(act.world.rename_snapshot(act.vm(), act.snapshot(), name, description, act.user));
}

json remove(const Act& act) {
  return told(act.world.remove_snapshot(act.vm(), act.snapshot(),
                                        act.asked.value("children", false),
                                        act.asked.value("consolidate", true), act.user));
}

json rename_vm(const Act& act) {
  return told(act.world.rename(act.vm().ref, act.text("name"), act.user));
}

json move_vm(const Act& act) {
  const std::string name = act.text("folder");
  for (const auto& [moid, folder] : act.world.folders) {
    if (folder.name == name) return told(act.world.move_into(folder.ref, {act.vm().ref}, act.user));
  }
  throw std::invalid_argument("no folder " + name);
}

json relocate_vm(const Act& act) {
  const auto named = [&](const char* key, const auto& all) -> std::optional<Ref> {
    if (!act.asked.contains(key)) return std::nullopt;
    const std::string name = act.text(key);
    for (const auto& [moid, one] : all) {
      if (one.name == name) return one.ref;
    }
    throw std::invalid_argument(std::string("no ") + key + " " + name);
  };
  return told(act.world.relocate(act.vm(), named("host", act.world.hosts),
                                 named("datastore", act.world.datastores), act.user));
}

json edit_vm(const Act& act) {
  ReconfigSpec spec;
  spec.annotation = act.text("annotation");
  return told(act.world.reconfigure(act.vm(), spec, act.user));
}

json clone_vm(const Act& act) {
  CloneSpec spec;
  spec.name = act.text("name");
  spec.folder = act.vm().folder;
  spec.linked = act.asked.value("linked", false);
  if (act.asked.contains("snapshot")) spec.snapshot = act.snapshot();
  return told(act.world.clone(act.vm(), spec, act.user));
}

json ask_question(const Act& act) {
  Vm& vm = act.vm();
  vm.question = Question{"msg.hbacommon.outofspace", act.text("text")};
  act.world.touch(vm.ref, "runtime.question");
  return json::object();
}

json set_lock(const Act& act, bool locked) {
  const std::string file = act.text("file");
  if (locked)
    act.world.locked_files.insert(file);
  else
    act.world.locked_files.erase(file);
  return json::object();
}

json set_host(const Act& act, bool connected) {
  const auto host = act.world.hosts.find(act.text("host"));
  if (host == act.world.hosts.end()) throw std::invalid_argument("no host " + act.text("host"));
  act.world.disconnect_host(host->second.ref, connected);
  return json::object();
}

json cancel(const Act& act) {
  const auto task = act.world.tasks.find(act.text("task"));
  if (task == act.world.tasks.end()) throw std::invalid_argument("no task " + act.text("task"));
  return told(act.world.cancel_task(task->second, act.user));
}

json roll_back_by(const Act& act) {
  const double seconds = act.asked.at("seconds").get<double>();
  if (seconds < 0) throw std::invalid_argument("\"seconds\" must not be negative");
  act.world.roll_back(Duration(static_cast<std::int64_t>(seconds * 1e6)));
  return json::object();
}

json restart(const Act& act) {
  act.world.restart();
  return {{"boots", act.world.boots}};
}

using Doing = std::function<json(const Act&)>;

const std::map<std::string, Doing>& doings() {
  static const std::map<std::string, Doing> all = {
      {"create", create},
      {"rename", rename},
      {"delete", remove},
      {"delete_all",
       [](const Act& a) { return told(a.world.remove_all_snapshots(a.vm(), true, a.user)); }},
      {"revert",
       [](const Act& a) {
         return told(a.world.revert_to_snapshot(a.vm(), a.snapshot(), false, a.user));
       }},
      {"consolidate", [](const Act& a) { return told(a.world.consolidate(a.vm(), a.user)); }},
      {"power_on",
       [](const Act& a) { return told(a.world.power(a.vm(), PowerState::On, a.user)); }},
      {"power_off",
       [](const Act& a) { return told(a.world.power(a.vm(), PowerState::Off, a.user)); }},
      {"destroy", [](const Act& a) { return told(a.world.destroy(a.vm(), a.user)); }},
      {"rename_vm", rename_vm},
      {"move_vm", move_vm},
      {"relocate_vm", relocate_vm},
      {"edit_vm", edit_vm},
      {"clone_vm", clone_vm},
      {"question", ask_question},
      {"lock", [](const Act& a) { return set_lock(a, true); }},
      {"unlock", [](const Act& a) { return set_lock(a, false); }},
      {"disconnect", [](const Act& a) { return set_host(a, false); }},
      {"reconnect", [](const Act& a) { return set_host(a, true); }},
      {"cancel", cancel},
      {"rollback", roll_back_by},
      {"restart", restart}};
  return all;
}

}  // namespace

json human_act(World& world, const json& asked) {
  const auto name = asked.at("act").get<std::string>();
  const auto doing = doings().find(name);
  if (doing == doings().end()) throw std::invalid_argument("unknown act \"" + name + "\"");
  return doing->second(Act{world, asked, asked.value("user", "VSPHERE.LOCAL\\operator")});
}

}  // namespace sim
