// What a person should hear of a copy that no rule will ever delete, and when it was heard.
#pragma once

#include <optional>
#include <string_view>

#include "policy/copy.h"
#include "policy/findings.h"

namespace policy {

/// Whether the VM is still in the folder that the copy was made in. Never, where nobody named one.
bool lies_in_its_folder(const Copy& copy, const Vm& vm);

/// `vm` is the copy as a scan sees it; `left`: as CopyLeft::why, empty for one that a policy
/// judges. Nothing: there is nothing to tell, or somebody moved it out of the folder for copies,
/// which is how a person says that it was heard.
std::optional<Condition> copy_condition(const Copy& copy, const Vm& vm, std::string_view left);

}  // namespace policy
