// The parts of the view and collector services, and what they share.
#pragma once

#include <memory>
#include <string>

#include "tests/simulator/wire/call.h"
#include "tests/simulator/wire/collector_state.h"
#include "tests/simulator/wire/reach.h"

namespace sim {

using Source = std::shared_ptr<const Properties>;

void add_view_services(ServiceTable& table);
void add_retrieve_services(ServiceTable& table, const Source& source);
void add_update_services(ServiceTable& table, const Source& source);
/// All three, with properties from elsewhere: for tests.
void add_view_and_collector_services(ServiceTable& table, const Source& source);

/// A new "session[key]serial" of that type.
Ref session_ref(Call& call, const std::string& type);
/// The collector that the call addresses: the session's common one is made when first used. Throws
/// FaultReply ManagedObjectNotFound.
Collector& self_collector(Call& call);

/// The server's own limit per reply, which a client can only lower [recorded].
inline constexpr std::size_t kPage = 100;

}  // namespace sim
