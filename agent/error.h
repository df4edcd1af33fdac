// What a command throws to end itself: a kind for JSON, a text for a person, a code for scripts.
#pragma once

#include <stdexcept>
#include <string>

#include "agent/exit_code.h"

namespace agent {

class Error : public std::runtime_error {
 public:
  /// `kind` is stable ("config", "ambiguous", "not-found", ...); `message` says what we were doing,
  /// to whom, what came back and what to do next.
  Error(std::string kind, ExitCode code, const std::string& message)
      : std::runtime_error(message), kind_(std::move(kind)), code_(code) {}
  const std::string& kind() const { return kind_; }
  ExitCode code() const { return code_; }

 private:
  std::string kind_;
  ExitCode code_;
};

}  // namespace agent
