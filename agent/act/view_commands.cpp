// Commands that only read what earlier scans stored.
#include <algorithm>
#include <charconv>
#include <utility>

#include "agent/act/execute/stored_ownership.h"
#include "agent/act/handlers.h"
#include "agent/act/judged_vm.h"
#include "agent/act/state.h"
#include "agent/act/vm_policies.h"

namespace agent {
namespace {

constexpr std::size_t kWorstShown = 10;
constexpr std::size_t kScansShown = 50;
constexpr std::size_t kScansLookedAt = 5000;  // for those of one endpoint among many

[[noreturn]] void refuse_ambiguous(const std::string& text, const std::vector<policy::Vm>& found) {
  std::string message = "\"" + text + "\" names " + std::to_string(found.size()) +
                        " virtual machines; use a path or a moid, or --vcenter:";
  for (const policy::Vm& vm : found) {
    message +=
        "\n  " + vm.identity.moid + "  " + vm.place.path + "  (" + vm.identity.endpoint + ")";
  }
  throw Error("ambiguous", ExitCode::Usage, message);
}

// "30d", "48h", "2w": a plain span is enough to look back.
std::chrono::hours look_back(const std::string& text) {
  long count = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, count);
  if (error == std::errc{} && rest + 1 == end && count > 0 && count <= 100'000) {
    if (*rest == 'h') return std::chrono::hours(count);
    if (*rest == 'd') return std::chrono::hours(count * 24);
    if (*rest == 'w') return std::chrono::hours(count * 24 * 7);
  }
  throw Error("usage", ExitCode::Usage,
              "--since \"" + text + "\" is not a span; write for instance 48h, 30d or 8w");
}

}  // namespace

std::vector<VcenterConfig> choose_endpoints(const Config& config,
                                            const std::vector<std::string>& names) {
  if (names.empty()) return config.vcenters;
  std::vector<VcenterConfig> chosen;
  for (const std::string& name : names) {
    const auto found =
        std::find_if(config.vcenters.begin(), config.vcenters.end(),
                     [&](const VcenterConfig& vcenter) { return vcenter.name == name; });
    if (found == config.vcenters.end()) {
      std::string known;
      for (const VcenterConfig& vcenter : config.vcenters) known += " " + vcenter.name;
      throw Error("config", ExitCode::Usage,
                  "no [[vcenter]] is called \"" + name + "\"; configured are:" + known);
    }
    const bool again = std::any_of(chosen.begin(), chosen.end(),
                                   [&](const VcenterConfig& one) { return one.name == name; });
    if (!again) chosen.push_back(*found);
  }
  return chosen;
}

StatusResponse handle(const StatusRequest&, Context& context,
                      const std::function<void(const StatusResponse&)>& on_scans) {
  const storage::Store store = open_state(context.config, storage::Access::ReadOnly);
  StatusResponse response;
  response.state = context.config.state;
  response.now = context.clock.now();
  response.scans = store.last_scans();
  for (const VcenterConfig& vcenter : context.config.vcenters) {
    const bool scanned = std::any_of(
        response.scans.begin(), response.scans.end(),
        [&](const storage::ScanSummary& scan) { return scan.endpoint.name == vcenter.name; });
    if (!scanned) response.never.push_back(vcenter.name);
  }
  // One that is not configured any more is not tried any more.
  response.failing = store.scan_failures();
  std::erase_if(response.failing, [&](const storage::ScanFailure& failing) {
    return std::none_of(
        context.config.vcenters.begin(), context.config.vcenters.end(),
        [&](const VcenterConfig& vcenter) { return vcenter.name == failing.endpoint; });
  });
  if (on_scans) on_scans(response);
  response.standing = standing_of(store);
  const VmPolicies policies(context.config, store.datastores(), response.now);
  const StoredOwnership ownership(context.config, store, context.log, response.now);
  store.for_each_vm({}, [&](policy::Vm vm) {
    ownership.apply(vm);
    VmRow row = vm_row(vm, response.now, policies.thresholds(vm));
    add_to_tally(row, response.tally);
    if (row.level == policy::RiskLevel::Ok) return;
    response.worst.push_back(std::move(row));
    std::push_heap(response.worst.begin(), response.worst.end(), riskier);
    if (response.worst.size() > kWorstShown) {
      std::pop_heap(response.worst.begin(), response.worst.end(), riskier);
      response.worst.pop_back();
    }
  });
  std::sort(response.worst.begin(), response.worst.end(), riskier);
  response.gone = store.gone_vms().size();
  return response;
}

std::vector<VmRow> handle(const VmsRequest& request, Context& context) {
  std::vector<VmRow> rows;
  const policy::Time now = context.clock.now();
  each_vm(request, context, [&](const policy::Vm& vm, const policy::ThresholdPair& thresholds) {
    rows.push_back(vm_row(vm, now, thresholds));
  });
  std::sort(rows.begin(), rows.end(), riskier);
  if (request.limit > 0 && rows.size() > static_cast<std::size_t>(request.limit)) {
    rows.resize(static_cast<std::size_t>(request.limit));
  }
  return rows;
}

void each_vm(const VmsRequest& request, Context& context,
             const std::function<void(const policy::Vm&, const policy::ThresholdPair&)>& sink) {
  if (!request.vcenter.empty()) choose_endpoints(context.config, {request.vcenter});
  const storage::Store store = open_state(context.config, storage::Access::ReadOnly);
  const policy::Time now = context.clock.now();
  const VmPolicies policies(context.config, store.datastores(), now);
  const StoredOwnership ownership(context.config, store, context.log, now);
  store.for_each_vm({.endpoint = request.vcenter}, [&](policy::Vm vm) {
    ownership.apply(vm);
    vm.policies = policies.names(vm);
    sink(vm, policies.thresholds(vm));
  });
}

namespace {

bool of_endpoint(const policy::VmIdentity& vm, const std::string& vcenter) {
  return vcenter.empty() || vm.endpoint == vcenter;
}

std::vector<policy::Vm> named_vms(const std::string& text, const std::string& vcenter,
                                  const storage::Store& store) {
  std::vector<policy::Vm> found = store.find_vms(text);
  std::erase_if(found, [&](const policy::Vm& vm) { return !of_endpoint(vm.identity, vcenter); });
  return found;
}

policy::Vm only_one(const std::string& text, const std::string& vcenter,
                    std::vector<policy::Vm> found) {
  if (found.size() == 1) return std::move(found.front());
  if (found.size() > 1) refuse_ambiguous(text, found);
  throw Error("not-found", ExitCode::Failed,
              "no virtual machine" + (vcenter.empty() ? "" : " of " + vcenter) + " is called \"" +
                  text +
                  "\" in the last scan; `deltakeep vms` lists them, `deltakeep scan` looks again");
}

policy::Vm owned_vm(const std::string& text, const std::string& vcenter,
                    const storage::Store& store, Context& context) {
  policy::Vm vm = only_one(text, vcenter, named_vms(text, vcenter, store));
  StoredOwnership(context.config, store, context.log, context.clock.now()).apply(vm);
  return vm;
}

/// History outlives its VM: one that is gone is found too, when no visible one is meant.
policy::VmIdentity identity_for_history(const HistoryRequest& request,
                                        const storage::Store& store) {
  std::vector<policy::Vm> found = named_vms(request.vm, request.vcenter, store);
  if (found.empty()) {
    for (const storage::GoneVm& gone : store.gone_vms()) {
      const bool meant = gone.identity.name == request.vm || gone.identity.moid == request.vm;
      if (meant && of_endpoint(gone.identity, request.vcenter)) return gone.identity;
    }
  }
  return only_one(request.vm, request.vcenter, std::move(found)).identity;
}

}  // namespace

policy::Vm find_vm(const std::string& text, const std::string& vcenter, Context& context) {
  if (!vcenter.empty()) choose_endpoints(context.config, {vcenter});
  const storage::Store store = open_state(context.config, storage::Access::ReadOnly);
  return owned_vm(text, vcenter, store, context);
}

JudgedVm find_judged_vm(const std::string& text, const std::string& vcenter, Context& context) {
  if (!vcenter.empty()) choose_endpoints(context.config, {vcenter});
  const storage::Store store = open_state(context.config, storage::Access::ReadOnly);
  JudgedVm found{.vm = owned_vm(text, vcenter, store, context), .thresholds = {}};
  const VmPolicies policies(context.config, store.datastores(), context.clock.now());
  found.vm.policies = policies.names(found.vm);
  found.thresholds = policies.thresholds(found.vm);
  return found;
}

HistoryResponse handle(const HistoryRequest& request, Context& context) {
  HistoryResponse response;
  response.since = context.clock.now() - look_back(request.since);
  if (!request.vcenter.empty()) choose_endpoints(context.config, {request.vcenter});
  const storage::Store store = open_state(context.config, storage::Access::ReadOnly);
  if (request.vm.empty()) {
    response.scans = store.scans(kScansLookedAt);
    std::erase_if(response.scans, [&](const storage::ScanSummary& scan) {
      const bool other = !request.vcenter.empty() && scan.endpoint.name != request.vcenter;
      return other || scan.started < response.since;
    });
    if (response.scans.size() > kScansShown) response.scans.resize(kScansShown);
    return response;
  }
  response.vm = identity_for_history(request, store);
  response.disks = store.history(*response.vm, response.since);
  return response;
}

}  // namespace agent
