// Picks the API version to speak, out of those that this program knows by name.
#pragma once

#include <string>
#include <string_view>

namespace vsphere {

/// What RetrieveServiceContent is sent with while no version is agreed; every supported server
/// knows it.
constexpr std::string_view kOldestVersion = "5.5";

/// The newest known version that is not newer than `api_version` (about.apiVersion), compared
/// number by number; "" when that is older than all known ones or no version at all.
std::string newest_version_up_to(std::string_view api_version);

/// Compared number by number. False when one of them is no version at all.
bool is_at_least(std::string_view version, std::string_view wanted);

}  // namespace vsphere
