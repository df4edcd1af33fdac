#include "policy/selection.h"

#include <algorithm>
#include <array>
#include <optional>

namespace policy {
namespace {

/// The next part of a path, taken off its front; nothing when there is none.
std::optional<std::string_view> take_part(std::string_view& path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  if (path.empty()) return std::nullopt;
  const std::size_t end = std::min(path.find('/'), path.size());
  const std::string_view part = path.substr(0, end);
  path.remove_prefix(end);
  return part;
}

// A name that holds a slash is sent as %2f, so that a slash always ends a part.
bool in_folder(std::string_view folder, std::string_view path) {
  while (const auto wanted = take_part(folder)) {
    const auto part = take_part(path);
    if (!part || !matches_pattern(*wanted, *part)) return false;
  }
  // What is left is at least the VM's own name: "/DC0/vm/web" as a folder is not the VM web.
  return take_part(path).has_value();
}

template <typename Match>
bool any(const std::vector<std::string>& patterns, Match match) {
  return patterns.empty() || std::any_of(patterns.begin(), patterns.end(), match);
}

bool any_pattern(const std::vector<std::string>& patterns, std::string_view text) {
  return any(patterns, [&](const std::string& one) { return matches_pattern(one, text); });
}

bool tagged(const std::vector<std::string>& patterns, const std::vector<std::string>& tags) {
  return any(patterns, [&](const std::string& pattern) {
    return std::any_of(tags.begin(), tags.end(),
                       [&](const std::string& tag) { return matches_pattern(pattern, tag); });
  });
}

// Values of one attribute are ORed, two attributes are two keys.
bool attributed(const std::vector<std::pair<std::string, std::string>>& wanted,
                const std::map<std::string, std::string>& attributes) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& one) {
    const auto found = attributes.find(one.first);
    if (found == attributes.end()) return false;
    return std::any_of(wanted.begin(), wanted.end(), [&](const auto& other) {
      return other.first == one.first && matches_pattern(other.second, found->second);
    });
  });
}

bool spelled_out(const Selector& selector, const Vm& vm) {
  return std::any_of(selector.name.begin(), selector.name.end(), [&](const std::string& name) {
    return name == vm.identity.name && name.find_first_of("*?") == std::string::npos;
  });
}

}  // namespace

bool Selector::empty() const {
  return name.empty() && folder.empty() && cluster.empty() && datastore.empty() && tag.empty() &&
         vcenter.empty() && attribute.empty();
}

const char* method_name(Method method) {
  switch (method) {
    case Method::Snapshot:
      return "snapshot";
    case Method::Clone:
      return "clone";
    case Method::Retain:
      return "retain";
  }
  return "unknown";
}

bool matches_pattern(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;  // after the last star: where to go on from
  std::size_t resume = 0;                     // and how much of the text that star has taken
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      // One character, not one byte: the rest of a UTF-8 sequence belongs to it.
      const bool whole = pattern[p++] == '?';
      ++t;
      while (whole && t < text.size() && (static_cast<unsigned char>(text[t]) & 0xC0U) == 0x80U) {
        ++t;
      }
    } else if (star != std::string_view::npos) {
      p = star;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

Selecting::Selecting(std::vector<SelectionRule> rules, const std::vector<Datastore>& datastores,
                     Protected protected_vms)
    : rules_(std::move(rules)), protected_(std::move(protected_vms)) {
  for (const Datastore& datastore : datastores) {
    datastore_names_[{datastore.endpoint, datastore.moid}] = datastore.name;
  }
}

bool Selecting::on_datastore(const std::vector<std::string>& patterns, const Vm& vm) const {
  if (patterns.empty()) return true;
  return std::any_of(
      vm.place.datastores.begin(), vm.place.datastores.end(), [&](const std::string& moid) {
        const auto found = datastore_names_.find({vm.identity.endpoint, moid});
        return any_pattern(patterns, found == datastore_names_.end() ? moid : found->second);
      });
}

bool Selecting::holds(const Selector& selector, const Vm& vm) const {
  return any_pattern(selector.vcenter, vm.identity.endpoint) &&
         any_pattern(selector.name, vm.identity.name) &&
         any(selector.folder,
             [&](const std::string& folder) { return in_folder(folder, vm.place.path); }) &&
         any_pattern(selector.cluster, vm.place.cluster) && tagged(selector.tag, vm.place.tags) &&
         attributed(selector.attribute, vm.place.attributes) &&
         on_datastore(selector.datastore, vm);
}

std::string Selecting::never(const Vm& vm) const {
  if (protected_.clones.contains(vm.identity.instance_uuid)) return "clone-of-ours";
  if (protected_.agent.contains(vm.identity.bios_uuid) ||
      protected_.agent.contains(vm.identity.instance_uuid)) {
    return "agent";
  }
  const auto servers = protected_.servers.find(vm.identity.endpoint);
  if (servers != protected_.servers.end() && servers->second.contains(vm.identity.name)) {
    return "vcenter";
  }
  if (!vm.state.managed_by.empty()) return "managed";
  return {};
}

Selection Selecting::of(const Vm& vm) const {
  Selection result;
  std::array<const std::string*, 3> taken{};  // by method: who has the VM
  const std::string never_because = never(vm);
  for (const SelectionRule& rule : rules_) {
    if (!holds(rule.select, vm)) continue;
    if (!rule.exclude.empty() && holds(rule.exclude, vm)) continue;
    if (!never_because.empty()) {
      result.never = never_because;
      return result;
    }
    if (vm.state.is_template && !spelled_out(rule.select, vm)) {
      result.never = "template";
      continue;
    }
    const std::string*& owner = taken[static_cast<std::size_t>(rule.method)];
    if (owner != nullptr) {
      result.shadowed.push_back({rule.policy, *owner});
      continue;
    }
    owner = &rule.policy;
    result.policies.push_back(rule.policy);
  }
  if (!result.policies.empty()) result.never.clear();
  return result;
}

}  // namespace policy
