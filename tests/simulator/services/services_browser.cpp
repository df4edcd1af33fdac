// HostDatastoreBrowser: what lies on a datastore, as the files that the VMs of the world stand for.
#include <fnmatch.h>

#include <algorithm>
#include <sstream>

#include "tests/simulator/model/faults.h"
#include "tests/simulator/model/operations.h"
#include "tests/simulator/services/services.h"
#include "tests/simulator/services/targets.h"
#include "tests/simulator/services/views.h"

namespace sim {
namespace {

struct Search {
  Ref datastore;
  std::string folder;                 ///< "" the datastore's root, else "a" or "a/b"
  std::vector<std::string> queries;   ///< types of FileInfo that are wanted; empty: every file
  std::vector<std::string> patterns;  ///< of names; one that fits is enough, none fit always
  bool any_case = true, below = false;
  bool type = false, size = false, modified = false, owner = false;  ///< what to tell of each
  bool capacity = false, thin = false;                               ///< ... of a disk
};

/// A file of the datastore, or a folder.
struct Entry {
  std::string type = "FileInfo";
  std::uint64_t bytes = 0;
  Time modified{};
  std::uint64_t capacity_bytes = 0;
  bool thin = false;
};
using Entries = std::map<std::string, Entry>;  // by path below the root: "web/web.vmdk"

std::string type_of(const views::StoredFile& file) {
  if (file.type == "diskDescriptor") return "VmDiskFileInfo";
  if (file.type == "config") return "VmConfigFileInfo";
  if (file.type == "snapshotData") return "VmSnapshotFileInfo";
  if (file.type == "log") return "VmLogFileInfo";
  if (file.type == "nvram") return "VmNvramFileInfo";
  return "FileInfo";
}

/// Sizes are of now, where layoutEx tells those of its last refresh.
Entries files_on(World& world, const Datastore& datastore) {
  world.play_all();
  const std::string prefix = "[" + datastore.name + "] ";
  Entries entries;
  for (const auto& [moid, vm] : world.vms) {
    for (const auto& file : views::files_of(vm)) {
      if (file.datastore != datastore.ref || !file.name.starts_with(prefix)) continue;
      const std::string path = file.name.substr(prefix.size());
      Entry& entry = entries[path];
      entry.type = type_of(file);
      entry.modified = std::max(entry.modified, vm.layout_time);
      entry.bytes = file.bytes;
      if (file.layer != nullptr) {
        // A descriptor with an extent is small text; one of an object stands for all of it.
        const bool holds_data = file.type == "diskExtent" || !file.layer->object_id.empty();
        entry.bytes = holds_data ? world.stored_bytes(*file.layer) : 0;
        entry.capacity_bytes = file.layer->capacity_bytes;
        entry.thin = file.layer->thin;
      }
      for (auto slash = path.find('/'); slash != std::string::npos;
           slash = path.find('/', slash + 1)) {
        Entry& folder = entries[path.substr(0, slash)];
        folder.type = "FolderFileInfo";
        folder.modified = std::max(folder.modified, vm.layout_time);
      }
    }
  }
  return entries;
}

bool fits(const Search& search, const std::string& name, const Entry& entry) {
  const auto& types = search.queries;
  if (!types.empty() && std::find(types.begin(), types.end(), entry.type) == types.end() &&
      std::find(types.begin(), types.end(), "FileInfo") == types.end())
    return false;
  const int flags = search.any_case ? FNM_CASEFOLD : 0;
  const auto matches = [&](const std::string& pattern) {
    return fnmatch(pattern.c_str(), name.c_str(), flags) == 0;
  };
  return search.patterns.empty() ||
         std::any_of(search.patterns.begin(), search.patterns.end(), matches);
}

FoundFile told(const Search& search, const std::string& name, const Entry& entry) {
  FoundFile file;
  file.path = name;
  file.type = search.type || !search.queries.empty() ? entry.type : "FileInfo";
  if (search.size) file.bytes = entry.bytes;
  if (search.modified) file.modified = entry.modified;
  if (search.owner) file.owner = "root";
  if (file.type != "VmDiskFileInfo") return file;
  if (search.capacity) file.capacity_kib = entry.capacity_bytes / 1024;
  if (search.thin) file.thin = entry.thin;
  return file;
}

/// A folder's own entry is told by the folder above it.
Operations::Outcome look(World& world, const Search& search) {
  Operations::Outcome outcome;
  const Datastore& datastore = world.datastores.at(search.datastore.value);
  const std::string prefix = "[" + datastore.name + "] ";
  const Entries entries = files_on(world, datastore);
  std::map<std::string, FoundFolder> folders;  // by path below the root
  const auto folder_at = [&](const std::string& path) -> FoundFolder& {
    FoundFolder& folder = folders[path];
    folder.datastore = datastore.ref;
    folder.path = prefix + path + (path.empty() ? "" : "/");
    return folder;
  };
  const auto own = entries.find(search.folder);
  if (!search.folder.empty() && (own == entries.end() || own->second.type != "FolderFileInfo")) {
    outcome.error = fault("FileNotFound", "File " + prefix + search.folder + " was not found");
    outcome.error->fields = {{"file", prefix + search.folder}};
    return outcome;
  }
  folder_at(search.folder);
  const std::string under = search.folder.empty() ? "" : search.folder + "/";
  for (const auto& [path, entry] : entries) {
    if (!path.starts_with(under)) continue;
    const auto slash = path.rfind('/');
    const std::string at = slash == std::string::npos ? "" : path.substr(0, slash);
    if (at != search.folder && !search.below) continue;
    const std::string name = path.substr(slash == std::string::npos ? 0 : slash + 1);
    if (fits(search, name, entry)) folder_at(at).files.push_back(told(search, name, entry));
  }
  for (auto& [path, folder] : folders) outcome.folders.push_back(std::move(folder));
  outcome.result_type = search.below ? "ArrayOfHostDatastoreBrowserSearchResults"
                                     : "HostDatastoreBrowserSearchResults";
  return outcome;
}

/// "VmDiskFileQuery" looks for "VmDiskFileInfo".
std::string info_of(const std::string& query) {
  return query.ends_with("Query") ? query.substr(0, query.size() - 5) + "Info" : "FileInfo";
}

void read_spec(pugi::xml_node spec, Search& search) {
  for (const auto& query : children_named(spec, "query")) {
    search.queries.push_back(info_of(wire_type_of(query)));
    const auto details = child_named(query, "details");
    search.capacity = search.capacity || flag_of(details, "capacityKb", false);
    search.thin = search.thin || flag_of(details, "thin", false);
  }
  for (const auto& pattern : children_named(spec, "matchPattern"))
    search.patterns.push_back(text_of(pattern));
  search.any_case = flag_of(spec, "searchCaseInsensitive", true);
  const auto details = child_named(spec, "details");
  search.type = flag_of(details, "fileType", false);
  search.size = flag_of(details, "fileSize", false);
  search.modified = flag_of(details, "modification", false);
  search.owner = flag_of(details, "fileOwner", false);
}

/// "[ds] a/b/": which of the datastores that the browser reaches, and the folder on it.
void read_path(Call& call, Search& search) {
  const std::string path = text_of(child_named(call.arguments, "datastorePath"));
  const auto end = path.find(']');
  if (!path.starts_with('[') || end == std::string::npos)
    throw FaultReply{{.type = "InvalidDatastorePath",
                      .message = "Invalid datastore path '" + path + "'.",
                      .fields = {{"datastorePath", path}}}};
  const std::string name = path.substr(1, end - 1);
  for (const Ref& ref : views::browser_of(call.world, call.self).datastores)
    if (call.world.datastores.at(ref.value).name == name) search.datastore = ref;
  if (search.datastore.empty())
    throw FaultReply{{.type = "InvalidDatastore",
                      .message = "Invalid datastore '" + name + "'.",
                      .fields = {{"name", name}}}};
  // "./a//b/" is "a/b", as in any path.
  std::string step;
  std::istringstream steps(
      path.substr(std::min(path.find_first_not_of(' ', end + 1), path.size())));
  while (std::getline(steps, step, '/'))
    if (!step.empty() && step != ".") search.folder += (search.folder.empty() ? "" : "/") + step;
}

std::string start(Call& call, bool below) {
  Search search;
  search.below = below;
  read_path(call, search);
  read_spec(child_named(call.arguments, "searchSpec"), search);
  const Operations::Kind kind =
      below ? Operations::Kind{"SearchDatastoreSubFolders_Task",
                               "host.DatastoreBrowser.searchSubFolders"}
            : Operations::Kind{"SearchDatastore_Task", "host.DatastoreBrowser.search"};
  World& world = call.world;
  const Datastore& datastore = world.datastores.at(search.datastore.value);
  return return_task(Operations(world).start_on(datastore.ref, datastore.name, kind, user_of(call),
                                                world.options().short_time,
                                                [&world, search] { return look(world, search); }));
}

}  // namespace

void add_browser_services(ServiceTable& table) {
  using enum ServiceEntry::Needs;
  const std::string browser = "HostDatastoreBrowser";
  table.add({browser, "SearchDatastore_Task", Session, "Datastore.Browse",
             [](Call& call) { return start(call, false); }});
  table.add({browser, "SearchDatastoreSubFolders_Task", Session, "Datastore.Browse",
             [](Call& call) { return start(call, true); }});
}

}  // namespace sim
