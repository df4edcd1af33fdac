#include "agent/act/connection.h"

#include <filesystem>
#include <utility>

#include "agent/translate/vm_seen.h"
#include "vsphere-client/properties.h"
#include "vsphere-client/trace_transport.h"

namespace agent {
namespace {

std::string host_port(const std::string& base) {
  const std::size_t start = base.find("://");
  return start == std::string::npos ? base : base.substr(start + 3);
}

vsphere::CredentialSource credential_source(VcenterConfig config, Environment environment) {
  return [config = std::move(config), environment = std::move(environment)] {
    return vsphere::Credentials{.username = config.username,
                                .password = read_password(config, environment)};
  };
}

// ESXi has no instanceUuid; its hardware's uuid outlives a re-installation and is read like any
// other property.
std::string fetch_host_uuid(vsphere::Session& session) {
  std::string uuid;
  vsphere::retrieve_all(session, session.content().root_folder,
                        {{.type = "HostSystem", .paths = {"hardware.systemInfo.uuid"}}},
                        [&](const vsphere::ObjectView& object) {
                          uuid = object.find("hardware.systemInfo.uuid").text().get();
                        });
  return uuid;
}

vsphere::TraceSink log_sink(const Log& log, const std::string& endpoint) {
  return [&log, endpoint](const vsphere::TraceRecord& call) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(call.took);
    log.write(LogLevel::Debug, call.failure.empty() ? "call" : "call failed",
              {{"endpoint", endpoint},
               {"op", call.operation},
               {"status", std::to_string(call.status)},
               {"wire_bytes", std::to_string(call.wire_bytes)},
               {"body_bytes", std::to_string(call.body_bytes)},
               {"ms", std::to_string(ms.count())},
               {"failure", call.failure}});
  };
}

vsphere::TraceSink directory_sink(const std::string& directory, const std::string& endpoint) {
  try {
    std::filesystem::create_directories(directory);
    return vsphere::trace_to_directory(directory + "/" + endpoint);
  } catch (const std::exception& error) {
    throw Error("config", ExitCode::Usage,
                "DELTAKEEP_TRACE_DIR=" + directory + " cannot be used: " + error.what());
  }
}

/// Puts a trace around the wire when somebody wants to see it; costs nothing otherwise.
void add_trace(Connection& connection, const Environment& environment, const Log* log) {
  const auto directory = environment.find("DELTAKEEP_TRACE_DIR");
  std::vector<vsphere::TraceSink> sinks;
  if (log != nullptr) sinks.push_back(log_sink(*log, connection.config.name));
  if (directory != environment.end() && !directory->second.empty()) {
    sinks.push_back(directory_sink(directory->second, connection.config.name));
  }
  if (sinks.empty()) return;
  connection.wire = std::move(connection.transport);
  connection.transport = std::make_unique<vsphere::TraceTransport>(
      *connection.wire, [sinks = std::move(sinks)](const vsphere::TraceRecord& call) {
        for (const vsphere::TraceSink& sink : sinks) sink(call);
      });
}

}  // namespace

std::string base_url(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t path = url.find('/', scheme == std::string::npos ? 0 : scheme + 3);
  return url.substr(0, path);
}

TrustChoice choose_trust(const VcenterConfig& config) {
  TrustChoice choice;
  using Trust = vsphere::TlsTrust::Mode;
  if (!config.thumbprints.empty()) {
    choice.trust.mode = Trust::Thumbprint;
    choice.trust.thumbprints = config.thumbprints;
    choice.told = "SHA-256 thumbprint";
    return choice;
  }
  if (!config.known_hosts.empty()) {
    const auto known =
        vsphere::load_known_host(config.known_hosts, host_port(base_url(config.url)));
    if (known) {
      choice.trust.mode = Trust::Thumbprint;
      choice.trust.thumbprints = {*known};
      choice.told = "thumbprint from " + config.known_hosts;
      return choice;
    }
  }
  if (!config.ca_file.empty()) {
    choice.trust.mode = Trust::CaFile;
    choice.trust.ca_file = config.ca_file;
    choice.told = "CA file " + config.ca_file;
    return choice;
  }
  if (config.insecure) {
    choice.trust.mode = Trust::Insecure;
    choice.told = "nothing: GOVC_INSECURE is set, which permits reading only";
    return choice;
  }
  choice.told = "system CA store";
  return choice;
}

std::unique_ptr<Connection> connect(const VcenterConfig& config, const Environment& environment,
                                    const std::stop_token& stop, const Log* log) {
  auto connection = std::make_unique<Connection>();
  connection->config = config;
  TrustChoice choice = choose_trust(config);
  connection->trust = choice.told;
  connection->verified = choice.trust.mode != vsphere::TlsTrust::Mode::Insecure;
  vsphere::CurlOptions options;
  options.base_url = base_url(config.url);
  options.allow_http = options.base_url.starts_with("http://");
  options.trust = std::move(choice.trust);
  options.user_agent = "deltakeep/" DELTAKEEP_VERSION;
  connection->transport = std::make_unique<vsphere::CurlTransport>(std::move(options), stop);
  add_trace(*connection, environment, log);
  connection->credentials = credential_source(config, environment);
  connection->session =
      std::make_unique<vsphere::Session>(*connection->transport, connection->credentials);
  connection->session->open();
  const vsphere::ServiceContent& content = connection->session->content();
  const std::string host_uuid =
      content.instance_uuid.empty() ? fetch_host_uuid(*connection->session) : std::string{};
  connection->endpoint =
      endpoint_seen(config.name, content, connection->session->version(), host_uuid);
  if (connection->endpoint.uuid.empty()) {
    throw Error("protocol", ExitCode::Failed,
                "cannot tell which server " + config.name + " (" + config.url +
                    ") is: it shows neither an instance uuid nor a hardware uuid; check that the "
                    "account has read-only rights at the root");
  }
  return connection;
}

ExitCode exit_code(const vsphere::Error& error) {
  switch (error.kind()) {
    case vsphere::ErrorKind::Unreachable:
    case vsphere::ErrorKind::Tls:
    case vsphere::ErrorKind::Transport:
      return ExitCode::Unreachable;
    case vsphere::ErrorKind::Login:
    case vsphere::ErrorKind::NotAuthenticated:
      return ExitCode::Login;
    case vsphere::ErrorKind::Interrupted:
      return ExitCode::Interrupted;
    case vsphere::ErrorKind::Protocol:
    case vsphere::ErrorKind::NoPermission:
    case vsphere::ErrorKind::NotFound:
    case vsphere::ErrorKind::Fault:
      return ExitCode::Failed;
  }
  return ExitCode::Failed;
}

}  // namespace agent
