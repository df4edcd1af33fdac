// The simulated inventory as plain values. Everything a client can see is derived from these;
// nothing here knows XML or HTTP.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulator/model/block_map.h"

namespace sim {

using Time = std::chrono::sys_time<std::chrono::microseconds>;
using Duration = std::chrono::microseconds;

struct Ref {
  std::string type;   ///< "VirtualMachine", "Task", ...
  std::string value;  ///< "vm-12"
  auto operator<=>(const Ref&) const = default;
  bool empty() const { return value.empty(); }
};

/// How a layer is stored; decides file names, extents and size steps.
enum class LayerForm { Flat, VmfsSparse, SeSparse, VsanSparse, Native };

/// One layer of a disk, perhaps shared: snapshots freeze it, linked clones stand on it.
struct Layer {
  std::uint64_t id = 0;
  std::shared_ptr<Layer> parent;  ///< null for a base
  LayerForm form = LayerForm::Flat;
  Ref datastore;
  std::string file;       ///< descriptor, "[ds] folder/name-000001.vmdk"
  std::string object_id;  ///< backingObjectId, vSAN and vVol only
  std::string uuid, content_id, cid;
  bool thin = true;
  BlockMap blocks;
  std::uint64_t capacity_bytes = 0;
  std::uint64_t change_serial = 0;  ///< counts CBT epochs; part of the changeId
  bool raw_mapping =
      false;            ///< an RDM's mapping file: its data lies on a LUN and takes no space here
  bool shared = false;  ///< another VM stood on it once: look who still does before merging
  std::uint64_t listed_bytes = 0;  ///< what layoutEx shows: stored size at the VM's layout_time
};
using LayerPtr = std::shared_ptr<Layer>;

enum class DiskKind {
  Normal,
  IndependentPersistent,
  IndependentNonpersistent,
  RdmPhysical,
  RdmVirtual,
  MultiWriter
};

/// What a disk's change tracking recorded up to one changeId.
struct ChangeEpoch {
  std::uint64_t serial = 0;  ///< the N of "uuid/N" that closed it
  BlockMap changed;
};

struct Disk {
  int key = 2000;
  int controller_key = 1000;
  int unit = 0;
  std::string label;
  DiskKind kind = DiskKind::Normal;
  std::uint64_t capacity_bytes = 0;
  LayerPtr running;
  std::string change_uuid;          ///< empty: not tracked; a new one makes old changeIds invalid
  std::vector<ChangeEpoch> epochs;  ///< closed ones, by rising serial
  BlockMap changed;                 ///< since the last closed epoch
};

struct Snapshot {
  Ref ref;
  int id = 0;                     ///< per VM, ever increasing
  std::string name, description;  ///< name as on the wire, escapes included
  Time created{};
  bool powered_on = false;  ///< state poweredOn: memory was captured
  bool quiesced = false;
  std::optional<int> vss_backup_type;  ///< as its create asked for, when it was quiesced
  std::string backup_manifest;
  std::uint64_t memory_bytes = 0;  ///< 0: no memory file
  std::string memory_file, data_file;
  std::optional<Ref> parent;
  std::map<int, LayerPtr>
      frozen;  ///< by disk key: the running layer at that time; independent disks have none
  std::map<int, std::string> change_ids;  ///< by disk key, when CBT was on
  bool helper = false;
};

/// How the guest of a VM writes.
struct WriteModel {
  enum class Pattern { None, Uniform, HotSet, Sequential } pattern = Pattern::Uniform;
  double bytes_per_hour = 0;  ///< distinct or not: a rewritten block counts again
  double hot_fraction = 0.1, hot_share = 0.9;
  std::uint64_t seed = 0;
};

enum class PowerState { Off, On, Suspended };
enum class ConnectionState { Connected, Disconnected, Orphaned, Inaccessible, Invalid };

struct Question {
  std::string id, text;
};

struct Vm {
  Ref ref;
  std::string name;  ///< as on the wire
  std::string instance_uuid, bios_uuid, annotation, guest_id = "otherGuest64", version = "vmx-19";
  Ref folder, pool, host;
  Ref home_datastore;
  std::string home;  ///< vmPathName, "[ds] folder/name.vmx"
  PowerState power = PowerState::On;
  ConnectionState connection = ConnectionState::Connected;
  bool is_template = false, vcls_agent = false, fault_tolerant = false, tools_running = true;
  bool network_connected = true;        ///< at power on, as configured
  bool change_tracking = false;         ///< as configured
  bool change_tracking_active = false;  ///< takes effect at the next snapshot or power operation
  bool stunned = false;                 ///< the guest stands still: last round of a merge
  bool consolidation_needed = false;    ///< what the server shows; may lag the truth
  std::string managed_by_key, managed_by_type;
  std::uint64_t change_version = 1;
  std::uint32_t memory_mib = 4096, cpus = 2;
  std::optional<Question> question;
  std::vector<std::string> extra_disabled_methods;  ///< on top of what state implies
  std::vector<std::pair<std::string, std::string>> extra_config;
  std::map<int, std::string> custom_values;
  std::vector<Disk> disks;
  std::vector<Disk> detached;  ///< taken out, but a snapshot froze them: a revert brings them back
  std::vector<Snapshot> snapshots;  ///< parents before children
  std::optional<Ref> current_snapshot;
  int last_snapshot_id = 0;
  WriteModel writes;
  Time written_until{};  ///< guest writes are played lazily up to here
  bool ever_powered_on = false;
  Time registered{};  ///< by this vCenter; the epoch: long before the start
  std::optional<Time> boot_time, suspend_time;
  std::vector<Ref> recent_tasks;
  Time layout_time{};  ///< layoutEx shows sizes as of then until refreshed
};

struct Host {
  Ref ref;
  std::string name, uuid;
  Ref compute;  ///< cluster or compute resource
  bool connected = true, in_maintenance = false;
};
struct Compute {
  Ref ref;
  std::string name;
  Ref folder, pool;
  bool cluster = true;
};
struct Pool {
  Ref ref;
  std::string name;
  Ref parent, owner;
};
struct Folder {
  Ref ref;
  std::string name;
  Ref parent;
};
struct Datacenter {
  Ref ref;
  std::string name;
  Ref parent, vm_folder, host_folder, datastore_folder, network_folder;
};
struct Datastore {
  Ref ref;
  std::string name, type;  ///< "VMFS" (with vmfs_major), "NFS", "vsan", "VVOL"
  int vmfs_major = 6;
  Ref folder;
  std::uint64_t capacity_bytes = 0;
  std::uint64_t other_bytes = 0;  ///< used by what is not modelled
  bool accessible = true;
};
struct Tag {
  std::string id, name, description, category;
  std::vector<Ref> attached;
};
struct TagCategory {
  std::string id, name;
  std::string description = {};
  bool single = false;  ///< one tag of it per object at most
};
struct CustomField {
  int key = 0;
  std::string name, type = "VirtualMachine";
};

/// A fault as a value: the wire renders it, tests compare it.
struct FaultValue {
  using Inner = std::shared_ptr<const FaultValue>;

  std::string type;                                         ///< "TaskInProgress"
  std::string message;                                      ///< faultstring or localizedMessage
  std::vector<std::pair<std::string, std::string>> fields;  ///< in schema order, plain text
  std::vector<std::pair<std::string, Ref>> refs;            ///< reference fields, after `fields`
  std::vector<std::pair<std::string, std::string>> notes;   ///< faultMessage: key, message
  std::vector<std::pair<std::string, Inner>> nested = {};   ///< fields that are faults themselves
  Inner cause = {};                                         ///< faultCause
};

/// A file as a datastore's browser tells it; what the search did not ask for is unset.
struct FoundFile {
  std::string type;  ///< data object: "VmDiskFileInfo", "FolderFileInfo", "FileInfo", ...
  std::string path;  ///< relative to its folder
  std::optional<std::uint64_t> bytes;
  std::optional<Time> modified;
  std::optional<std::string> owner;
  std::optional<std::uint64_t> capacity_kib;  ///< this and the next: disks only
  std::optional<bool> thin;
};
struct FoundFolder {
  Ref datastore;
  std::string path;  ///< "[ds] folder/": with a file's path behind it, that file's full name
  std::vector<FoundFile> files;
};

enum class TaskState { Queued, Running, Success, Error };

struct Task {
  Ref ref;
  std::string name;            ///< wire method, "CreateSnapshot_Task"
  std::string description_id;  ///< "VirtualMachine.createSnapshot"
  Ref entity;
  std::string entity_name, user;
  TaskState state = TaskState::Queued;
  std::optional<int> progress;  ///< unset until running
  bool cancelable = false, cancelled = false;
  std::optional<FaultValue> error;
  std::optional<Ref> result_ref;
  std::string result_xml_type;  ///< for results that are not references
  std::vector<std::pair<Ref, std::uint64_t>> result_storage;  ///< estimate: datastore, KiB required
  std::vector<FoundFolder> result_folders;                    ///< of a datastore's browser
  Time queued{};
  std::optional<Time> started, completed;
  std::uint64_t chain_id = 0;
};

struct Event {
  std::uint64_t key = 0, chain_id = 0;
  std::string type;  ///< "TaskEvent", "VmBeingClonedEvent", "GeneralUserEvent", ...
  Time created{};
  std::string user, text;
  std::optional<Ref> vm;
};

/// Which of the past a client asks for; what is empty or unset excludes nothing.
struct HistoryFilter {
  std::optional<Ref> entity;
  std::string recursion = "self";  ///< self | children | all
  std::string time_type;           ///< tasks: queuedTime | startedTime | completedTime
  std::optional<Time> begin, end;
  std::vector<std::string> users;
  std::vector<std::string> types;   ///< events: "VmPoweredOnEvent"
  std::vector<std::string> states;  ///< tasks: "running"
  std::vector<std::uint64_t> chains;
};

/// A reader's place in the history of events or tasks. It belongs to a session and ends with it.
struct HistoryCollector {
  std::string session;  ///< UserSession.key
  HistoryFilter filter;
  /// Key of the item that the place is behind: reading on goes to newer ones, back to itself and
  /// older ones. 0: before the oldest.
  std::uint64_t place = 0;
  std::size_t page = 10;  ///< of the latest ones
};

}  // namespace sim
