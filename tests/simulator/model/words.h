// The words of the model's enumerations, in the one spelling that inventory files and
// /control/state share.
#pragma once

#include "tests/simulator/model/objects.h"

namespace sim {

const char* word(DiskKind kind);          ///< "independentPersistent"
const char* word(PowerState power);       ///< "on"; vCenter's own spelling is wire_name's
const char* word(ConnectionState state);  ///< "connected", as vCenter spells it, too

}  // namespace sim
