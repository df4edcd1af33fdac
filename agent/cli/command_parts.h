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
/// An option that a command can't do without. Throws BadValue with `why` where it is missing.
std::string needed(const Given& given, const char* name, const char* why);
/// An entry that only groups others.
CommandSpec group(const char* path, const char* summary);
/// What any command that changes something on a server may end with.
std::vector<ExitCode> acting_exits();

inline const OptionSpec kVcenters{.name = "--vcenter",
                                  .value = "NAME",
                                  .text = "only this vCenter; may be repeated",
                                  .many = true};
inline const OptionSpec kVcenter{.name = "--vcenter", .value = "NAME", .text = "only this vCenter"};
inline const ArgumentSpec kVm{.name = "VM",
                              .text = "name, inventory path or moid of a virtual machine"};

inline const OptionSpec kDryRun{.name = "--dry-run",
                                .text = "tell what would be done, and do nothing"};
inline const OptionSpec kForce{.name = "--force",
                               .value = "GUARD",
                               .text = "override this guard, on the record; may be repeated",
                               .many = true};
inline const OptionSpec kYes{.name = "--yes", .text = "ask nothing"};
inline const ArgumentSpec kSnapshot{.name = "SNAPSHOT",
                                    .text = "name or moid of a snapshot, or the word current"};

/// The commands that decide and send nothing: plan, forecast, simulate.
std::vector<CommandSpec> deciding_commands();
/// Runs, and operations on one VM.
std::vector<CommandSpec> acting_commands();
/// Holds, and the record of what was done; acting_commands() ends with them.
std::vector<CommandSpec> keeping_commands();

}  // namespace agent
