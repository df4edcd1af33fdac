#include "tests/simulator/model/build_parts.h"

#include <algorithm>
#include <cmath>

#include "tests/simulator/model/operations.h"

namespace sim {
namespace {

constexpr std::uint64_t kGib = std::uint64_t{1} << 30;

std::string snapshot_name(int number, Time created, const BuildOptions& options, Dice& dice) {
  static const std::vector<std::string> kForeign = {"VEEAM BACKUP TEMPORARY SNAPSHOT",
                                                    "_VCB-BACKUP_", "NBU_SNAPSHOT server 1",
                                                    "GX_BACKUP_1_2_3", "Acronis_snapshot"};
  static const std::vector<std::string> kHuman = {"before update", "before patch day",
                                                  "test",          "clean install",
                                                  "do not delete", "pre %2f post"};
  if (dice.chance(options.foreign_names)) return dice.one_of(kForeign);
  if (dice.chance(0.3)) return dice.one_of(kHuman);
  const auto days = std::chrono::floor<std::chrono::days>(created).time_since_epoch().count();
  return "daily-" + std::to_string(days) + "-" + std::to_string(number);
}

// What the guest wrote into a disk's running layer over some hours, in at most a dozen runs: a past
// need not be played write by write.
void write_past(const World& world, const Vm& vm, Disk& disk, double hours, Dice& dice) {
  if (disk.kind == DiskKind::RdmPhysical) return;
  constexpr std::uint64_t kRuns = 12;
  const std::uint64_t capacity = disk.capacity_bytes / world.options().block_bytes;
  const double share = 1.0 / static_cast<double>(vm.disks.size());
  const double written =
      vm.writes.bytes_per_hour * hours * share / static_cast<double>(world.options().block_bytes);
  const bool hot = vm.writes.pattern == WriteModel::Pattern::HotSet;
  const double most = static_cast<double>(capacity) * (hot ? vm.writes.hot_fraction * 1.2 : 0.6);
  const auto blocks =
      static_cast<std::uint64_t>(most * (1 - std::exp(-written / most)));  // rewrites overlap
  const std::uint64_t runs = std::min(kRuns, blocks);
  for (std::uint64_t run = 0; run < runs; ++run) {
    const std::uint64_t count = blocks / runs;
    disk.running->blocks.write(dice.below(capacity - count), count, dice.number() | 1);
  }
}

void take_past(World& world, Vm& vm, Time created, const BuildOptions& options, Dice& dice) {
  Snapshot taken;
  taken.ref = world.next_ref("VirtualMachineSnapshot");
  taken.id = ++vm.last_snapshot_id;
  taken.name = snapshot_name(taken.id, created, options, dice);
  taken.created = created;
  const std::string stem = vm.home.substr(0, vm.home.rfind('.'));
  const std::string number = std::to_string(taken.id);
  taken.data_file = stem + "-Snapshot" + number + ".vmsn";
  const bool on = vm.power == PowerState::On;
  const bool independent = std::any_of(vm.disks.begin(), vm.disks.end(), [](const Disk& disk) {
    return disk.kind == DiskKind::IndependentPersistent;
  });
  if (on && !independent && dice.chance(options.memory)) {
    taken.powered_on = true;
    taken.memory_bytes = std::uint64_t{vm.memory_mib} << 20;
    taken.memory_file = stem + "-Snapshot" + number + ".vmem";
  } else {
    taken.quiesced = on && vm.tools_running && dice.chance(0.3);
    if (taken.quiesced && vm.guest_id.starts_with("windows")) {
      taken.backup_manifest = stem + "-vss_manifests" + number + ".zip";
    }
  }
  taken.parent = vm.current_snapshot;
  if (vm.change_tracking_active) {
    for (Disk& disk : vm.disks) disk.changed = disk.running->blocks;
  }
  taken.change_ids = Operations::close_epochs(vm);
  taken.frozen = Operations(world).freeze(vm);
  vm.current_snapshot = taken.ref;
  vm.snapshots.push_back(std::move(taken));
}

// A revert in the past: the VM went on from an older snapshot, which becomes a branch.
void go_back(World& world, Vm& vm, Dice& dice) {
  const Snapshot& target = vm.snapshots[dice.below(vm.snapshots.size() - 1)];
  for (Disk& disk : vm.disks) {
    const auto frozen = target.frozen.find(disk.key);
    if (frozen != target.frozen.end())
      disk.running = Operations(world).delta_on(vm, disk, frozen->second);
  }
  Operations(world).restart_tracking(vm);
  vm.current_snapshot = target.ref;
}

}  // namespace

void choose_kind(Vm& vm, const BuildOptions& options, Dice& dice) {
  vm.vcls_agent = dice.chance(options.vcls);
  vm.is_template = !vm.vcls_agent && dice.chance(options.templates);
  vm.power = vm.is_template || (!vm.vcls_agent && dice.chance(options.powered_off))
                 ? PowerState::Off
                 : PowerState::On;
  if (vm.is_template) vm.pool = {};
  if (vm.vcls_agent) vm.managed_by_key = "com.vmware.vim.eam", vm.managed_by_type = "cluster-agent";
  vm.tools_running = vm.power == PowerState::On && dice.chance(0.9);
  vm.change_tracking = !vm.vcls_agent && dice.chance(options.change_tracking);
  if (!vm.vcls_agent && dice.chance(options.disabled)) {
    vm.extra_disabled_methods = {"CreateSnapshot_Task", "CreateSnapshotEx_Task",
                                 "RemoveSnapshot_Task"};
  }
  if (vm.power == PowerState::On && dice.chance(options.questions)) {
    vm.question =
        Question{std::to_string(1 + dice.below(1000)), "The CD-ROM device is locked by the guest."};
  }
  static constexpr WriteModel::Pattern kPatterns[] = {
      WriteModel::Pattern::HotSet, WriteModel::Pattern::HotSet, WriteModel::Pattern::HotSet,
      WriteModel::Pattern::Uniform, WriteModel::Pattern::Sequential};
  vm.writes.pattern = kPatterns[dice.below(std::size(kPatterns))];
  // Spread evenly over two decades of the rate; their mean is 2.15 times the middle.
  vm.writes.bytes_per_hour = options.bytes_per_hour * std::pow(10.0, 2 * dice.unit() - 1) / 2.15;
  vm.writes.seed = dice.number();
}

std::string name_for(std::size_t index, const Vm& vm, const BuildOptions& options, Dice& dice) {
  static const std::vector<std::string> kRoles = {"web",  "db",    "app",     "mail",
                                                  "file", "build", "desktop", "proxy"};
  static const std::vector<std::string> kEscaped = {"%2f", "%5c",
                                                    "%25"};  // of / \ and % on the wire
  if (vm.vcls_agent) return "vCLS-" + vm.instance_uuid;
  const std::string role = vm.is_template ? "template" : dice.one_of(kRoles);
  const std::string middle = dice.chance(options.escaped_names) ? dice.one_of(kEscaped) : "-";
  return role + middle + std::to_string(index + 1);
}

std::string home_of(const World& world, const Vm& vm, bool name_repeats) {
  const bool by_name = !name_repeats && vm.name.find('%') == std::string::npos;
  const std::string folder = by_name ? vm.name : "vm" + vm.ref.value.substr(3);
  const std::string prefix = "[" + world.datastores.at(vm.home_datastore.value).name + "] ";
  return prefix + folder + "/" + folder + ".vmx";
}

void give_disks(World& world, Vm& vm, const BuildOptions& options, Dice& dice) {
  const int disks = vm.vcls_agent ? 1 : dice.between(options.disks_from, options.disks_to);
  for (int index = 0; index < disks; ++index) {
    Disk disk;
    disk.key = 2000 + index;
    disk.unit = index < 7 ? index : index + 1;  // 7 is the controller
    disk.label = "Hard disk " + std::to_string(index + 1);
    disk.capacity_bytes = (vm.vcls_agent ? 2 : 16 + 8 * dice.below(24)) * kGib;
    const bool last = index > 0 && index + 1 == disks;
    const std::string& type = world.datastores.at(vm.home_datastore.value).type;
    const bool maps = type.starts_with("VMFS");  // a mapping file lies on nothing else
    if (last && dice.chance(options.physical_rdm) && maps)
      disk.kind = DiskKind::RdmPhysical;
    else if (last && dice.chance(options.virtual_rdm) && maps)
      disk.kind = DiskKind::RdmVirtual;
    else if (last && dice.chance(options.independent))
      disk.kind = DiskKind::IndependentPersistent;
    LayerPtr base = Operations(world).new_layer();
    base->datastore = vm.home_datastore;
    base->capacity_bytes = disk.capacity_bytes;
    base->thin = dice.chance(0.7) || !maps;
    base->raw_mapping = disk.kind == DiskKind::RdmPhysical || disk.kind == DiskKind::RdmVirtual;
    base->file = vm.home.substr(0, vm.home.rfind('.')) +
                 (index ? "_" + std::to_string(index) : "") + ".vmdk";
    if (type == "vsan" || type == "VVOL")
      base->object_id = Operations::uuid_from(dice.number(), "");
    const std::uint64_t blocks = disk.capacity_bytes / world.options().block_bytes;
    const std::uint64_t system = blocks / 4 + dice.below(blocks / 4);
    base->blocks.write(0, system, dice.number() | 1);
    base->blocks.write(system + blocks / 8, dice.below(blocks / 8), dice.number() | 1);
    disk.running = base;
    vm.disks.push_back(std::move(disk));
  }
}

void stand_on(World& world, Vm& vm, const Vm& source) {
  const auto current =
      std::find_if(source.snapshots.begin(), source.snapshots.end(),
                   [&](const Snapshot& one) { return one.ref == source.current_snapshot; });
  vm.disks = source.disks;
  for (Disk& disk : vm.disks) {
    disk.change_uuid.clear();
    disk.epochs.clear();
    disk.changed = {};
    const auto frozen = current->frozen.find(disk.key);
    if (frozen == current->frozen.end()) {
      LayerPtr own = Operations(world).new_layer();  // outside snapshots: a disk of its own, empty
      own->datastore = vm.home_datastore;
      own->capacity_bytes = disk.capacity_bytes;
      own->file =
          vm.home.substr(0, vm.home.rfind('.')) + "_own" + std::to_string(disk.key) + ".vmdk";
      disk.running = own;
    } else {
      disk.running = Operations(world).delta_on(vm, disk, frozen->second);
    }
  }
}

void live(World& world, Vm& vm, const BuildOptions& options, Dice& dice, std::vector<Event>& past) {
  using std::chrono::hours;
  Operations(world).activate_tracking(vm);
  // Without dice: a seed goes on giving the inventory that it always gave.
  if (vm.power == PowerState::On)
    vm.boot_time = world.options().start - std::chrono::hours(1 + mix(vm.writes.seed, 3) % 2000);
  const bool any = !vm.vcls_agent && !Operations(world).unfit_for_snapshot(vm, false);
  const int snapshots = any ? dice.between(options.snapshots_from, options.snapshots_to) : 0;
  const Time start = world.options().start;
  const double span = std::max(options.days * 24, 2.0);
  std::vector<double> ages;  // hours before the start, falling
  for (int index = 0; index < snapshots; ++index) ages.push_back(1 + dice.unit() * (span - 1));
  std::sort(ages.rbegin(), ages.rend());
  for (std::size_t index = 0; index < ages.size(); ++index) {
    const Time created = start - Duration(static_cast<std::int64_t>(ages[index] * 3.6e9));
    take_past(world, vm, created, options, dice);
    Event event;
    event.type = "TaskEvent";
    event.created = created;
    event.user = "VSPHERE.LOCAL\\Administrator";
    event.text = "Task: Create virtual machine snapshot";
    event.vm = vm.ref;
    past.push_back(std::move(event));
    if (vm.snapshots.size() > 2 && dice.chance(0.03)) go_back(world, vm, dice);
    const double until = index + 1 < ages.size() ? ages[index + 1] : 0;
    if (vm.power != PowerState::On && until == 0) continue;  // off since the last snapshot
    for (Disk& disk : vm.disks) write_past(world, vm, disk, ages[index] - until, dice);
  }
  if (vm.change_tracking_active) {
    for (Disk& disk : vm.disks)
      disk.changed = disk.running->parent ? disk.running->blocks : BlockMap{};
  }
}

}  // namespace sim
