// An inventory as a JSON file: written by hand, dumped from a running simulator, or saved by the
// product's scan of a real vCenter. The format is in README.md.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "tests/simulator/model/world.h"

namespace sim {

/// Everything that is wrong with a file, a line each, with JSON pointers.
struct InventoryError : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

/// The time that a file's ages and dates are meant for; nothing when it names none. Throws
/// InventoryError for one that cannot be read.
std::optional<Time> inventory_start(const nlohmann::json& document);

/// Fills `world`, which must be empty and at its start time. Throws InventoryError; the world is
/// then of no use. What a guest wrote has the size that the file gives and contents by seed.
void load_inventory(World& world, const nlohmann::json& document);

/// The world in the same format, such that loading it gives the same again. Not in it: contents and
/// places of blocks, change tracking's past, tasks, events, detached disks. A layer that two
/// branches share while no snapshot holds it is written twice.
nlohmann::json inventory_json(World& world);

/// True for what `scan --output` saves: {"format":1,"endpoints":[...],"vms":[...]}.
bool is_saved_scan(const nlohmann::json& document);
/// Such a scan in this format: one vCenter of all its endpoints. Snapshots that are on no way to a
/// running point come with empty deltas, since a scan does not tell their files.
nlohmann::json from_saved_scan(const nlohmann::json& scan);

}  // namespace sim
