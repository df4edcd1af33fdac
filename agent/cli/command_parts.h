// What the parts of the command table share: readers of what was given, and the options that many
// commands take.
#pragma once

#include <string>
#include <vector>

#include "agent/cli/commands.h"

namespace agent {

/// The first value of an option or argument; `otherwise` when it was not given.
std::string one(const Given& given, const char* name, const char* otherwise = "");
std::vector<std::string> all(const Given& given, const char* name);
bool has(const Given& given, const char* name);
/// A number from 1, 0 when it was not given. Throws BadValue.
int count(const Given& given, const char* name);
/// The argument VM. Throws BadValue when it was given and is empty.
std::string vm(const Given& given);

inline const OptionSpec kVcenters{.name = "--vcenter",
                                  .value = "NAME",
                                  .text = "only this vCenter; may be repeated",
                                  .many = true};
inline const OptionSpec kVcenter{.name = "--vcenter", .value = "NAME", .text = "only this vCenter"};
inline const ArgumentSpec kVm{.name = "VM",
                              .text = "name, inventory path or moid of a virtual machine"};

/// The commands that decide and send nothing: plan, forecast, simulate.
std::vector<CommandSpec> deciding_commands();

}  // namespace agent
