// The faults that the model answers, made in one place so that their fields are always in schema
// order (vSphere API types.xsd, as listed in the vim25 reference).
#pragma once

#include <string>

#include "tests/simulator/model/objects.h"

namespace sim {

FaultValue fault(std::string type, std::string message);
FaultValue task_in_progress(const Ref& task);
FaultValue object_not_found(const Ref& object);
FaultValue invalid_power_state(PowerState requested, PowerState existing);
FaultValue invalid_name(const std::string& name);
FaultValue duplicate_name(const std::string& name, const Ref& object);
FaultValue invalid_argument(const std::string& property);
FaultValue file_locked(const std::string& file);
FaultValue no_disk_space(const std::string& file, const std::string& datastore);
FaultValue method_disabled(const std::string& method);
const char* wire_name(PowerState state);  ///< "poweredOn"

}  // namespace sim
