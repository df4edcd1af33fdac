#include "tests/simulator/model/faults.h"

namespace sim {

FaultValue fault(std::string type, std::string message) {
  FaultValue value;
  value.type = std::move(type);
  value.message = std::move(message);
  return value;
}

FaultValue task_in_progress(const Ref& task) {
  FaultValue value = fault("TaskInProgress",
                           "The operation cannot be allowed at the current time because "
                           "the virtual machine has a task in progress.");
  value.refs.emplace_back("task", task);
  return value;
}

FaultValue object_not_found(const Ref& object) {
  FaultValue value =
      fault("ManagedObjectNotFound", "The object 'vim." + object.type + ":" + object.value +
                                         "' has already been deleted or has not been "
                                         "completely created");
  value.refs.emplace_back("obj", object);
  return value;
}

const char* wire_name(PowerState state) {
  switch (state) {
    case PowerState::Off:
      return "poweredOff";
    case PowerState::On:
      return "poweredOn";
    case PowerState::Suspended:
      return "suspended";
  }
  return "poweredOff";
}

FaultValue invalid_power_state(PowerState requested, PowerState existing) {
  FaultValue value =
      fault("InvalidPowerState",
            std::string("The attempted operation cannot be performed in the current state (") +
                (existing == PowerState::On    ? "Powered on"
                 : existing == PowerState::Off ? "Powered off"
                                               : "Suspended") +
                ").");
  value.fields = {{"requestedState", wire_name(requested)}, {"existingState", wire_name(existing)}};
  return value;
}

FaultValue invalid_name(const std::string& name) {
  FaultValue value = fault("InvalidName", "The name '" + name + "' is invalid.");
  value.fields = {{"name", name}};
  return value;
}

FaultValue duplicate_name(const std::string& name, const Ref& object) {
  FaultValue value = fault("DuplicateName", "The name '" + name + "' already exists.");
  value.fields = {{"name", name}};
  value.refs.emplace_back("object", object);
  return value;
}

FaultValue invalid_argument(const std::string& property) {
  FaultValue value = fault("InvalidArgument", "A specified parameter was not correct: " + property);
  value.fields = {{"invalidProperty", property}};
  return value;
}

FaultValue file_locked(const std::string& file) {
  FaultValue value = fault("FileLocked", "Unable to access file " + file + " since it is locked");
  value.fields = {{"file", file}};
  return value;
}

FaultValue no_disk_space(const std::string& file, const std::string& datastore) {
  FaultValue value =
      fault("NoDiskSpace", "Insufficient disk space on datastore '" + datastore + "'.");
  value.fields = {{"file", file}, {"datastore", datastore}};
  value.notes = {{"msg.hbacommon.outofspace", "There is not enough space in the file system."}};
  return value;
}

FaultValue method_disabled(const std::string& method) {
  return fault("MethodDisabled", "The method is disabled: " + method);
}

}  // namespace sim
