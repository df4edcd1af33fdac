// Who asks: the name that journal and audit keep beside everything that is changed.
#pragma once

#include <string>

#include "agent/config/config.h"

namespace agent {

/// The user that this process runs for, as the system names it: "op", "uid 1007" for one without a
/// name, "op (sudo)" for root by sudo. SUDO_USER is what sudo says, which only root could forge.
/// Printable and at most 80 bytes.
std::string user_name(const Environment& environment);

}  // namespace agent
