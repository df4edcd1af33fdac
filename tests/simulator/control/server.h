// The whole simulator behind one port: SOAP, REST and control over one world.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "tests/simulator/control/control.h"
#include "tests/simulator/control/endpoint.h"
#include "tests/simulator/services/rest.h"
#include "tests/simulator/wire/http.h"
#include "tests/simulator/wire/sessions.h"
#include "tests/simulator/wire/soap.h"

namespace sim {

struct ServerOptions {
  ListenOptions listen;
  SessionOptions sessions;
  std::set<std::string> denied;  ///< privileges nobody has
  std::uint64_t seed = 1;        ///< of the rules' luck
  std::vector<Rule> rules;
};

/// Serves from construction to destruction. Throws std::runtime_error when it cannot listen. The
/// world must outlive it.
class Server {
 public:
  Server(World& world, const ServerOptions& options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const { return http_->port(); }
  Control& control() { return control_; }

 private:
  HttpReply route(const HttpRequest& request);

  ServiceTable services_;
  Sessions sessions_;
  Control control_;
  SoapEndpoint soap_;
  RestEndpoint rest_;
  ControlEndpoint steering_;
  std::unique_ptr<HttpServer> http_;
};

/// Every service there is.
ServiceTable all_services(const std::set<std::string>& denied);

}  // namespace sim
