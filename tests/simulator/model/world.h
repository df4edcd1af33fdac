// The whole simulated vCenter behind one lock: objects, virtual time, running operations, and a log
// of what changed for the update streams.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "tests/simulator/model/objects.h"

namespace sim {

struct WorldOptions {
  std::uint64_t seed = 1;
  Time start{};
  double speed = 1;  ///< virtual seconds per real second; 0: time moves only by `step`
  /// Only with speed 0: a wait for updates that would find nothing moves time itself, see
  /// step_towards.
  bool wait_steps = false;
  std::uint64_t block_bytes = 1 << 20;
  double merge_bytes_per_second = 200e6;                 ///< per operation
  Duration snapshot_time = std::chrono::seconds(2);      ///< of a create without memory
  Duration short_time = std::chrono::milliseconds(500);  ///< of operations that move no data
  Duration task_window = std::chrono::minutes(10);  ///< how long recentTask shows a finished task
  std::size_t task_window_count = 200;
  std::string api_version = "8.0.2.0";  ///< newest that is offered
  std::string instance_uuid;
  bool is_host = false;  ///< an ESXi host instead of a vCenter
};

/// What a mutating method answers: a task, or a fault before any task existed.
struct Started {
  std::optional<Ref> task;
  std::optional<FaultValue> fault;
};

struct CreateSpec {
  std::string name, description;
  bool memory = false, quiesce = false;
  std::optional<int> quiesce_minutes, vss_backup_type;
  bool ex = false;
};
struct CloneSpec {
  std::string name;
  Ref folder;
  std::optional<Ref> datastore, pool, host, snapshot;
  bool linked = false, as_template = false, power_on = false;
  bool network_connected = true;  ///< false: its network card is not connected at power on
  std::set<int> without_disks;    ///< keys of disks of the source that it does not get
  std::vector<std::pair<std::string, std::string>> extra_config;
  std::optional<std::string> annotation;
};
/// One virtualDeviceSpec about a disk.
struct DiskChange {
  enum class Act { Add, Remove, Edit } act = Act::Add;
  int key = 0;                ///< Remove, Edit
  bool destroy_file = false;  ///< Remove: a snapshot's layers stay all the same
  std::uint64_t capacity_bytes =
      0;                         ///< Add: of the new, empty disk; Edit: what it grows to, if more
  std::optional<DiskKind> kind;  ///< none: Normal, or as it was
  // Add only.
  int controller_key = 1000;
  std::optional<int> unit;  ///< none: the first free one
  bool thin = true;
  std::optional<Ref> datastore;  ///< none: the VM's home
  std::string file;              ///< "[ds] vm/name.vmdk"; "": the first free name
};
struct ReconfigSpec {
  std::vector<DiskChange> disks;
  std::optional<bool> change_tracking;
  std::optional<std::string> annotation, name;
  std::vector<std::pair<std::string, std::string>> extra_config;
};

class World {
 public:
  explicit World(WorldOptions options);

  /// Every access to the world happens with this held. Waiting for updates waits on `changed`.
  std::mutex mutex;
  std::condition_variable changed;

  // --- time
  Time now();              ///< also plays everything that is due
  void step(Duration by);  ///< moves virtual time ahead, playing what falls due in order
  /// Moves virtual time to the next thing that is due, but not past `limit`; without a limit and
  /// with nothing due it stays where it is, and this is false.
  bool step_towards(std::optional<Time> limit);
  /// Something to happen at a virtual time, in order of time, then of arrival.
  void at(Time when, std::function<void()> what);
  /// When the next thing falls due: until then waiting for changes can sleep.
  std::optional<Time> next_due() const;

  // --- objects; ordered by number of the moid, stable
  std::map<std::string, Vm> vms;  // keyed by moid; use vm() for writing guest data first
  std::map<std::string, Host> hosts;
  std::map<std::string, Compute> computes;
  std::map<std::string, Pool> pools;
  std::map<std::string, Folder> folders;
  std::map<std::string, Datacenter> datacenters;
  std::map<std::string, Datastore> datastores;
  std::map<std::string, Task> tasks;
  std::vector<Ref> recent_tasks;  ///< TaskManager.recentTask
  std::vector<Task>
      task_history;  ///< finished tasks whose objects are gone: for history collectors
  std::vector<Event> events;
  std::map<std::string, HistoryCollector> event_collectors, task_collectors;  ///< by moid
  std::vector<Tag> tags;
  std::vector<TagCategory> categories;
  std::vector<CustomField> fields;
  Ref root_folder;

  /// "vm-13", "snapshot-9", "task-4": numbers only rise, but for a roll_back.
  Ref next_ref(const std::string& type);
  /// Keeps next_ref from handing out the number of a moid that came from elsewhere.
  void reserve(const Ref& ref);
  /// The VM with its guest's writes played up to now; null when there is none.
  Vm* vm(const std::string& moid);
  /// VM and snapshot by the snapshot's moid; nulls when there is none.
  std::pair<Vm*, Snapshot*> snapshot(const std::string& moid);
  std::uint64_t free_bytes(const Datastore& datastore);
  /// Bytes a layer takes on its datastore: by form, with extents, growth steps and overhead.
  std::uint64_t stored_bytes(const Layer& layer) const;
  /// Counts all space and sharing anew. Call it after changing disks or layers by hand.
  void recount();
  /// Brings the sizes that layoutEx shows up to date: RefreshStorageInfo, and by itself each 30
  /// min.
  void refresh_layout(Vm& vm);
  /// Plays the writes of every guest up to now.
  void play_all();
  /// Layers from running point to the deepest base.
  static std::vector<const Layer*> chain(const LayerPtr& running);
  /// Content of a disk at a layer: what a guest would read. For conservation checks.
  BlockMap contents(const LayerPtr& layer) const;

  // --- what changed, for the update streams
  std::uint64_t version = 1;  ///< rises with every change
  /// Marks a property of an object as changed now ("snapshot", "runtime.consolidationNeeded", ...);
  /// an empty property stands for the object itself having come or gone.
  void touch(const Ref& object, const std::string& property = {});
  std::uint64_t touched(const Ref& object) const;  ///< version of its last change, 0 if never

  // --- operations; each checks its preconditions and answers like vCenter
  Started create_snapshot(Vm& vm, const CreateSpec& spec, const std::string& user);
  Started remove_snapshot(Vm& vm, const Ref& snapshot, bool children, bool consolidate,
                          const std::string& user);
  Started remove_all_snapshots(Vm& vm, bool consolidate, const std::string& user);
  Started revert_to_snapshot(Vm& vm, const Ref& snapshot, bool suppress_power_on,
                             const std::string& user);
  Started revert_to_current(Vm& vm, bool suppress_power_on, const std::string& user);
  Started consolidate(Vm& vm, const std::string& user);
  Started estimate_consolidate(Vm& vm, const std::string& user);
  Started clone(Vm& vm, const CloneSpec& spec, const std::string& user);
  Started reconfigure(Vm& vm, const ReconfigSpec& spec, const std::string& user);
  Started power(Vm& vm, PowerState to, const std::string& user);
  /// vMotion, Storage vMotion or both: unset stays. Snapshots go along; every file of the VM gets
  /// the other datastore's name. Not between kinds of datastores, nor where others share a layer.
  Started relocate(Vm& vm, const std::optional<Ref>& host, const std::optional<Ref>& datastore,
                   const std::string& user);
  Started reset(Vm& vm, const std::string& user);
  Started destroy(Vm& vm, const std::string& user);
  /// The VM goes, its files stay and take space for nobody.
  std::optional<FaultValue> unregister(Vm& vm, const std::string& user);
  std::optional<FaultValue> rename_snapshot(Vm& vm, const Ref& snapshot,
                                            const std::optional<std::string>& name,
                                            const std::optional<std::string>& description,
                                            const std::string& user);
  std::optional<FaultValue> mark_as_template(Vm& vm, const std::string& user);
  std::optional<FaultValue> mark_as_vm(Vm& vm, const Ref& pool, const std::string& user);
  std::optional<FaultValue> cancel_task(Task& task, const std::string& user);

  // --- the inventory (folders.cpp)
  std::variant<Ref, FaultValue> create_folder(const Ref& parent, const std::string& name);
  /// Folders, VMs, datacenters, clusters and datastores, to a folder of their own kind.
  Started move_into(const Ref& folder, const std::vector<Ref>& what, const std::string& user);
  /// Of a VM, folder, datacenter, cluster or pool.
  Started rename(const Ref& entity, const std::string& name, const std::string& user);
  /// Why a child of `folder` cannot have this name. `besides` may: it has it, or is to get it.
  std::optional<FaultValue> name_taken(const Ref& folder, const std::string& name,
                                       const Ref& besides = {}) const;

  /// Methods that this VM's state disables now, as vCenter lists them (with its repeats).
  std::vector<std::string> disabled_methods(const Vm& vm) const;

  // --- knobs for faults on demand (control/), all by virtual time
  struct NextTask {  ///< applies to the next task of this method on this entity ("" any)
    std::string method, entity;
    std::optional<FaultValue> error;  ///< the task ends so, nothing executed
    bool after_executing = false;     ///< ... or executed all the same
    std::optional<Duration> extra_delay;
    bool leave_consolidation_debt = false;  ///< remove: tree node goes, deltas stay, flag rises
    Duration flag_lag{0};                   ///< ... that much later
    std::uint64_t call = 0;  ///< the call that armed it, which disarms it if refused; 0: by hand
  };
  std::vector<NextTask> next_tasks;
  std::set<std::string>
      locked_files;  ///< descriptor names: operations on them fail with FileLocked
  void disconnect_host(const Ref& host, bool connected);
  /// vCenter restarts: tasks that run on hosts go on, but their Task objects and all sessions are
  /// lost.
  void restart();
  /// A vCenter restored from a backup of `span` ago. What it registered since is not in it (the
  /// files of such VMs stay); tasks and events of that time never were; snapshots of that time are
  /// found on the hosts and listed anew. Numbers given since are given again. Sessions go on: a
  /// restart is told apart.
  void roll_back(Duration span);
  std::uint64_t boots = 1;

  const WorldOptions& options() const { return options_; }
  std::mt19937_64& random() { return random_; }

 private:
  friend class Operations;
  WorldOptions options_;
  std::mt19937_64 random_;
  struct Timeline;
  std::shared_ptr<Timeline> timeline_;
  std::map<std::string, std::uint64_t> touched_;
  struct Counter {
    std::uint64_t last = 0;
    std::vector<std::pair<Time, std::uint64_t>> past;  ///< the last number given at each time
  };
  std::map<std::string, Counter> counters_;  ///< by kind of number
  struct Lease {
    Ref task;
    bool exclusive = true;
  };
  std::map<std::string, std::vector<Lease>> leases_;  ///< by VM: what runs on its host now
  std::map<std::string, std::uint64_t> used_;  ///< bytes by datastore, kept up as layers change
  bool counted_ = false;
  std::map<std::string, std::string> snapshot_vms_;  ///< where a snapshot was last seen: a hint
  std::uint64_t last_layer_ = 0, last_event_ = 0, last_chain_ = 0;
};

}  // namespace sim
