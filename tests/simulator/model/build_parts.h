// The steps in which a VM of a built inventory comes to be, and the dice they throw.
#pragma once

#include "tests/simulator/model/build.h"
#include "tests/simulator/model/workload.h"

namespace sim {

/// Numbers by counting: they depend on the seed and on how many were thrown, not on a library.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : seed_(seed) {}
  std::uint64_t number() { return mix(seed_, ++thrown_); }
  std::uint64_t below(std::uint64_t limit) { return limit ? number() % limit : 0; }
  double unit() { return static_cast<double>(number() >> 11) * 0x1p-53; }
  bool chance(double share) { return unit() < share; }
  int between(int from, int to) {
    return to <= from ? from
                      : from + static_cast<int>(below(static_cast<std::uint64_t>(to - from) + 1));
  }
  template <typename T>
  const T& one_of(const std::vector<T>& all) {
    return all[below(all.size())];
  }

 private:
  std::uint64_t seed_, thrown_ = 0;
};

void choose_kind(Vm& vm, const BuildOptions& options,
                 Dice& dice);  ///< template, vCLS, power, writes ...
std::string name_for(std::size_t index, const Vm& vm, const BuildOptions& options, Dice& dice);
std::string home_of(const World& world, const Vm& vm,
                    bool name_repeats);  ///< vmPathName in a folder of its own
void give_disks(World& world, Vm& vm, const BuildOptions& options, Dice& dice);
void stand_on(World& world, Vm& vm, const Vm& source);  ///< a linked clone of its current snapshot
/// The VM's history: snapshots, reverts, what its guest wrote between them, events.
void live(World& world, Vm& vm, const BuildOptions& options, Dice& dice, std::vector<Event>& past);

}  // namespace sim
