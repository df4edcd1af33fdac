#include "tests/simulator/inventory/read_vm.h"

#include <algorithm>

#include "tests/simulator/inventory/read_disks.h"
#include "tests/simulator/model/operations.h"
#include "tests/simulator/model/workload.h"

namespace sim {
namespace {

/// An enumeration by its words.
template <typename T>
T word_of(const Place& place, const char* key, const std::map<std::string, T>& words, T otherwise) {
  if (!place.has(key)) return otherwise;
  const auto found = words.find(place.text(key));
  if (found != words.end()) return found->second;
  std::string known;
  for (const auto& [word, value] : words) known += (known.empty() ? "" : ", ") + word;
  place.at(key).wrong("must be one of " + known);
  return otherwise;
}

class VmReader {
 public:
  VmReader(World& world, const Sites& sites) : world_(world), sites_(sites) {}

  /// Answers false when the VM that it stands on has not been read yet.
  bool read(const Place& place) {
    const Snapshot* source = nullptr;
    if (place.has("linked_clone_of")) {
      source = source_of(place.at("linked_clone_of"));
      if (!source) return false;
    }
    place.only({"name",
                "moid",
                "instance_uuid",
                "bios_uuid",
                "annotation",
                "guest_id",
                "version",
                "datacenter",
                "folder",
                "cluster",
                "pool",
                "host",
                "datastore",
                "home",
                "power",
                "connection",
                "template",
                "vcls",
                "fault_tolerant",
                "tools_running",
                "change_tracking",
                "managed_by",
                "question",
                "disabled_methods",
                "extra_config",
                "attributes",
                "tags",
                "memory_mib",
                "cpus",
                "writes",
                "booted",
                "suspended",
                "consolidation_needed",
                "linked_clone_of",
                "disks",
                "snapshots",
                "current",
                "last_snapshot_id",
                "written_mib"});
    Vm vm;
    vm.ref = ref_of(world_, place, "VirtualMachine");
    vm.name = place.text("name");
    const Sites::Site* site = place_of(vm, place);
    if (!site) return true;
    read_identity(vm, place);
    read_state(vm, place);
    vm.home = place.text("home", home_of(vm));
    if (vm.home.find("] ") == std::string::npos || vm.home.find('/') == std::string::npos ||
        !vm.home.ends_with(".vmx")) {
      place.at("home").wrong("must look like \"[datastore] folder/name.vmx\"");
      return true;
    }
    homes_.insert(Operations::folder_of(vm.home));
    DiskReader(world_, vm, place, *site).read(source);
    vm.last_snapshot_id = std::max(
        vm.last_snapshot_id, static_cast<int>(place.count("last_snapshot_id", std::uint64_t{0})));
    vm.consolidation_needed =
        place.flag("consolidation_needed", !Operations(world_).unneeded(vm).empty());
    read_labels(vm, place);
    note_creates(vm);
    by_name_[vm.name].push_back(vm.ref.value);
    world_.vms[vm.ref.value] = std::move(vm);
    return true;
  }

  void log_creates() { Operations(world_).log_past(std::move(creates_)); }

 private:
  const Snapshot* source_of(const Place& place) {
    place.only({"vm", "snapshot"});
    const std::string vm = place.text("vm"), snapshot = place.text("snapshot");
    const auto named = by_name_.find(vm);
    const std::string moid =
        named != by_name_.end() && named->second.size() == 1 ? named->second[0] : vm;
    const auto found = world_.vms.find(moid);
    if (found == world_.vms.end()) return nullptr;
    for (const Snapshot& one : found->second.snapshots)
      if (one.ref.value == snapshot) return &one;
    for (const Snapshot& one : found->second.snapshots)
      if (one.name == snapshot) return &one;
    return nullptr;
  }

  template <typename Map>
  std::optional<Ref> named(const Place& place, const char* key, const Map& known) const {
    if (!place.has(key))
      return known.size() > 0 ? std::optional(known.begin()->second) : std::nullopt;
    const auto found = known.find(place.text(key));
    if (found != known.end()) return found->second;
    place.at(key).wrong("is none of this datacenter: \"" + place.text(key) + "\"");
    return std::nullopt;
  }

  /// Null when there is no place, which is noted.
  const Sites::Site* place_of(Vm& vm, const Place& place) const {
    const auto found = place.has("datacenter") || sites_.by_name.size() != 1
                           ? sites_.by_name.find(place.text("datacenter"))
                           : sites_.by_name.begin();
    if (found == sites_.by_name.end()) {
      if (place.has("datacenter"))
        place.at("datacenter").wrong("is none of the file: \"" + place.text("datacenter") + "\"");
      return nullptr;
    }
    const Sites::Site& site = found->second;
    vm.folder = site.folders.at("");
    if (place.has("folder")) vm.folder = named(place, "folder", site.folders).value_or(vm.folder);
    const auto datastore = named(place, "datastore", site.datastores);
    if (site.datastores.empty()) place.wrong("its datacenter has no datastore");
    if (!datastore) return nullptr;
    vm.home_datastore = *datastore;
    std::map<std::string, Ref> hosts = site.hosts;
    if (place.has("cluster")) {
      const auto cluster = named(place, "cluster", site.computes);
      std::erase_if(hosts, [&](const auto& entry) {
        return cluster && world_.hosts.at(entry.second.value).compute != *cluster;
      });
    }
    if (hosts.empty()) place.wrong("there is no host that it could run on");
    const auto host = named(place, "host", hosts);
    if (!host) return nullptr;
    vm.host = *host;
    const auto& pools = site.pools.at(world_.hosts.at(host->value).compute.value);
    vm.pool = pools.at("Resources");
    if (place.has("pool")) vm.pool = named(place, "pool", pools).value_or(vm.pool);
    if (place.flag("template", false)) vm.pool = {};
    return &site;
  }

  void read_identity(Vm& vm, const Place& place) const {
    const std::uint64_t luck = mix(world_.options().seed, std::hash<std::string>()(vm.ref.value));
    vm.instance_uuid = place.text("instance_uuid", Operations::uuid_from(luck, "50"));
    vm.bios_uuid = place.text("bios_uuid", Operations::uuid_from(luck, "42"));
    vm.annotation = place.text("annotation", "");
    vm.guest_id = place.text("guest_id", vm.guest_id);
    vm.version = place.text("version", vm.version);
    vm.memory_mib = static_cast<std::uint32_t>(place.count("memory_mib", std::uint64_t{4096}));
    vm.cpus = static_cast<std::uint32_t>(place.count("cpus", std::uint64_t{2}));
    if (place.has("managed_by")) {
      const Place by = place.at("managed_by");
      by.only({"key", "type"});
      vm.managed_by_key = by.text("key");
      vm.managed_by_type = by.text("type", "");
    }
    for (const auto& [key, value] : place.entries("extra_config")) {
      if (value.value().is_string())
        vm.extra_config.emplace_back(key, value.value().get<std::string>());
      else
        value.wrong("must be a text");
    }
    using Pattern = WriteModel::Pattern;
    vm.writes.seed = luck;
    vm.writes.pattern = Pattern::HotSet;
    if (!place.has("writes")) return;
    const Place writes = place.at("writes");
    writes.only({"pattern", "bytes_per_hour", "hot_fraction", "hot_share", "seed"});
    vm.writes.pattern = word_of<Pattern>(writes, "pattern",
                                         {{"none", Pattern::None},
                                          {"uniform", Pattern::Uniform},
                                          {"hot_set", Pattern::HotSet},
                                          {"sequential", Pattern::Sequential}},
                                         Pattern::HotSet);
    vm.writes.bytes_per_hour = writes.number("bytes_per_hour", 0);
    vm.writes.hot_fraction = writes.number("hot_fraction", 0.1);
    vm.writes.hot_share = writes.number("hot_share", 0.9);
    vm.writes.seed = writes.count("seed", luck);
  }

  void read_state(Vm& vm, const Place& place) const {
    vm.is_template = place.flag("template", false);
    vm.vcls_agent = place.flag("vcls", false);
    if (vm.vcls_agent && vm.managed_by_key.empty())
      vm.managed_by_key = "com.vmware.vim.eam", vm.managed_by_type = "cluster-agent";
    vm.fault_tolerant = place.flag("fault_tolerant", false);
    vm.change_tracking = place.flag("change_tracking", false);
    vm.power = word_of<PowerState>(
        place, "power",
        {{"on", PowerState::On}, {"off", PowerState::Off}, {"suspended", PowerState::Suspended}},
        vm.is_template ? PowerState::Off : PowerState::On);
    if (vm.is_template && vm.power != PowerState::Off)
      place.at("power").wrong("must be off, for it is a template");
    vm.tools_running = place.flag("tools_running", vm.power == PowerState::On);
    const bool reached = world_.hosts.at(vm.host.value).connected;
    vm.connection = word_of<ConnectionState>(
        place, "connection",
        {{"connected", ConnectionState::Connected},
         {"disconnected", ConnectionState::Disconnected},
         {"orphaned", ConnectionState::Orphaned},
         {"inaccessible", ConnectionState::Inaccessible},
         {"invalid", ConnectionState::Invalid}},
        reached ? ConnectionState::Connected : ConnectionState::Disconnected);
    if (const auto question = place.optional_text("question"))
      vm.question = Question{"1", *question};
    vm.extra_disabled_methods = place.texts("disabled_methods");
    const Time start = world_.options().start;
    vm.written_until = vm.layout_time = start;
    vm.ever_powered_on = true;
    vm.boot_time = place.time("booted");
    vm.suspend_time = place.time("suspended");
  }

  // "[ds] name/name.vmx"; a name with escapes or one that is taken lies in a folder of its number.
  std::string home_of(const Vm& vm) const {
    std::string folder = vm.name;
    const bool plain = folder.find_first_of("%/") == std::string::npos && !folder.empty();
    if (!plain || homes_.contains(folder)) folder = "vm-" + vm.ref.value;
    const auto& datastore = world_.datastores.at(vm.home_datastore.value);
    return "[" + datastore.name + "] " + folder + "/" + folder + ".vmx";
  }

  void read_labels(Vm& vm, const Place& place) {
    for (const auto& [name, value] : place.entries("attributes")) {
      auto field =
          std::find_if(world_.fields.begin(), world_.fields.end(),
                       [&, &wanted = name](const auto& one) { return one.name == wanted; });
      if (field == world_.fields.end()) {
        const int key = 101 + static_cast<int>(world_.fields.size());
        world_.fields.push_back({key, name, "VirtualMachine"});
        field = world_.fields.end() - 1;
      }
      if (value.value().is_string())
        vm.custom_values[field->key] = value.value().get<std::string>();
      else
        value.wrong("must be a text");
    }
    for (const std::string& text : place.texts("tags")) {
      const auto colon = text.find(':');
      if (colon == std::string::npos || colon == 0 || colon + 1 == text.size()) {
        place.at("tags").wrong("must hold \"category:tag\", not \"" + text + "\"");
        continue;
      }
      attach(text.substr(0, colon), text.substr(colon + 1), vm.ref);
    }
  }

  void attach(const std::string& category, const std::string& name, const Ref& ref) {
    const auto urn = [&](const char* kind, std::size_t number) {
      return std::string("urn:vmomi:InventoryService") + kind + ":" +
             Operations::uuid_from(mix(world_.options().seed, number), "") + ":GLOBAL";
    };
    auto& categories = world_.categories;
    auto in = std::find_if(categories.begin(), categories.end(),
                           [&](const TagCategory& one) { return one.name == category; });
    if (in == categories.end()) {
      categories.push_back({urn("Category", categories.size() + 500000), category});
      in = categories.end() - 1;
    }
    auto& tags = world_.tags;
    auto tag = std::find_if(tags.begin(), tags.end(), [&](const Tag& one) {
      return one.name == name && one.category == in->id;
    });
    if (tag == tags.end()) {
      tags.push_back({urn("Tag", tags.size() + 700000), name, "", in->id, {}});
      tag = tags.end() - 1;
    }
    tag->attached.push_back(ref);
  }

  void note_creates(const Vm& vm) {
    for (const Snapshot& one : vm.snapshots) {
      Event event;
      event.type = "TaskEvent";
      event.created = one.created;
      event.user = "VSPHERE.LOCAL\\Administrator";
      event.text = "Task: Create virtual machine snapshot";
      event.vm = vm.ref;
      creates_.push_back(std::move(event));
    }
  }

  World& world_;
  const Sites& sites_;
  std::map<std::string, std::vector<std::string>> by_name_;  ///< moids
  std::set<std::string> homes_;                              ///< folders taken
  std::vector<Event> creates_;
};

}  // namespace

void read_vms(World& world, const Sites& sites, const std::vector<Place>& places) {
  VmReader reader(world, sites);
  std::vector<Place> left = places;
  while (!left.empty()) {
    std::vector<Place> later;
    for (const Place& place : left)
      if (!reader.read(place)) later.push_back(place);
    if (later.size() == left.size()) {
      for (const Place& place : later)
        place.at("linked_clone_of")
            .wrong("names no VM and snapshot of this file that stand on their own");
      break;
    }
    left = std::move(later);
  }
  reader.log_creates();
}

}  // namespace sim
