// What a random read of a disk costs, by how deep and how full its chain is.
#pragma once

#include "tests/simulator/model/world.h"

namespace sim {

/// Expected number of layers a read looks in at a time: 1 + (1-f0) + (1-f0)(1-f1) + ..., newest
/// layer first, over all but the base. For a hot set the sum is taken once for the hot and once for
/// the cold blocks (a layer's hot part fills share/fraction times faster, the excess spills over)
/// and weighted by where reads go. Layers made after `when` were not there yet.
double expected_probes(const World& world, const Vm& vm, const Disk& disk, Time when);

/// Mean latency of a read in milliseconds. Assumption, not a measurement: 2 ms for the data and 1.5
/// ms for each further layer of a sparse format, nothing for a native one; vSAN's in-memory map
/// costs 0.3.
double read_milliseconds(const World& world, const Vm& vm, const Disk& disk, Time when);

}  // namespace sim
