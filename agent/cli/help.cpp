#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "agent/cli/commands.h"

namespace agent {
namespace {

const char* meaning(ExitCode code) {
  switch (code) {
    case ExitCode::Ok:
      return "done";
    case ExitCode::Failed:
      return "failed";
    case ExitCode::Usage:
      return "mistake in the command line or the configuration";
    case ExitCode::Partial:
      return "done in part: something was not seen or not done";
    case ExitCode::Refused:
      return "refused by a guard";
    case ExitCode::Unreachable:
      return "a vCenter can't be reached or trusted";
    case ExitCode::Locked:
      return "the state file is in use by another agent";
    case ExitCode::Login:
      return "a vCenter refused the login";
    case ExitCode::Interrupted:
      return "interrupted";
  }
  return "";
}

std::string label(const OptionSpec& option) {
  return option.value ? fmt::format("{} {}", option.name, option.value) : option.name;
}

using Lines = std::vector<std::pair<std::string, std::string>>;

std::string section(const char* title, const Lines& lines) {
  if (lines.empty()) return {};
  std::size_t widest = 0;
  for (const auto& [name, text] : lines) widest = std::max(widest, name.size());
  std::string out = fmt::format("\n{}:\n", title);
  for (const auto& [name, text] : lines) out += fmt::format("  {:<{}}  {}\n", name, widest, text);
  return out;
}

std::string options_section(const char* title, const std::vector<OptionSpec>& options) {
  Lines lines;
  for (const OptionSpec& option : options) lines.emplace_back(label(option), option.text);
  return section(title, lines);
}

std::string global_section() {
  Lines lines;
  for (const OptionSpec& option : global_options()) lines.emplace_back(label(option), option.text);
  lines.emplace_back("-h, --help", "help for the command before it");
  return section("Flags of every command", lines);
}

std::string exit_section(std::vector<ExitCode> codes) {
  codes.insert(codes.begin(), {ExitCode::Ok, ExitCode::Usage});
  std::sort(codes.begin(), codes.end());
  Lines lines;
  for (const ExitCode code : codes) {
    lines.emplace_back(std::to_string(static_cast<int>(code)), meaning(code));
  }
  return section("Exit codes", lines);
}

Lines summaries(std::string_view group) {
  Lines lines;
  const std::string before = group.empty() ? std::string() : std::string(group) + " ";
  for (const std::string& word : commands_below(group)) {
    const CommandSpec* command = find_command(before + word);
    if (command->build) lines.emplace_back(before + word, command->summary);
    for (const auto& line : summaries(before + word)) lines.push_back(line);
  }
  return lines;
}

}  // namespace

const CommandSpec* find_command(std::string_view path) {
  const auto& table = command_table();
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const CommandSpec& command) { return command.path == path; });
  return found == table.end() ? nullptr : &*found;
}

std::vector<std::string> commands_below(std::string_view group) {
  const std::string before = group.empty() ? std::string() : std::string(group) + " ";
  std::vector<std::string> words;
  for (const CommandSpec& command : command_table()) {
    const std::string path = command.path;
    if (!path.starts_with(before)) continue;
    const std::string word = path.substr(before.size());
    if (word.find(' ') == std::string::npos) words.push_back(word);
  }
  return words;
}

std::string usage_line(const CommandSpec& command) {
  std::string line = fmt::format("deltakeep {}", command.path);
  if (!command.build) line += " COMMAND";
  for (const OptionSpec& option : command.options) {
    line += fmt::format(" [{}]{}", label(option), option.many ? "..." : "");
  }
  for (const ArgumentSpec& argument : command.arguments) {
    line +=
        argument.required ? fmt::format(" {}", argument.name) : fmt::format(" [{}]", argument.name);
  }
  return line;
}

std::string command_help(const CommandSpec& command) {
  std::string out =
      fmt::format("{}: {}\n\nUsage: {}\n", command.path, command.summary, usage_line(command));
  if (*command.details) out += fmt::format("\n{}\n", command.details);
  out += section("Commands", summaries(command.path));
  Lines arguments;
  for (const ArgumentSpec& argument : command.arguments) {
    arguments.emplace_back(argument.name, argument.text);
  }
  out += section("Arguments", arguments);
  out += options_section("Options", command.options);
  out += global_section();
  if (!command.examples.empty()) {
    out += "\nExamples:\n";
    for (const char* example : command.examples) out += fmt::format("  {}\n", example);
  }
  return out + exit_section(command.exits);
}

std::string overview_help() {
  std::string out =
      "deltakeep keeps snapshot chains short, backup runs on time and nothing lost.\n\n"
      "Usage: deltakeep [FLAGS] COMMAND\n";
  out += section("Commands", summaries(""));
  out += global_section();
  out +=
      "\nExamples:\n"
      "  deltakeep init --url vc.example.com     write a first configuration\n"
      "  deltakeep scan && deltakeep vms         which chains are long, and why it matters\n"
      "  deltakeep chain web-01 --json           for scripts\n"
      "  GOVC_URL=... deltakeep scan             with no configuration at all\n";
  return out + exit_section({ExitCode::Failed, ExitCode::Partial, ExitCode::Refused,
                             ExitCode::Unreachable, ExitCode::Locked, ExitCode::Login,
                             ExitCode::Interrupted});
}

}  // namespace agent
