// Datastores: refreshing what is known of them.
#include "tests/simulator/services/services.h"
#include "tests/simulator/services/targets.h"

namespace sim {
namespace {

/// Free space is derived on each read, so all that a refresh changes is that watchers hear of it.
std::string refresh(Call& call) {
  const auto store = call.world.datastores.find(call.self.value);
  if (store == call.world.datastores.end()) throw no_such_object(call.self);
  for (const char* property : {"summary", "info"}) call.world.touch(call.self, property);
  return {};
}

}  // namespace

void add_datastore_services(ServiceTable& table) {
  using enum ServiceEntry::Needs;
  table.add({"Datastore", "RefreshDatastore", Session, "", refresh});
  table.add({"Datastore", "RefreshDatastoreStorageInfo", Session, "", refresh});
  add_browser_services(table);
}

}  // namespace sim
