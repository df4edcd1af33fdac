// What the tests of chains share: a VM with one disk, and short ways to look at a result.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "policy/chain.h"
#include "tests/unit/policy/seen_vm.h"

namespace policy_test {

inline constexpr std::uint64_t kMiB = 1024 * 1024;

inline SeenVm one_disk() {
  SeenVm vm;
  vm.add_disk(2000, "vm");
  return vm;
}

inline const policy::Snapshot& snapshot(const policy::Vm& vm, const std::string& moid) {
  return *std::find_if(vm.snapshots.begin(), vm.snapshots.end(),
                       [&](const policy::Snapshot& s) { return s.moid == moid; });
}

inline std::vector<std::string> owners(const policy::Disk& disk) {
  std::vector<std::string> result;
  for (const policy::Layer& layer : disk.layers) {
    result.push_back(layer.inherited ? "inherited"
                     : layer.orphan  ? "orphan"
                                     : layer.snapshot.value_or("-"));
  }
  return result;
}

}  // namespace policy_test
