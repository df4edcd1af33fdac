// The whole program as a function: arguments and streams in, exit code out, so that it can be
// tested and later answer over a socket.
#pragma once

#include <istream>
#include <ostream>
#include <stop_token>
#include <string>
#include <vector>

#include "agent/cli/screen.h"
#include "agent/clock.h"
#include "agent/config/config.h"

namespace agent {

struct Surface {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool in_terminal = false, out_terminal = false, err_terminal = false;
  std::size_t width = 0;  ///< of the terminal, 0 when unknown
};

/// Never throws: every error is printed (with --json as {"error":{...}} on out) and becomes a code.
int run(const std::vector<std::string>& arguments, const Environment& environment,
        const Surface& surface, const Clock& clock, const std::stop_token& stop);

}  // namespace agent
