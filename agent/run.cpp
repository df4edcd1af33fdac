#include "agent/run.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <variant>

#include "agent/act/server_clock.h"
#include "agent/act/state.h"
#include "agent/actor.h"
#include "agent/cli/print/dialogue.h"
#include "agent/cli/safe_text.h"
#include "agent/runner.h"

namespace agent {

Runner::Runner(const GlobalFlags& flags, const Environment& environment, const Surface& surface,
               const Clock& clock, const std::stop_token& stop)
    : flags_(flags),
      environment_(environment),
      surface_(surface),
      clock_(clock),
      stop_(stop),
      log_(surface.err, LogLevel::Debug),
      err_screen_(screen_from(surface.err_terminal, surface.width, environment, flags.no_color)),
      output_{
          .out = surface.out,
          .screen = screen_from(surface.out_terminal, surface.width, environment, flags.no_color),
          .json = flags.json,
          .quiet = flags.quiet,
          .now = clock.now()} {}

ExitCode Runner::report(const std::string& kind, const std::string& message, ExitCode code) {
  say(message);
  if (flags_.json) write_error(kind, message, code);
  return code;
}

Context Runner::make_context() {
  std::vector<ConfigProblem> warnings;
  Context context{.config = load_config(flags_.config, environment_, &warnings),
                  .environment = environment_,
                  .clock = clock_,
                  .stop = stop_,
                  .watch = {},
                  .log = flags_.verbose ? &log_ : nullptr,
                  .actor = user_name(environment_)};
  if (!flags_.state.empty()) context.config.state = flags_.state;
  if (!flags_.quiet) {
    for (const ConfigProblem& warning : warnings) say("warning: " + warning.text());
  }
  return context;
}

Dialogue Runner::dialogue(bool ask_nothing) {
  Dialogue raw = terminal_dialogue(surface_.err, surface_.in_terminal && !ask_nothing, stop_);
  raw.say = [this](const std::string& lines) { write_lines(lines); };
  return raw;
}

void Runner::say(const std::string& message) {
  surface_.err << "deltakeep: ";
  write_lines(message);
}

void Runner::write_lines(const std::string& lines) {
  std::size_t start = 0;
  while (start <= lines.size()) {
    const std::size_t end = std::min(lines.find('\n', start), lines.size());
    surface_.err << safe_text(lines.substr(start, end - start), err_screen_.charset, 2000) << "\n";
    start = end + 1;
  }
}

void Runner::write_error(const std::string& kind, const std::string& message, ExitCode code) {
  write_json(surface_.out, {{"error", error_json(kind, message, code)}});
}

namespace {

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
    return runner.report(
        "internal", std::string("unexpected: ") + error.what() + "; please report this as a bug",
        ExitCode::Failed);
  }
}

/// Its errors are those of any command that could not connect.
std::unique_ptr<BorrowedClock> borrow_clock(const GlobalFlags& flags,
                                            const Environment& environment,
                                            const std::stop_token& stop) {
  if (!flags.server_clock) return nullptr;
  try {
    return std::make_unique<BorrowedClock>(load_config(flags.config, environment), environment,
                                           stop);
  } catch (const vsphere::Error& error) {
    throw Error(vsphere::kind_name(error.kind()), exit_code(error), error.what());
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
    const auto borrowed = borrow_clock(invocation.global, environment, stop);
    const Clock& time = borrowed ? borrowed->clock() : clock;
    Runner runner(invocation.global, environment, surface, time, stop);
    code = run_guarded(invocation.command, runner);
  } catch (const Error& error) {
    // The flags are not known when parsing failed, but a script that asked for JSON still gets it.
    invocation.global.json = wants(arguments, "--json");
    Runner runner(invocation.global, environment, surface, clock, stop);
    code = runner.report(error.kind(), error.what(), error.code());
  }
  surface.out.flush();
  if (!surface.out) {
    surface.err
        << "deltakeep: writing the answer failed; is the disk full, or did the reader go away?\n";
    code = worst(code, ExitCode::Failed);
  }
  return static_cast<int>(code);
}

}  // namespace agent
