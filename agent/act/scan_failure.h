// A scan that came to nothing, as it is told and kept: a person who looks later has to hear of it.
#pragma once

#include <string>
#include <string_view>

#include "agent/act/context.h"
#include "agent/act/scan.h"
#include "storage/store.h"

namespace agent {

/// Bytes of a message that are kept.
inline constexpr std::size_t kKeptMessage = 1000;

/// `message` without the endpoint's password, should a server have sent it back, and without what
/// stands in secret elements. A password under 4 characters is left: it would be in every word.
std::string without_secrets(std::string_view message, const VcenterConfig& endpoint,
                            const Environment& environment);

/// Stores it for `status`. Never throws storage::Error: that a state cannot be written must not
/// hide why the scan failed. It is a line in the log then.
void keep_failure(const Failure& failure, const std::string& endpoint, storage::Store& store,
                  const Context& context);

}  // namespace agent
