#include "agent/act/execute/ladder.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace agent {

bool asks_for_quiesce(Quiesce quiesce, policy::Power power, bool memory) {
  const bool stands = power == policy::Power::Off || power == policy::Power::Suspended;
  return quiesce != Quiesce::Never && !memory && !stands;
}

bool is_quiesce_fault(const std::string& fault, const std::string& text) {
  static constexpr std::array<std::string_view, 3> kFaults{
      "ApplicationQuiesceFault", "FilesystemQuiesceFault", "ToolsUnavailable"};
  if (std::find(kFaults.begin(), kFaults.end(), fault) != kFaults.end()) return true;
  return text.find("QUIESCINGERROR") != std::string::npos;
}

bool tries_without(Quiesce quiesce, const policy::Operation& failed, const std::string& text) {
  return quiesce == Quiesce::Try && failed.kind == policy::OpKind::Create && failed.quiesced &&
         is_quiesce_fault(failed.fault, text);
}

}  // namespace agent
