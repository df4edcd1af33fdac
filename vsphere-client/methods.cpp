#include "vsphere-client/methods.h"

#include <algorithm>
#include <array>

namespace vsphere {
namespace {

using namespace std::string_view_literals;

// Sessions, views, collectors and plain reads: nothing here changes the inventory.
constexpr std::array kMethods = {
    "CancelRetrievePropertiesEx"sv,
    "ContinueRetrievePropertiesEx"sv,
    "CreateContainerView"sv,
    "CreateFilter"sv,
    "CreatePropertyCollector"sv,
    "CurrentTime"sv,
    "DestroyPropertyCollector"sv,
    "DestroyPropertyFilter"sv,
    "DestroyView"sv,
    "HasPrivilegeOnEntities"sv,
    "Login"sv,
    "Logout"sv,
    "RetrievePropertiesEx"sv,
    "RetrieveServiceContent"sv,
    "WaitForUpdatesEx"sv,
};
static_assert(std::is_sorted(kMethods.begin(), kMethods.end()));

}  // namespace

std::span<const std::string_view> soap_methods() { return kMethods; }

bool is_soap_method(std::string_view method) {
  return std::binary_search(kMethods.begin(), kMethods.end(), method);
}

}  // namespace vsphere
