// The product's saved scan, by the documented fields of its JSON only: this folder includes nothing
// of the product.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "tests/simulator/inventory/inventory.h"
#include "tests/simulator/inventory/place.h"

namespace sim {
namespace {

using nlohmann::json;

constexpr double kGib = 1073741824, kMib = 1048576;

/// "/DC/vm/a/b/name" as datacenter "DC" and folder "a/b".
struct Path {
  std::string datacenter, folder;
};

Path path_of(const std::string& text) {
  std::vector<std::string> steps;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('/', at), text.size());
    if (end > at) steps.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  Path path;
  if (steps.empty()) return path;
  // Datacenters may lie in folders: the one before "vm" is it.
  const auto vm = std::find(steps.begin() + 1, steps.end(), "vm");
  path.datacenter = vm == steps.end() ? steps.front() : *(vm - 1);
  for (auto step = vm == steps.end() ? steps.end() : vm + 1; step + 1 < steps.end(); ++step)
    path.folder += (path.folder.empty() ? "" : "/") + *step;
  return path;
}

std::string datastore_word(const std::string& type) {
  if (type == "vsan") return "vsan";
  if (type == "vvol" || type == "VVOL") return "vvol";
  if (type.starts_with("nfs") || type.starts_with("NFS")) return "nfs";
  return "vmfs6";
}

class Scan {
 public:
  explicit Scan(const json& document) : top_(document, "", problems_) {}

  json convert() {
    look_around();
    for (const Place& place : top_.list("vms")) vms_.push_back(vm(place));
    json made = {{"vcenter_sim", 1}, {"datacenters", json::array()}, {"vms", std::move(vms_)}};
    if (top_.has("taken")) made["start"] = top_.text("taken");
    if (sites_.empty()) sites_["Datacenter"];
    for (const auto& [name, site] : sites_) made["datacenters"].push_back(datacenter(name, site));
    if (problems_.empty()) return made;
    std::string text;
    for (const auto& problem : problems_) text += (text.empty() ? "" : "\n") + problem;
    throw InventoryError(text);
  }

 private:
  struct Site {
    std::set<std::string> folders;                          // parents sort before children
    std::map<std::string, std::set<std::string>> clusters;  // hosts
  };

  /// What the scan tells of one object in the rows of another.
  void look_around() {
    for (const Place& vm : top_.list("vms")) {
      for (const Place& disk : vm.list("disks")) {
        const auto layers = disk.list("layers");
        if (disk.text("kind", "") == "vmfsSparse" && !layers.empty())
          old_vmfs_.insert(datastore_of(layers.front().text("file", "")));
        // The snapshot that made a delta froze the layer below it: there a linked clone can stand.
        for (std::size_t newer = 0; newer + 1 < layers.size(); ++newer)
          if (layers[newer].has("snapshot"))
            frozen_[layers[newer + 1].text("file", "")] = {
                {"vm", vm.text("moid", "")}, {"snapshot", layers[newer].text("snapshot")}};
      }
    }
  }

  static std::string datastore_of(const std::string& file) {
    const auto close = file.find("] ");
    return file.starts_with('[') && close != std::string::npos ? file.substr(1, close - 1) : "";
  }

  json datacenter(const std::string& name, const Site& site) {
    json made = {{"name", name},
                 {"folders", site.folders},
                 {"datastores", json::array()},
                 {"clusters", json::array()}};
    for (const auto& [cluster, hosts] : site.clusters) {
      json list = json::array();
      for (const auto& host : hosts) {
        list.push_back({{"name", host}});
        if (host.starts_with("host-") && moids_.insert(host).second) list.back()["moid"] = host;
      }
      made["clusters"].push_back({{"name", cluster}, {"hosts", list}});
    }
    // A scan does not say where a datastore lies, so each datacenter gets those that it uses.
    for (const Place& place : top_.list("datastores")) {
      const std::string own = place.text("name");
      const bool used = uses_[name].contains(own);
      if (!used && &sites_.begin()->second != &site) continue;
      if (!used && std::any_of(uses_.begin(), uses_.end(),
                               [&](const auto& each) { return each.second.contains(own); }))
        continue;
      json store = {
          {"name", own},
          {"type", old_vmfs_.contains(own) ? "vmfs5" : datastore_word(place.text("type", "VMFS"))},
          {"capacity_gib", place.number("capacity_bytes", 0) / kGib},
          {"free_gib", place.number("free_bytes", 0) / kGib},
          {"accessible", place.flag("accessible", true)}};
      if (moids_.insert(place.text("moid", "")).second && place.has("moid"))
        store["moid"] = place.text("moid");
      if (store["capacity_gib"] == 0.0) store.erase("capacity_gib"), store.erase("free_gib");
      made["datastores"].push_back(std::move(store));
      uses_[name].erase(own);
    }
    for (const std::string& unknown : uses_[name])
      made["datastores"].push_back(
          {{"name", unknown}, {"type", old_vmfs_.contains(unknown) ? "vmfs5" : "vmfs6"}});
    return made;
  }

  json vm(const Place& place) {
    const Path path = path_of(place.text("path"));
    const std::string name = path.datacenter.empty() ? "Datacenter" : path.datacenter;
    Site& site = sites_[name];
    for (std::size_t slash = path.folder.find('/'); slash != std::string::npos;
         slash = path.folder.find('/', slash + 1))
      site.folders.insert(path.folder.substr(0, slash));
    if (!path.folder.empty()) site.folders.insert(path.folder);
    const std::string cluster = or_else(place.text("cluster", ""), "Hosts");
    const std::string host = or_else(place.text("host", ""), "host of " + cluster);
    // A scan knows hosts by their moids only: that is their name here as well.
    site.clusters[cluster].insert(host);
    json made = {{"name", place.text("raw_name", place.text("name", ""))},
                 {"datacenter", name},
                 {"cluster", cluster},
                 {"host", host},
                 {"template", place.flag("template", false)},
                 {"fault_tolerant", place.flag("fault_tolerant", false)},
                 {"consolidation_needed", place.flag("consolidation_needed", false)}};
    if (!path.folder.empty()) made["folder"] = path.folder;
    if (moids_.insert(place.text("moid")).second) made["moid"] = place.text("moid");
    for (const char* const key : {"instance_uuid", "bios_uuid", "question"})
      if (place.has(key) && !place.text(key).empty()) made[key] = place.text(key);
    for (const auto& [key, known] :
         {std::pair{"power", std::set<std::string>{"on", "off", "suspended"}},
          {"connection", {"connected", "disconnected", "orphaned", "inaccessible", "invalid"}}}) {
      if (known.contains(place.text(key, ""))) made[key] = place.text(key);
    }
    if (made["template"] == true) made["power"] = "off";
    for (const char* const key : {"tags", "disabled_methods"}) made[key] = place.texts(key);
    std::erase_if(made["tags"].get_ref<json::array_t&>(), [](const json& tag) {
      return tag.get_ref<const std::string&>().find(':') == std::string::npos;
    });
    put_disabled(made);
    if (place.has("attributes")) made["attributes"] = place.at("attributes").value();
    if (!place.text("managed_by", "").empty())
      made["managed_by"] = {{"key", place.text("managed_by")}};
    put_disks(made, place, name);
    return made;
  }

  static std::string or_else(const std::string& text, const std::string& otherwise) {
    return text.empty() ? otherwise : text;
  }

  /// Only what the state of a VM does not disable anyway: the simulator adds the rest itself.
  static void put_disabled(json& made) {
    static const std::set<std::string> kKept = {"CreateSnapshot_Task", "CreateSnapshotEx_Task",
                                                "RemoveSnapshot_Task", "ConsolidateVMDisks_Task",
                                                "CloneVM_Task",        "RevertToSnapshot_Task"};
    std::set<std::string> left;
    for (const auto& method : made["disabled_methods"])
      if (made["template"] == false && kKept.contains(method.get<std::string>()))
        left.insert(method.get<std::string>());
    made["disabled_methods"] = left;
  }

  void put_disks(json& made, const Place& place, const std::string& site) {
    made["disks"] = json::array();
    made["snapshots"] = json::array();
    json written = json::object();
    std::map<std::string, json> by_snapshot;  // moid -> written_mib
    for (const Place& disk : place.list("disks")) {
      const std::string key = std::to_string(disk.count("key"));
      auto layers = disk.list("layers");
      std::reverse(layers.begin(), layers.end());  // oldest first
      json made_disk = {
          {"key", disk.count("key")},
          {"label", disk.text("label", "disk " + key)},
          {"size_gib", std::max(disk.number("capacity_bytes", 0), 1073741824.0) / kGib},
          {"kind", kind(disk)}};
      if (!disk.text("uuid", "").empty()) made_disk["uuid"] = disk.text("uuid");
      bool first = true;  // the base: a linked clone has none of its own
      if (const auto own = own_from(layers); own > 0 && link(made, layers[own - 1])) {
        layers.erase(layers.begin(), layers.begin() + static_cast<std::ptrdiff_t>(own));
        made_disk.erase("uuid");
        first = false;
        if (!layers.empty()) put_home(made, layers.front().text("file", ""), site);
      }
      const double size = made_disk["size_gib"].get<double>() * 1024;
      json above = json::array();
      for (const Place& layer : layers) {
        const double mib = std::min(std::floor(layer.number("bytes", 0) / kMib), std::floor(size));
        // The snapshot that made this delta froze what lies below it.
        if (layer.has("snapshot")) {
          by_snapshot[layer.text("snapshot")][key] = std::move(above);
          above = json::array();
        }
        if (first) {
          made_disk["used_gib"] = mib / 1024;
          if (const auto file = layer.text("file", ""); !datastore_of(file).empty()) {
            made_disk["datastore"] = datastore_of(file);
            made_disk["file"] = file;
            put_home(made, file, site);
          }
        } else {
          above.push_back({{"mib", mib}, {"file", layer.text("file")}});
        }
        first = false;
      }
      written[key] = std::move(above);
      made["disks"].push_back(std::move(made_disk));
    }
    made["written_mib"] = std::move(written);
    put_snapshots(made, place, by_snapshot);
  }

  static std::string kind(const Place& disk) {
    const std::string mode = disk.text("mode", "");
    if (mode == "independent_persistent") return "independentPersistent";
    if (mode == "independent_nonpersistent") return "independentNonpersistent";
    return "normal";
  }

  /// The first layer, oldest first, that is no other VM's.
  static std::size_t own_from(const std::vector<Place>& layers) {
    std::size_t own = 0;
    while (own < layers.size() && layers[own].flag("inherited", false)) ++own;
    return own;
  }

  /// False when the scan does not tell which snapshot holds that layer, or the VM's other disks
  /// stand on another one: such a disk comes with a base of its own.
  bool link(json& made, const Place& layer) const {
    const auto held = frozen_.find(layer.text("file", ""));
    if (held == frozen_.end()) return false;
    if (made.contains("linked_clone_of")) return made["linked_clone_of"] == held->second;
    made["linked_clone_of"] = held->second;
    return true;
  }

  /// A scan does not tell where the .vmx lies: beside the first disk that has a name like it.
  void put_home(json& made, const std::string& file, const std::string& site) {
    const std::string datastore = datastore_of(file);
    if (datastore.empty()) return;
    uses_[site].insert(datastore);
    if (made.contains("home") || !file.ends_with(".vmdk") || file.find('/') == std::string::npos)
      return;
    std::string stem = file.substr(0, file.size() - 5);
    if (const auto dash = stem.rfind('-');
        stem.size() - dash == 7 &&
        stem.find_first_not_of("0123456789", dash + 1) == std::string::npos)
      stem.resize(dash);  // a delta's number
    made["datastore"] = datastore;
    made["home"] = stem + ".vmx";
  }

  void put_snapshots(json& made, const Place& place, std::map<std::string, json>& by_snapshot) {
    std::vector<Place> left = place.list("snapshots");
    std::set<std::string> known;
    while (!left.empty()) {  // parents first, whatever the file's order
      std::vector<Place> later;
      for (const Place& one : left) {
        const std::string parent = one.text("parent", "");
        if (!parent.empty() && !known.contains(parent)) {
          later.push_back(one);
          continue;
        }
        known.insert(one.text("moid"));
        json snapshot = {{"moid", one.text("moid")},
                         {"name", one.text("raw_name", one.text("name", ""))},
                         {"id", one.count("id", known.size())},
                         {"created", one.text("created")},
                         {"description", one.text("description", "")},
                         {"parent", parent.empty() ? json() : json(parent)},
                         {"quiesced", one.flag("quiesced", false)},
                         {"helper", one.flag("helper", false)},
                         {"memory_mib", one.flag("memory", false)
                                            ? std::max(one.number("memory_bytes", 0), kMib) / kMib
                                            : 0.0}};
        if (const auto layers = by_snapshot.find(one.text("moid")); layers != by_snapshot.end())
          snapshot["written_mib"] = layers->second;
        if (one.flag("current", false)) made["current"] = one.text("moid");
        made["snapshots"].push_back(std::move(snapshot));
      }
      if (later.size() == left.size()) {
        for (const Place& one : later) one.at("parent").wrong("is no snapshot of this VM");
        return;
      }
      left = std::move(later);
    }
  }

  Place::Problems problems_;
  Place top_;
  json::array_t vms_;
  std::map<std::string, Site> sites_;
  std::map<std::string, std::set<std::string>> uses_;  // datastores by datacenter
  std::set<std::string> moids_;
  std::set<std::string> old_vmfs_;      // datastores whose deltas are vmfsSparse
  std::map<std::string, json> frozen_;  // file -> the VM and snapshot that hold it
};

}  // namespace

bool is_saved_scan(const json& document) {
  return document.is_object() && document.contains("endpoints") && document.contains("vms");
}

json from_saved_scan(const json& scan) { return Scan(scan).convert(); }

}  // namespace sim
