// `deltakeep doctor`: is everything there that the configuration counts on?
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "agent/act/handlers.h"
#include "agent/act/rights.h"
#include "agent/act/state.h"
#include "agent/translate/vm_seen.h"
#include "storage/state_file.h"
#include "vsphere-client/facilities.h"
#include "vsphere-client/properties.h"

namespace agent {
namespace {

using Verdict = DoctorCheck::Verdict;

// Ages and schedules stand on the server's and our clock alike; a minute is more than NTP leaves.
constexpr std::chrono::seconds kSkewWarning{60};
constexpr std::chrono::seconds kSkewProblem{600};

DoctorCheck check_session(const Connection& connection) {
  return {
      .verdict = Verdict::Ok,
      .name = "session",
      .text = "logged in as " + connection.session->user() + " on " + connection.endpoint.product,
      .items = {}};
}

DoctorCheck check_trust(const Connection& connection) {
  return {.verdict = connection.verified ? Verdict::Ok : Verdict::Warning,
          .name = "tls",
          .text = "server verified by " + connection.trust,
          .items = {}};
}

DoctorCheck check_version(const Connection& connection) {
  const std::string& offered = connection.session->content().api_version;
  return {.verdict = Verdict::Ok,
          .name = "api-version",
          .text = "speaking " + connection.session->version() + " (server: " + offered + ", " +
                  (connection.endpoint.is_host ? "ESXi host" : "vCenter") + ")",
          .items = {}};
}

DoctorCheck check_clock(Connection& connection, const Clock& clock) {
  const policy::Time before = clock.now();
  const policy::Time server = connection.session->fetch_current_time();
  const policy::Time after = clock.now();
  // Half the round trip is the best guess of when the server looked at its clock.
  const auto skew = server - (before + (after - before) / 2);
  const double seconds = std::chrono::duration<double>(skew).count();
  DoctorCheck check{.verdict = Verdict::Ok, .name = "clock-skew", .text = {}, .items = {}};
  const auto size = std::chrono::abs(skew);
  if (size >= kSkewWarning) check.verdict = Verdict::Warning;
  if (size >= kSkewProblem) check.verdict = Verdict::Problem;
  const double rounded = std::round(seconds * 1000) / 1000;
  std::string text = std::to_string(std::abs(rounded));
  text.erase(text.size() - 3);
  check.text = "server clock is " + text + " s " + (rounded < 0 ? "behind" : "ahead of") + " ours";
  if (check.verdict != Verdict::Ok) check.text += "; set both by NTP";
  return check;
}

DoctorCheck rights_check(const std::string& name, Verdict verdict, const std::string& what,
                         std::vector<std::string> items) {
  DoctorCheck check{.verdict = items.empty() ? Verdict::Ok : verdict,
                    .name = name,
                    .text = what + ": " + (items.empty() ? "none" : std::to_string(items.size())),
                    .items = std::move(items)};
  return check;
}

void check_rights(Connection& connection, const Config& config, DoctorEndpoint& result) {
  const RightsWanted wanted = rights_wanted(connection.config, config.policies);
  std::vector<std::string> all = wanted.needed;
  all.insert(all.end(), wanted.optional.begin(), wanted.optional.end());
  all.insert(all.end(), wanted.excess.begin(), wanted.excess.end());
  const auto answers = vsphere::fetch_privileges(*connection.session,
                                                 {connection.session->content().root_folder}, all);
  if (answers.empty()) {
    result.checks.push_back({Verdict::Warning, "rights", "this server does not tell rights", {}});
    return;
  }
  const std::set<std::string> held(answers.front().begin(), answers.front().end());
  const auto pick = [&](const std::vector<std::string>& from, bool want_held) {
    std::vector<std::string> picked;
    std::copy_if(from.begin(), from.end(), std::back_inserter(picked),
                 [&](const std::string& right) { return held.contains(right) == want_held; });
    return picked;
  };
  const std::string mode = connection.config.mode == Mode::Act ? "act" : "observe";
  std::vector<std::string> present = pick(wanted.needed, true);
  DoctorCheck have =
      rights_check("rights-present", Verdict::Ok,
                   "rights at the root that mode " + mode + " needs and has", std::move(present));
  result.checks.push_back(std::move(have));
  result.checks.push_back(rights_check("rights-missing", Verdict::Problem,
                                       "rights missing at the root", pick(wanted.needed, false)));
  if (!wanted.optional.empty()) {
    result.checks.push_back(rights_check("rights-optional", Verdict::Ok,
                                         "rights missing that only revert needs",
                                         pick(wanted.optional, false)));
  }
  result.checks.push_back(rights_check("rights-excess", Verdict::Warning,
                                       "rights in excess, better taken away",
                                       pick(wanted.excess, true)));
}

std::string delta_format(const policy::Datastore& datastore) {
  if (datastore.vsan_sparse.value_or(false)) return "vsanSparse";
  if (datastore.native_snapshots.value_or(false)) return "native";
  const bool se = datastore.se_sparse.value_or(false);
  if (se && datastore.vmfs_sparse.value_or(false)) return "seSparse, vmfsSparse";
  if (se) return "seSparse";
  return datastore.vmfs_sparse.value_or(false) ? "vmfsSparse" : "unknown";
}

DoctorCheck check_datastores(Connection& connection) {
  DoctorCheck check{Verdict::Ok, "datastores", {}, {}};
  vsphere::retrieve_all(
      *connection.session, connection.session->content().root_folder,
      {{.type = "Datastore", .paths = vsphere::datastore_paths()}},
      [&](const vsphere::ObjectView& object) {
        const policy::Datastore seen =
            datastore_seen(vsphere::decode_datastore(object), connection.endpoint.name);
        check.items.push_back(seen.name + " (" + seen.type + ", deltas: " + delta_format(seen) +
                              (seen.accessible ? ")" : ", NOT ACCESSIBLE)"));
        if (!seen.accessible) check.verdict = Verdict::Warning;
      });
  check.text = std::to_string(check.items.size()) + " seen";
  if (check.items.empty()) check.verdict = Verdict::Warning;
  return check;
}

// What a scan would refuse is refused here too, without its lock: an agent may be running.
void check_writable(const std::string& file) {
  const std::string directory = storage::directory_of(file);
  std::error_code hidden;
  const auto status = std::filesystem::status(directory, hidden);
  if (status.type() == std::filesystem::file_type::not_found) return;  // the first scan makes it
  storage::check_place(file, storage::Access::ReadWrite);
  const bool present = storage::exists(file);
  const std::string& wanted = present ? file : directory;
  if (::access(directory.c_str(), W_OK | X_OK) == 0 && ::access(wanted.c_str(), W_OK) == 0) return;
  throw Error("state", ExitCode::Failed,
              "a scan could not write to the state " + file + ": " + std::strerror(errno) +
                  "; check the rights on it and on " + directory);
}

DoctorCheck check_state(const Config& config) {
  try {
    check_writable(config.state);
    const storage::Store store = open_state(config, storage::Access::ReadOnly);
    return {Verdict::Ok, "state", "state file " + config.state + " can be read and written", {}};
  } catch (const Error& error) {
    if (error.kind() != "no-state") return {Verdict::Problem, "state", error.what(), {}};
    return {Verdict::Ok, "state", "no state yet; the first scan makes " + config.state, {}};
  } catch (const storage::Error& error) {
    return {Verdict::Problem, "state", error.what(), {}};
  }
}

DoctorEndpoint examine(const VcenterConfig& vcenter, Context& context) {
  DoctorEndpoint result{.endpoint = vcenter.name, .url = vcenter.url, .checks = {}, .failure = {}};
  result.checks.push_back(check_state(context.config));
  try {
    const auto connection = connect(vcenter, context.environment, context.stop, context.log);
    result.checks.push_back(check_trust(*connection));
    result.checks.push_back(check_session(*connection));
    result.checks.push_back(check_version(*connection));
    result.checks.push_back(check_clock(*connection, context.clock));
    check_rights(*connection, context.config, result);
    result.checks.push_back(check_datastores(*connection));
  } catch (const vsphere::Error& error) {
    result.failure = Failure{vsphere::kind_name(error.kind()), error.what(), exit_code(error)};
  } catch (const Error& error) {
    result.failure = Failure{error.kind(), error.what(), error.code()};
  }
  return result;
}

}  // namespace

DoctorResponse handle(const DoctorRequest& request, Context& context) {
  DoctorResponse response;
  for (const VcenterConfig& vcenter : choose_endpoints(context.config, request.vcenters)) {
    response.endpoints.push_back(examine(vcenter, context));
    const DoctorEndpoint& examined = response.endpoints.back();
    if (examined.failure) response.code = worst(response.code, examined.failure->code);
    const bool problem =
        std::any_of(examined.checks.begin(), examined.checks.end(),
                    [](const DoctorCheck& check) { return check.verdict == Verdict::Problem; });
    if (problem) response.code = worst(response.code, ExitCode::Failed);
  }
  return response;
}

}  // namespace agent
