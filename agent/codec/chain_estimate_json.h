// `chain estimate`: the probe arithmetic on JSON, so that anyone can check a number we print.
#pragma once

#include <string>
#include <string_view>

namespace agent {

/// Request text in, reply text out (one line, no newline at the end, numbers unrounded).
/// Throws agent::Error "input" (exit 2) naming the JSON pointer of what is wrong: unknown member,
/// wrong type, negative or non-finite number, extent outside the disk.
std::string chain_estimate_reply(std::string_view request_text);

}  // namespace agent
