// Commands around the work itself: set up, examine, work something out, tell of itself.
#include <cstdlib>
#include <iterator>
#include <nlohmann/json.hpp>

#include "agent/act/handlers.h"
#include "agent/act/init.h"
#include "agent/cli/print/print.h"
#include "agent/codec/chain_estimate_json.h"
#include "agent/codec/retention_json.h"
#include "agent/runner.h"
#include "agent/zones.h"
#include "storage/version.h"
#include "vsphere-client/version.h"

namespace agent {

ExitCode Runner::operator()(const InitRequest& request) {
  InitRequest whole = request;
  whole.state = flags_.state;
  print(handle(whole, environment_, stop_, dialogue(request.yes)), output_);
  return ExitCode::Ok;
}

ExitCode Runner::operator()(const ConfigCheckRequest&) {
  ConfigResult checked;
  checked.config = load_config(flags_.config, environment_, &checked.warnings);
  print(checked, settle_policies(checked.config, clock_.now()), output_);
  return ExitCode::Ok;
}

ExitCode Runner::operator()(const DoctorRequest& request) {
  Context context = make_context();
  const DoctorResponse response = handle(request, context);
  print(response, output_);
  return response.code;
}

ExitCode Runner::operator()(const ChainEstimateRequestCli&) {
  surface_.out << chain_estimate_reply(read_input()) << "\n";
  return ExitCode::Ok;
}

ExitCode Runner::operator()(const RetentionEvaluateRequest&) {
  surface_.out << retention_reply(read_input(), load_zone) << "\n";
  return ExitCode::Ok;
}

ExitCode Runner::operator()(const CompletionRequest& request) {
  surface_.out << completion_script(request.shell);
  return ExitCode::Ok;
}

ExitCode Runner::operator()(const VersionRequest&) {
  if (flags_.json) {
    write_json(surface_.out, {{"format", 1},
                              {"version", DELTAKEEP_VERSION},
                              {"libcurl", vsphere::libcurl_version()},
                              {"tls", vsphere::tls_version()},
                              {"sqlite", storage::sqlite_version()}});
  } else {
    surface_.out << "deltakeep " DELTAKEEP_VERSION " (libcurl " << vsphere::libcurl_version()
                 << ", " << vsphere::tls_version() << ", SQLite " << storage::sqlite_version()
                 << ")\n";
  }
  return ExitCode::Ok;
}

ExitCode Runner::operator()(const HelpRequest& request) {
  surface_.out << request.text;
  return ExitCode::Ok;
}

std::string Runner::read_input() {
  // A read from a terminal cannot be woken, and there is nothing to clean up.
  const std::stop_callback interrupted(stop_,
                                       [] { std::_Exit(static_cast<int>(ExitCode::Interrupted)); });
  return {std::istreambuf_iterator<char>(surface_.in), {}};
}

}  // namespace agent
