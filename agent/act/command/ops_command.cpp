#include "agent/act/command/ops_command.h"

#include "agent/act/command/record.h"
#include "agent/act/handlers.h"
#include "agent/act/state.h"

namespace agent {
namespace {

constexpr std::size_t kOpsShown = 50;
constexpr std::size_t kRunsShown = 20;

std::size_t limit_of(int asked, std::size_t usual) {
  return asked > 0 ? static_cast<std::size_t>(asked) : usual;
}

}  // namespace

OpsResponse handle(const OpsRequest& request, Context& context) {
  storage::OperationFilter filter;
  policy::VmIdentity vm;
  if (!request.vm.empty()) vm = find_vm(request.vm, request.vcenter, context).identity;
  if (!request.vcenter.empty()) choose_endpoints(context.config, {request.vcenter});
  const storage::Store store = open_state(context.config, storage::Access::ReadOnly);
  const storage::Journal journal(store);
  OpsResponse response;
  if (!request.id.empty()) {
    response.whole = true;
    response.operations.push_back(journal.operation(request.id));
    response.events = journal.events(response.operations.front().id);
    return response;
  }
  const std::string endpoint = request.vm.empty() ? request.vcenter : vm.endpoint;
  if (!endpoint.empty()) filter.endpoint_uuid = uuid_of_endpoint(store, endpoint);
  filter.vm_moid = vm.moid;
  filter.open_only = request.open;
  const std::size_t limit = limit_of(request.limit, kOpsShown);
  filter.limit = limit + 1;
  response.operations = journal.operations(filter);
  response.more = response.operations.size() > limit;
  if (response.more) response.operations.resize(limit);
  return response;
}

RunsResponse handle(const RunsRequest& request, Context& context) {
  const storage::Store store = open_state(context.config, storage::Access::ReadOnly);
  storage::Journal journal(store);
  const storage::Runs runs(journal);
  RunsResponse response;
  if (!request.id.empty()) {
    response.whole = true;
    response.runs.push_back(runs.run(request.id));
    return response;
  }
  const std::size_t limit = limit_of(request.limit, kRunsShown);
  response.runs = runs.runs(limit + 1);
  response.more = response.runs.size() > limit;
  if (response.more) response.runs.resize(limit);
  return response;
}

}  // namespace agent
