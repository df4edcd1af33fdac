#include "tests/simulator/control/server.h"

#include "tests/simulator/services/services.h"

namespace sim {

ServiceTable all_services(const std::set<std::string>& denied) {
  ServiceTable table;
  add_session_services(table);
  add_view_and_collector_services(table);
  add_snapshot_services(table);
  add_task_services(table);
  add_event_services(table);
  add_performance_services(table);
  add_authorization_services(table, std::make_shared<const std::set<std::string>>(denied));
  add_custom_field_services(table);
  add_search_services(table);
  add_datastore_services(table);
  add_folder_services(table);
  return table;
}

Server::Server(World& world, const ServerOptions& options)
    : services_(all_services(options.denied)),
      sessions_(options.sessions),
      control_(options.seed),
      soap_(world, services_, sessions_, &control_, options.denied),
      rest_(world, sessions_),
      steering_(world, control_) {
  control_.rules().set(options.rules);
  http_ = std::make_unique<HttpServer>(options.listen,
                                       [this](const HttpRequest& asked) { return route(asked); });
}

Server::~Server() {
  soap_.stop();  // a reply that waits would keep the daemon from ending
  http_.reset();
}

HttpReply Server::route(const HttpRequest& request) {
  const std::string& path = request.path;
  if (path.starts_with("/control/")) return steering_.handle(request);
  if (path.starts_with("/rest/") || path.starts_with("/api/")) return rest_.handle(request);
  return soap_.handle(request);
}

}  // namespace sim
