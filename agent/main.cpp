// Arguments, streams and signals of the process; everything else is in run.
#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "agent/run.h"

extern char** environ;

namespace {

int signal_pipe[2] = {-1, -1};

// Only a write is safe here; the listener below does the rest.
void on_signal(int) {
  const char byte = 's';
  [[maybe_unused]] const auto written = ::write(signal_pipe[1], &byte, 1);
}

/// Turns the first SIGINT or SIGTERM into a stop request; a second one ends the process at once.
std::jthread listen_for_signals(std::stop_source& stop) {
  if (::pipe(signal_pipe) != 0) return {};
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  return std::jthread([&stop] {
    char byte = 0;
    if (::read(signal_pipe[0], &byte, 1) == 1 && byte == 's') stop.request_stop();
  });
}

agent::Environment environment() {
  agent::Environment result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string line = *entry;
    const std::size_t equals = line.find('=');
    if (equals != std::string::npos) result[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return result;
}

std::size_t terminal_width() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  ::signal(SIGPIPE, SIG_IGN);
  std::stop_source stop;
  const std::jthread listener = listen_for_signals(stop);
  const agent::Surface surface{.in = std::cin,
                               .out = std::cout,
                               .err = std::cerr,
                               .in_terminal = ::isatty(STDIN_FILENO) == 1,
                               .out_terminal = ::isatty(STDOUT_FILENO) == 1,
                               .err_terminal = ::isatty(STDERR_FILENO) == 1,
                               .width = terminal_width()};
  const int code = agent::run({argv + 1, argv + argc}, environment(), surface, agent::SystemClock{},
                              stop.get_token());
  const char byte = 'e';
  [[maybe_unused]] const auto written = ::write(signal_pipe[1], &byte, 1);
  return code;
}
