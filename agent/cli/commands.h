// Every command in one table: the parser, the help and the completion scripts are made from it.
#pragma once

#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "agent/cli/request.h"
#include "agent/exit_code.h"

namespace agent {

enum class Complete { Nothing, File };

struct OptionSpec {
  const char* name;             ///< "--output"
  const char* value = nullptr;  ///< "FILE"; null for a flag
  const char* text = "";
  Complete complete = Complete::Nothing;
  bool many = false;  ///< may be given more than once
};

struct ArgumentSpec {
  const char* name;  ///< "VM"
  const char* text;
  bool required = true;
  std::vector<const char*> words = {};  ///< all that is allowed; empty: anything
};

/// What was given for one command: option or argument name -> values; a flag has none.
using Given = std::map<std::string, std::vector<std::string>>;

/// Thrown by CommandSpec::build for a value that makes no sense; becomes a usage error.
struct BadValue : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct CommandSpec {
  const char* path;  ///< "scan", "config check"
  const char* summary;
  const char* details;  ///< what the summary can't say; may be empty
  std::vector<const char*> examples;
  std::vector<OptionSpec> options;
  std::vector<ArgumentSpec> arguments;
  std::vector<ExitCode> exits;     ///< besides 0 and 2, which any command may end with
  Command (*build)(const Given&);  ///< null: only a group of others ("config")
};

const std::vector<CommandSpec>& command_table();
const std::vector<OptionSpec>& global_options();

/// The entry for a path, or null.
const CommandSpec* find_command(std::string_view path);

/// The last words of the paths right below `group` ("": the top), in table order.
std::vector<std::string> commands_below(std::string_view group);

/// "deltakeep vms [--vcenter NAME] [--limit N]".
std::string usage_line(const CommandSpec& command);

/// Help for one command, or for all of them (`--help` alone): usage, flags, examples, exit codes.
std::string command_help(const CommandSpec& command);
std::string overview_help();

}  // namespace agent
