// Which policies are about a VM, and why others are not: the one reading of `select`.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/inventory.h"

namespace policy {

/// Keys are ANDed, values of one key ORed. Empty: everything. Values are patterns: `*` any text,
/// `?` one character, all else literal (names hold brackets), letter case counts. A folder is a
/// path whose parts are patterns; it matches what lies in it or below. A datastore matches when
/// the VM has a file there.
struct Selector {
  std::vector<std::string> name{}, folder{}, cluster{}, datastore{}, tag{}, vcenter{};
  std::vector<std::pair<std::string, std::string>> attribute{};  ///< name, pattern of the value
  bool empty() const;
  bool operator==(const Selector&) const = default;
};

enum class Method { Snapshot, Clone, Retain };

/// "snapshot", "clone", "retain".
const char* method_name(Method method);

/// Whether `text` matches a pattern of a Selector (no folders). Linear but for several stars.
bool matches_pattern(std::string_view pattern, std::string_view text);

struct SelectionRule {
  std::string policy;  ///< its name
  Method method = Method::Snapshot;
  Selector select, exclude;  ///< an empty exclude excludes nothing
};

/// VMs that no policy may touch, whatever it selects; who knows which they are fills this in.
struct Protected {
  std::set<std::string> clones{};  ///< instance uuids of copies that we made
  std::set<std::string> agent{};   ///< BIOS or instance uuids of the VM that the agent runs in
  /// By endpoint: names under which the VM of the vCenter itself may stand in its own inventory.
  std::map<std::string, std::set<std::string>> servers{};
};

struct Selection {
  std::vector<std::string> policies;  ///< in file order, at most one per method
  struct Shadowed {
    std::string policy, by;
    bool operator==(const Shadowed&) const = default;
  };
  std::vector<Shadowed> shadowed;  ///< select the VM too, but an earlier one of the method won
  /// Why the VM is left alone though a policy selects it; stable: "clone-of-ours", "vcenter",
  /// "agent", "managed", "template"; empty when it is not.
  std::string never;
  bool operator==(const Selection&) const = default;
};

/// The policies of a configuration, ready to be asked about many VMs.
class Selecting {
 public:
  /// `datastores` gives moids their names; a VM's datastore that is not listed matches no pattern
  /// but its moid.
  Selecting(std::vector<SelectionRule> rules, const std::vector<Datastore>& datastores,
            Protected protected_vms);

  /// A template is selected only by a policy whose `name` spells it out, without a pattern.
  Selection of(const Vm& vm) const;

 private:
  bool holds(const Selector& selector, const Vm& vm) const;
  bool on_datastore(const std::vector<std::string>& patterns, const Vm& vm) const;
  std::string never(const Vm& vm) const;

  std::vector<SelectionRule> rules_;
  std::map<std::pair<std::string, std::string>, std::string> datastore_names_;
  Protected protected_;
};

}  // namespace policy
