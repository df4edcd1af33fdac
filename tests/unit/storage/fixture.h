// What the storage tests share: a directory that cleans up after itself and VMs worth storing.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "storage/store.h"

namespace storage::test {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

class TempDir {
 public:
  TempDir() {
    // In memory where that is there: hundreds of durable commits need no disk to be tested.
    const std::filesystem::path shm = "/dev/shm";
    const auto parent = std::filesystem::is_directory(shm) && access(shm.c_str(), W_OK) == 0
                            ? shm
                            : std::filesystem::temp_directory_path();
    std::string pattern = (parent / "deltakeep-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = pattern;
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file(const std::string& name = "state.db") const { return (path_ / name).string(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline policy::Time at(int hour, int minute = 0) {
  return std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + hours(hour) + minutes(minute);
}

inline policy::Endpoint endpoint(const std::string& name = "prod") {
  return {.name = name,
          .uuid = "uuid-of-" + name,
          .api = "8.0.2.0",
          .product = "vCenter 8.0.2",
          .is_host = false};
}

/// A VM with `deltas` snapshots and two disks, different for every number.
inline policy::Vm make_vm(int number, int deltas = 2, const std::string& endpoint_name = "prod") {
  const std::string n = std::to_string(number);
  policy::Vm vm;
  vm.identity = {.endpoint = endpoint_name,
                 .moid = "vm-" + n,
                 .instance_uuid = "50-" + n,
                 .bios_uuid = "42-" + n,
                 .name = "web-" + n,
                 .raw_name = "web-" + n};
  vm.place = {.path = "/DC0/vm/prod/web-" + n,
              .cluster = "C0",
              .host = "host-1",
              .datastores = {"datastore-1"},
              .tags = {"backup:daily"},
              .attributes = {{"owner", "team-a"}, {"tier", "2"}}};
  vm.state.connection = policy::Connection::Connected;
  vm.state.power = policy::Power::On;
  for (int s = 0; s < deltas; ++s) {
    policy::Snapshot snapshot;
    snapshot.moid = "snapshot-" + n + "-" + std::to_string(s);
    snapshot.id = s + 1;
    snapshot.name = snapshot.raw_name = "deltakeep " + std::to_string(s);
    snapshot.description = "made by a schedule";
    snapshot.created = at(s);
    if (s > 0) snapshot.parent = vm.snapshots.back().moid;
    snapshot.current = s == deltas - 1;
    snapshot.on_current_path = true;
    snapshot.bytes = 1000000u + static_cast<unsigned>(s);
    vm.snapshots.push_back(snapshot);
  }
  for (int d = 0; d < 2; ++d) {
    policy::Disk disk;
    disk.key = 2000 + d;
    disk.label = "Hard disk " + std::to_string(d + 1);
    disk.capacity_bytes = std::uint64_t{40} << 30;
    disk.kind = deltas > 0 ? policy::DeltaKind::SeSparse : policy::DeltaKind::None;
    disk.mode = "persistent";
    disk.uuid = "6000C29" + n;
    disk.datastore = "datastore-1";
    disk.depth = deltas;
    disk.probes = {.best = 1 + 0.93 * deltas,
                   .low = 1,
                   .high = 2,
                   .worst = 1.0 + deltas,
                   .base_share = 0.9,
                   .split_64k = 1.25,
                   .map_bytes = 4096};
    for (int l = deltas; l >= 0; --l) {
      policy::Layer layer{
          .file = "[ds] web-" + n + "/web-" + n + "-00000" + std::to_string(l) + ".vmdk",
          .bytes = 1000u * static_cast<unsigned>(l + 1),
          .snapshot = {},
          .inherited = false,
          .orphan = false};
      if (l > 0) layer.snapshot = vm.snapshots[static_cast<std::size_t>(l - 1)].moid;
      disk.layers.push_back(layer);
    }
    vm.disks.push_back(disk);
  }
  vm.depth = vm.tree_depth = deltas;
  vm.probes = 1 + 0.93 * deltas;
  vm.layout_time = at(1);
  return vm;
}

inline ScanSummary scan(Store& store, policy::Time time, const std::vector<policy::Vm>& vms,
                        ScanOutcome outcome = ScanOutcome::Complete,
                        const policy::Endpoint& of = endpoint()) {
  ScanWriter writer = store.begin_scan(of, time - minutes(1));
  for (const policy::Vm& vm : vms) writer.put(vm);
  std::vector<std::string> missing;
  if (outcome == ScanOutcome::Partial) missing = {"host esx-2 did not answer"};
  return writer.close(outcome, missing, time);
}

inline std::vector<policy::Vm> all_vms(const Store& store, const std::string& endpoint_name = "") {
  std::vector<policy::Vm> vms;
  store.for_each_vm({.endpoint = endpoint_name}, [&](const policy::Vm& vm) { vms.push_back(vm); });
  return vms;
}

inline std::vector<std::string> gone_names(const Store& store) {
  std::vector<std::string> names;
  for (const GoneVm& gone : store.gone_vms()) names.push_back(gone.identity.name);
  return names;
}

/// Depths of the first disk over time.
inline std::vector<int> depths(const Store& store, const policy::VmIdentity& vm,
                               policy::Time since = policy::Time{}) {
  std::vector<int> found;
  const auto history = store.history(vm, since);
  if (history.empty()) return found;
  for (const Sample& sample : history.front().samples) found.push_back(sample.depth);
  return found;
}

/// Runs `action` and gives the Error it throws; fails the test when it throws none.
template <class Action>
Error error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no storage::Error was thrown";
  return Error(ErrorKind::Failed, "none");
}

}  // namespace storage::test
