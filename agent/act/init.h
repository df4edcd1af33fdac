// `deltakeep init`: from a URL to a configuration that was tried before it was written.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "agent/act/context.h"
#include "agent/cli/request.h"

namespace agent {

/// A person at a terminal, or nobody. Without one, everything must come as a flag.
struct Dialogue {
  bool interactive = false;
  std::function<std::string(const std::string& question)> ask;
  std::function<std::string(const std::string& question)> ask_secret;  ///< no echo
  std::function<bool(const std::string& question)> confirm;
  std::function<void(const std::string& line)> say;
};

struct InitResponse {
  std::string config_file;
  std::string password_file;
  std::string endpoint;  ///< name given to the [[vcenter]]
  std::string product;   ///< what answered
  std::string api;
  std::string thumbprint;  ///< pinned, in pretty form; empty when the system CA store verifies it
};

/// Never overwrites a configuration without `force`. Writes nothing unless the login worked.
/// Throws agent::Error: "usage" (2) when an answer is missing, "refused" (4) when the thumbprint
/// was not confirmed, "exists" (1); vsphere::Error from the live test.
InitResponse handle(const InitRequest& request, const Environment& environment,
                    const std::stop_token& stop, const Dialogue& dialogue);

/// The commented configuration for one endpoint, in mode observe. Exposed for its test.
struct InitAnswers {
  std::string name, url, username, password_file, thumbprint, state;
};
std::string config_text(const InitAnswers& answers);

}  // namespace agent
