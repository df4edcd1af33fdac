// Exit codes are an API (README): scripts tell partial from refused by them.
#pragma once

#include <initializer_list>

namespace agent {

enum class ExitCode : int {
  Ok = 0,
  Failed = 1,
  Usage = 2,  ///< usage or config
  Partial = 3,
  Refused = 4,  ///< by a guard
  Unreachable = 10,
  Locked = 11,
  Login = 12,
  Interrupted = 130,
};

/// When several apply: the first of 130, 2, 12, 10, 11, 1, 3, 4, 0.
ExitCode worst(std::initializer_list<ExitCode> codes);
ExitCode worst(ExitCode a, ExitCode b);

}  // namespace agent
