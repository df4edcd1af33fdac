// Questions to a person at a terminal.
#pragma once

#include <ostream>
#include <stop_token>

#include "agent/act/init.h"

namespace agent {

/// Reads file descriptor 0. Questions go to `err`, so that stdout stays a document. A secret is
/// read without echo; the echo comes back however the reading ends. End of input is an empty
/// answer, and "no". A stop ends the asking at once with agent::Error "interrupted".
Dialogue terminal_dialogue(std::ostream& err, bool interactive, const std::stop_token& stop);

}  // namespace agent
