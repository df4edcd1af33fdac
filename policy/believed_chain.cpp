#include "policy/believed_chain.h"

#include <string_view>
#include <unordered_set>

namespace policy {
namespace {

std::string shown_name(const LayerSeen& unit, const ChainEvidence& evidence) {
  const std::string_view name = evidence.name_of(unit);
  if (!name.empty()) return std::string(name);
  return "(file key " + std::to_string(key_of(unit)) + ")";
}

void place(BelievedChain& chain, std::size_t at, const LayerSeen& unit) {
  if (chain.links[at].unit == nullptr) chain.links[at].unit = &unit;
  if (!unit.file_keys.empty()) chain.position.emplace(key_of(unit), at);
}

/// The backings are believed but are longer or not in layoutEx at all: layers are found by name.
void place_by_name(BelievedChain& chain, const DiskSeen& disk, const ChainEvidence& evidence) {
  std::unordered_map<std::string_view, std::size_t> named;
  for (std::size_t i = 0; i < chain.links.size(); ++i) named.emplace(chain.links[i].file, i);
  const auto place_all = [&](const std::vector<LayerSeen>& units) {
    for (const LayerSeen& unit : units) {
      const auto found = named.find(evidence.name_of(unit));
      if (found != named.end()) place(chain, found->second, unit);
    }
  };
  if (const auto* running = evidence.running_chain(disk.key)) place_all(*running);
  for (const FrozenChain& frozen : evidence.frozen_chains(disk.key)) place_all(*frozen.units);
}

}  // namespace

BelievedChain believe(const DiskSeen& disk, const ChainEvidence& evidence) {
  BelievedChain chain;
  const auto* running = evidence.running_chain(disk.key);
  const std::size_t laid_out = running == nullptr ? 0 : running->size();
  const std::size_t backed = disk.backings.size();
  if (laid_out > backed) {
    for (const LayerSeen& unit : *running) {
      chain.links.push_back({shown_name(unit, evidence), nullptr});
      place(chain, chain.links.size() - 1, unit);
    }
    chain.mismatch = evidence.seen().devices_known && (backed != 0 || laid_out > 1);
    return chain;
  }
  for (auto backing = disk.backings.rbegin(); backing != disk.backings.rend(); ++backing) {
    chain.links.push_back({backing->file, nullptr});
  }
  if (laid_out < backed) {
    place_by_name(chain, disk, evidence);
    chain.mismatch = evidence.seen().layout_known && (laid_out != 0 || backed > 1);
    return chain;
  }
  for (std::size_t i = 0; i < laid_out; ++i) {
    const LayerSeen& unit = (*running)[i];
    const std::string_view name = evidence.name_of(unit);
    if (!name.empty() && name != chain.links[i].file) chain.mismatch = true;
    if (chain.links[i].file.empty()) chain.links[i].file = shown_name(unit, evidence);
    place(chain, i, unit);
  }
  return chain;
}

std::optional<std::size_t> position_of(const BelievedChain& chain, const LayerSeen& unit) {
  const auto found =
      unit.file_keys.empty() ? chain.position.end() : chain.position.find(key_of(unit));
  if (found == chain.position.end()) return std::nullopt;
  return found->second;
}

std::vector<PlacedFrozen> frozen_of_disk(const DiskSeen& disk, const BelievedChain& chain,
                                         const ChainEvidence& evidence) {
  std::unordered_set<int> running_keys;
  const auto* running = evidence.running_chain(disk.key);
  if (running != nullptr) {
    for (const LayerSeen& unit : *running) running_keys.insert(key_of(unit));
  }
  std::vector<PlacedFrozen> result;
  for (const FrozenChain& frozen : evidence.frozen_chains(disk.key)) {
    const LayerSeen& base = frozen.units->front();
    const LayerSeen& leaf = frozen.units->back();
    if (running != nullptr && running_keys.count(key_of(base)) == 0 &&
        running_keys.count(key_of(leaf)) == 0) {
      continue;
    }
    result.push_back({frozen, position_of(chain, leaf)});
  }
  return result;
}

int key_of(const LayerSeen& unit) { return unit.file_keys.empty() ? -1 : unit.file_keys[0]; }

}  // namespace policy
