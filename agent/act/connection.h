// Opens one configured endpoint: trust, transport, session, identity.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "agent/config/config.h"
#include "agent/error.h"
#include "agent/log.h"
#include "policy/inventory.h"
#include "vsphere-client/curl_transport.h"
#include "vsphere-client/session.h"

namespace agent {

/// A logged-in endpoint; logs out when destroyed.
struct Connection {
  VcenterConfig config;
  std::unique_ptr<vsphere::Transport> wire;  ///< below the trace; unset without one
  std::unique_ptr<vsphere::Transport> transport;
  std::unique_ptr<vsphere::Session> session;  ///< after the transport: it goes first
  vsphere::CredentialSource credentials;
  policy::Endpoint endpoint;
  std::string trust;  ///< how the server was verified, for people: "system CA store"
  bool verified = true;
};

/// "https://host[:port]" of a configured URL.
std::string base_url(const std::string& url);

/// How the server is to be verified. Throws Error "config" when the known-hosts file can't be read.
struct TrustChoice {
  vsphere::TlsTrust trust;
  std::string told;  ///< for people
};
TrustChoice choose_trust(const VcenterConfig& config);

/// Throws vsphere::Error as its parts do, and agent::Error "config" when two different passwords
/// can't be read. With a `log` each call is one debug line; DELTAKEEP_TRACE_DIR in the environment
/// keeps whole exchanges there, secrets taken out.
std::unique_ptr<Connection> connect(const VcenterConfig& config, const Environment& environment,
                                    const std::stop_token& stop, const Log* log = nullptr);

/// What an error of the client means to a script.
ExitCode exit_code(const vsphere::Error& error);

}  // namespace agent
