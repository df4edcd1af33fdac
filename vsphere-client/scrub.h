// Takes secrets out of a whole request or reply before it is shown: by element, by header, and by
// value wherever a secret that was seen once turns up again.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "vsphere-client/transport.h"

namespace vsphere {

/// What stands in a secret's place.
inline constexpr std::string_view kScrubbed = "REDACTED";

class Scrubber {
 public:
  /// The content of secret elements (passwords, session cookies, tickets, assertions, the key of a
  /// UserSession) is replaced; one that is not closed is replaced to the end. Whole bodies only: a
  /// secret could straddle two pieces.
  std::string body(std::string_view text);

  /// A body that is a secret as a whole: the id that opening a REST session answers with.
  std::string secret_body(std::string_view text);

  /// Values of Cookie, Set-Cookie, Authorization and of all headers that name a session, a token
  /// or a ticket are replaced.
  Headers headers(const Headers& headers);

 private:
  void remember(std::string_view secret);
  std::string without_known(std::string text) const;

  mutable std::mutex mutex_;
  std::vector<std::string> known_;  ///< longest first; short ones would blank innocent text
};

}  // namespace vsphere
