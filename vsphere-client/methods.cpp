#include "vsphere-client/methods.h"

#include <algorithm>
#include <array>

namespace vsphere {
namespace {

struct Method {
  std::string_view name;
  bool mutates = false;
};
constexpr bool kMutates = true;

constexpr std::array kMethods = {
    Method{"CancelRetrievePropertiesEx"},
    Method{"CloneVM_Task", kMutates},
    Method{"ConsolidateVMDisks_Task", kMutates},
    Method{"ContinueRetrievePropertiesEx"},
    Method{"CreateCollectorForTasks"},
    Method{"CreateContainerView"},
    Method{"CreateFilter"},
    Method{"CreatePropertyCollector"},
    Method{"CreateSnapshotEx_Task", kMutates},
    Method{"CreateSnapshot_Task", kMutates},
    Method{"CurrentTime"},
    Method{"DestroyCollector"},
    Method{"DestroyPropertyCollector"},
    Method{"DestroyPropertyFilter"},
    Method{"DestroyView"},
    Method{"Destroy_Task", kMutates},
    Method{"EstimateStorageForConsolidateSnapshots_Task"},
    Method{"HasPrivilegeOnEntities"},
    Method{"Login"},
    Method{"Logout"},
    Method{"ReadNextTasks"},
    Method{"RefreshDatastoreStorageInfo"},
    Method{"RefreshStorageInfo"},
    Method{"RemoveSnapshot_Task", kMutates},
    Method{"RenameSnapshot", kMutates},
    Method{"RetrievePropertiesEx"},
    Method{"RetrieveServiceContent"},
    Method{"RevertToSnapshot_Task", kMutates},
    Method{"WaitForUpdatesEx"},
};

constexpr auto kNames = [] {
  std::array<std::string_view, kMethods.size()> names{};
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kMethods[i].name;
  return names;
}();
static_assert(std::is_sorted(kNames.begin(), kNames.end()));

}  // namespace

std::span<const std::string_view> soap_methods() { return kNames; }

bool is_soap_method(std::string_view method) {
  return std::binary_search(kNames.begin(), kNames.end(), method);
}

bool mutates(std::string_view method) {
  return std::any_of(kMethods.begin(), kMethods.end(),
                     [&](const Method& row) { return row.mutates && row.name == method; });
}

}  // namespace vsphere
