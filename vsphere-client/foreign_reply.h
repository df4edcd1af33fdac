// Says what came instead of a SOAP reply: the title of a web page, a proxy's one-liner, nothing.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "vsphere-client/error.h"

namespace vsphere {

/// How much of such a reply is looked at.
constexpr std::size_t kForeignHeadBytes = 4096;

/// Error Protocol: "<operation>: the server answered HTTP 503 with an HTML page titled '...', not
/// with SOAP; <what to do>". `head` is the reply's start, at most kForeignHeadBytes of it;
/// `reason` is why it was refused, may be "". Not executed for the statuses that say so (redirects,
/// 401, 403, 404, 405, 407), else unknown.
Error foreign_reply(std::string_view operation, int status, std::string_view content_type,
                    std::string_view head, std::string_view reason);

}  // namespace vsphere
