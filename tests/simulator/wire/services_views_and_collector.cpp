#include "tests/simulator/wire/collector_services.h"

namespace sim {

void add_view_and_collector_services(ServiceTable& table, const Source& source) {
  add_view_services(table);
  add_retrieve_services(table, source);
  add_update_services(table, source);
}

void add_view_and_collector_services(ServiceTable& table) {
  add_view_and_collector_services(table, std::make_shared<Properties>());
}

}  // namespace sim
