#include "agent/cli/command_parts.h"

#include <charconv>

#include "agent/cli/safe_text.h"

namespace agent {

std::string one(const Given& given, const char* name, const char* otherwise) {
  const auto found = given.find(name);
  return found == given.end() || found->second.empty() ? otherwise : found->second.front();
}

std::vector<std::string> all(const Given& given, const char* name) {
  const auto found = given.find(name);
  return found == given.end() ? std::vector<std::string>{} : found->second;
}

bool has(const Given& given, const char* name) { return given.contains(name); }

int count(const Given& given, const char* name) {
  const std::string text = one(given, name);
  if (!has(given, name)) return 0;
  int value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, value);
  if (problem != std::errc{} || stop != end || value < 1) {
    throw BadValue(std::string(name) + " takes a number from 1, not \"" + safe_text(text) + "\"");
  }
  return value;
}

std::string vm(const Given& given) {
  std::string name = one(given, "VM");
  if (has(given, "VM") && name.empty()) throw BadValue("the name of the VM is empty");
  return name;
}

CommandSpec group(const char* path, const char* summary) {
  return {.path = path,
          .summary = summary,
          .details = "",
          .examples = {},
          .options = {},
          .arguments = {},
          .exits = {},
          .build = nullptr};
}

std::string needed(const Given& given, const char* name, const char* why) {
  const std::string value = one(given, name);
  if (value.empty()) throw BadValue(std::string(name) + " is needed: " + why);
  return value;
}

std::vector<ExitCode> acting_exits() {
  using enum ExitCode;
  return {Failed, Partial, Refused, Unreachable, Locked, Login, Interrupted};
}

}  // namespace agent
