// Commands that look, decide, and change nothing on a server.
#include <set>
#include <tuple>

#include "agent/act/forecast.h"
#include "agent/act/handlers.h"
#include "agent/act/judged_vm.h"
#include "agent/act/plan.h"
#include "agent/act/simulate.h"
#include "agent/act/state.h"
#include "agent/cli/print/print.h"
#include "agent/cli/print/print_forecast.h"
#include "agent/cli/print/print_plan.h"
#include "agent/cli/print/print_simulate.h"
#include "agent/runner.h"

namespace agent {

ExitCode Runner::operator()(const ScanRequest& request) {
  Progress progress(surface_.err, progress_style(err_screen_, flags_.quiet), err_screen_);
  Context context = make_context();
  context.watch = [&](const std::string& what, std::uint64_t done, std::uint64_t total) {
    progress.update(what, done, total);
  };
  const ScanResponse response = handle(request, context);
  progress.finish();
  for (const EndpointScan& scan : response.scans) {
    if (scan.failure) say(scan.failure->message);
  }
  if (response.output_failure) say(response.output_failure->message);
  // With one endpoint its failure is the failure of the command, in the shape of any other.
  if (response.scans.size() == 1 && response.scans.front().failure && flags_.json) {
    const Failure& failure = *response.scans.front().failure;
    write_error(failure.kind, failure.message, failure.code);
  } else {
    print(response, output_);
  }
  return response.code;
}

ExitCode Runner::operator()(const StatusRequest& request) {
  Context context = make_context();
  const StatusResponse response =
      handle(request, context, [&](const StatusResponse& early) { print_scans(early, output_); });
  print(response, output_);
  return ExitCode::Ok;
}

ExitCode Runner::operator()(const VmsRequest& request) {
  Context context = make_context();
  if (!flags_.json) {
    print(handle(request, context), output_);
    return ExitCode::Ok;
  }
  std::set<std::tuple<std::string, std::string>> chosen;
  if (request.limit > 0) {
    for (const VmRow& row : handle(request, context)) chosen.insert({row.endpoint, row.moid});
  }
  VmListWriter list(output_);
  try {
    each_vm(request, context, [&](const policy::Vm& vm, const policy::ThresholdPair& thresholds) {
      const bool wanted =
          request.limit <= 0 || chosen.contains({vm.identity.endpoint, vm.identity.moid});
      if (wanted) list.add(vm, thresholds);
    });
    list.finish();
  } catch (const storage::Error& error) {
    if (!list.begun()) throw;
    const Error told = state_error(error);
    say(told.what());
    list.fail(told.kind(), told.what(), told.code());
    return told.code();
  }
  return ExitCode::Ok;
}

ExitCode Runner::operator()(const TreeRequest& request) {
  Context context = make_context();
  const JudgedVm found = find_judged_vm(request.vm, request.vcenter, context);
  print_tree(found.vm, output_, found.thresholds);
  return ExitCode::Ok;
}

ExitCode Runner::operator()(const ChainRequest& request) {
  Context context = make_context();
  const JudgedVm found = find_judged_vm(request.vm, request.vcenter, context);
  print_chain(found.vm, output_, found.thresholds);
  return ExitCode::Ok;
}

ExitCode Runner::operator()(const HistoryRequest& request) {
  Context context = make_context();
  print(handle(request, context), output_);
  return ExitCode::Ok;
}

ExitCode Runner::operator()(const PlanRequest& request) {
  Context context = make_context();
  const PlanResponse response = handle(request, context);
  print(response, output_);
  return response.code;
}

ExitCode Runner::operator()(const ForecastRequest& request) {
  Context context = make_context();
  print(handle(request, context), output_);
  return ExitCode::Ok;
}

ExitCode Runner::operator()(const SimulateRequest& request) {
  Context context = make_context();
  print(handle(request, context), output_);
  return ExitCode::Ok;
}

}  // namespace agent
