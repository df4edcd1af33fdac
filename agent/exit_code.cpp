#include "agent/exit_code.h"

#include <algorithm>
#include <array>

namespace agent {
namespace {

constexpr std::array kBySeverity{ExitCode::Interrupted, ExitCode::Usage,   ExitCode::Login,
                                 ExitCode::Unreachable, ExitCode::Locked,  ExitCode::Failed,
                                 ExitCode::Partial,     ExitCode::Refused, ExitCode::Ok};

}  // namespace

ExitCode worst(ExitCode a, ExitCode b) {
  return *std::find_if(kBySeverity.begin(), kBySeverity.end(),
                       [&](ExitCode code) { return code == a || code == b; });
}

ExitCode worst(std::initializer_list<ExitCode> codes) {
  ExitCode result = ExitCode::Ok;
  for (const ExitCode code : codes) result = worst(result, code);
  return result;
}

}  // namespace agent
