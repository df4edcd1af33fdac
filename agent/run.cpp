#include "agent/run.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>
#include <utility>
#include <variant>

#include "agent/act/forecast.h"
#include "agent/act/handlers.h"
#include "agent/act/init.h"
#include "agent/act/plan.h"
#include "agent/act/simulate.h"
#include "agent/act/state.h"
#include "agent/cli/print/dialogue.h"
#include "agent/cli/print/print.h"
#include "agent/cli/print/print_plan.h"
#include "agent/cli/print/print_forecast.h"
#include "agent/cli/print/print_simulate.h"
#include "agent/cli/progress.h"
#include "agent/cli/request.h"
#include "agent/codec/chain_estimate_json.h"
#include "agent/codec/retention_json.h"
#include "agent/zones.h"
#include "storage/version.h"
#include "vsphere-client/version.h"

namespace agent {
namespace {

/// Runs one parsed command. A class because its overloads share streams and flags.
class Runner {
 public:
  Runner(const GlobalFlags& flags, const Environment& environment, const Surface& surface,
         const Clock& clock, const std::stop_token& stop)
      : flags_(flags),
        environment_(environment),
        surface_(surface),
        clock_(clock),
        stop_(stop),
        log_(surface.err, LogLevel::Debug),
        err_screen_(screen_from(surface.err_terminal, surface.width, environment, flags.no_color)),
        output_{.out = surface.out,
                .screen = screen_from(surface.out_terminal, surface.width, environment, flags.no_color),
                .json = flags.json,
                .quiet = flags.quiet,
                .now = clock.now()} {}

  ExitCode operator()(const ScanRequest& request) {
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

  ExitCode operator()(const StatusRequest& request) {
    Context context = make_context();
    const StatusResponse response =
        handle(request, context, [&](const StatusResponse& early) { print_scans(early, output_); });
    print(response, output_);
    return ExitCode::Ok;
  }

  ExitCode operator()(const VmsRequest& request) {
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

  ExitCode operator()(const TreeRequest& request) {
    Context context = make_context();
    print_tree(find_vm(request.vm, request.vcenter, context), output_);
    return ExitCode::Ok;
  }

  ExitCode operator()(const ChainRequest& request) {
    Context context = make_context();
    print_chain(find_vm(request.vm, request.vcenter, context), output_);
    return ExitCode::Ok;
  }

  ExitCode operator()(const HistoryRequest& request) {
    Context context = make_context();
    print(handle(request, context), output_);
    return ExitCode::Ok;
  }

  ExitCode operator()(const PlanRequest& request) {
    Context context = make_context();
    const PlanResponse response = handle(request, context);
    print(response, output_);
    return response.code;
  }

  ExitCode operator()(const ForecastRequest& request) {
    Context context = make_context();
    print(handle(request, context), output_);
    return ExitCode::Ok;
  }

  ExitCode operator()(const SimulateRequest& request) {
    Context context = make_context();
    print(handle(request, context), output_);
    return ExitCode::Ok;
  }

  ExitCode operator()(const InitRequest& request) {
    const Dialogue dialogue = terminal_dialogue(surface_.err, surface_.in_terminal && !request.yes, stop_);
    InitRequest whole = request;
    whole.state = flags_.state;
    print(handle(whole, environment_, stop_, dialogue), output_);
    return ExitCode::Ok;
  }

  ExitCode operator()(const ConfigCheckRequest&) {
    ConfigResult checked;
    checked.config = load_config(flags_.config, environment_, &checked.warnings);
    print(checked, settle_policies(checked.config, clock_.now()), output_);
    return ExitCode::Ok;
  }

  ExitCode operator()(const DoctorRequest& request) {
    Context context = make_context();
    const DoctorResponse response = handle(request, context);
    print(response, output_);
    return response.code;
  }

  ExitCode operator()(const ChainEstimateRequestCli&) {
    surface_.out << chain_estimate_reply(read_input()) << "\n";
    return ExitCode::Ok;
  }

  ExitCode operator()(const RetentionEvaluateRequest&) {
    surface_.out << retention_reply(read_input(), load_zone) << "\n";
    return ExitCode::Ok;
  }

  ExitCode operator()(const CompletionRequest& request) {
    surface_.out << completion_script(request.shell);
    return ExitCode::Ok;
  }

  ExitCode operator()(const VersionRequest&) {
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

  ExitCode operator()(const HelpRequest& request) {
    surface_.out << request.text;
    return ExitCode::Ok;
  }

  ExitCode report(const std::string& kind, const std::string& message, ExitCode code) {
    say(message);
    if (flags_.json) write_error(kind, message, code);
    return code;
  }

 private:
  std::string read_input() {
    // A read from a terminal cannot be woken, and there is nothing to clean up.
    const std::stop_callback interrupted(
        stop_, [] { std::_Exit(static_cast<int>(ExitCode::Interrupted)); });
    return {std::istreambuf_iterator<char>(surface_.in), {}};
  }

  Context make_context() {
    std::vector<ConfigProblem> warnings;
    Context context{.config = load_config(flags_.config, environment_, &warnings),
                    .environment = environment_,
                    .clock = clock_,
                    .stop = stop_,
                    .watch = {},
                    .log = flags_.verbose ? &log_ : nullptr};
    if (!flags_.state.empty()) context.config.state = flags_.state;
    if (!flags_.quiet) {
      for (const ConfigProblem& warning : warnings) say("warning: " + warning.text());
    }
    return context;
  }

  // A message may have several lines of ours; what is hostile in them is made visible line by line.
  void say(const std::string& message) {
    std::size_t start = 0;
    while (start <= message.size()) {
      const std::size_t end = std::min(message.find('\n', start), message.size());
      surface_.err << (start == 0 ? "deltakeep: " : "")
                   << safe_text(message.substr(start, end - start), err_screen_.charset, 2000)
                   << "\n";
      start = end + 1;
    }
  }

  void write_error(const std::string& kind, const std::string& message, ExitCode code) {
    write_json(surface_.out, {{"error", error_json(kind, message, code)}});
  }

  const GlobalFlags& flags_;
  const Environment& environment_;
  const Surface& surface_;
  const Clock& clock_;
  std::stop_token stop_;
  Log log_;
  Screen err_screen_;
  Output output_;
};

ExitCode run_guarded(const Command& command, Runner& runner) {
  try {
    return std::visit(runner, command);
  } catch (const Error& error) {
    return runner.report(error.kind(), error.what(), error.code());
  } catch (const vsphere::Error& error) {
    return runner.report(vsphere::kind_name(error.kind()), error.what(), exit_code(error));
  } catch (const storage::Error& error) {
    const Error told = state_error(error);
    return runner.report(told.kind(), told.what(), told.code());
  } catch (const std::bad_alloc&) {
    return runner.report("memory", "out of memory", ExitCode::Failed);
  } catch (const std::exception& error) {
    return runner.report("internal", std::string("unexpected: ") + error.what() +
                                         "; please report this as a bug",
                         ExitCode::Failed);
  }
}

bool wants(const std::vector<std::string>& arguments, const std::string& flag) {
  return std::find(arguments.begin(), arguments.end(), flag) != arguments.end();
}

}  // namespace

int run(const std::vector<std::string>& arguments, const Environment& environment,
        const Surface& surface, const Clock& clock, const std::stop_token& stop) {
  Invocation invocation;
  ExitCode code = ExitCode::Failed;
  try {
    invocation = parse_command_line(arguments);
    Runner runner(invocation.global, environment, surface, clock, stop);
    code = run_guarded(invocation.command, runner);
  } catch (const Error& error) {
    // The flags are not known when parsing failed, but a script that asked for JSON still gets it.
    invocation.global.json = wants(arguments, "--json");
    Runner runner(invocation.global, environment, surface, clock, stop);
    code = runner.report(error.kind(), error.what(), error.code());
  }
  surface.out.flush();
  if (!surface.out) {
    surface.err << "deltakeep: writing the answer failed; is the disk full, or did the reader go away?\n";
    code = worst(code, ExitCode::Failed);
  }
  return static_cast<int>(code);
}

}  // namespace agent
