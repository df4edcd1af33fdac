#include "agent/cli/print/dialogue.h"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <stop_token>
#include <string>

#include "agent/error.h"

namespace agent {
namespace {

/// Switches the terminal's echo off for one answer.
class Silence {
 public:
  Silence() : known_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!known_) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  ~Silence() {
    if (known_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  termios before_{};
  bool known_;
};

/// A descriptor that becomes readable when a stop is asked for. A signal alone does not do: one
/// that comes between the question and the read, or goes to another thread, would leave the read
/// waiting.
class StopPipe {
 public:
  explicit StopPipe(const std::stop_token& stop) {
    if (::pipe(ends_) != 0) throw Error("terminal", ExitCode::Failed, "no pipe for the terminal");
    tell_.emplace(stop, Tell{ends_[1]});
  }
  ~StopPipe() {
    tell_.reset();
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  StopPipe(const StopPipe&) = delete;
  StopPipe& operator=(const StopPipe&) = delete;
  int readable() const { return ends_[0]; }

 private:
  struct Tell {
    int end;
    void operator()() const {
      const char byte = 's';
      [[maybe_unused]] const auto written = ::write(end, &byte, 1);
    }
  };
  int ends_[2] = {-1, -1};
  std::optional<std::stop_callback<Tell>> tell_;
};

std::string read_line(const std::stop_token& stop) {
  const StopPipe stopped(stop);
  std::string line;
  for (;;) {
    pollfd watched[2] = {{STDIN_FILENO, POLLIN, 0}, {stopped.readable(), POLLIN, 0}};
    if (::poll(watched, 2, -1) < 0 && errno != EINTR) return {};
    if (stop.stop_requested()) {
      throw Error("interrupted", ExitCode::Interrupted, "interrupted, nothing written");
    }
    if (watched[0].revents == 0) continue;
    char letter = 0;
    const ssize_t count = ::read(STDIN_FILENO, &letter, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 || letter == '\n') return line;
    line += letter;
  }
}

}  // namespace

Dialogue terminal_dialogue(std::ostream& err, bool interactive, const std::stop_token& stop) {
  const auto ask = [&err, stop](const std::string& question) {
    err << question << std::flush;
    return read_line(stop);
  };
  return {.interactive = interactive,
          .ask = ask,
          .ask_secret =
              [ask, &err](const std::string& question) {
                const Silence silence;
                std::string answer = ask(question);
                err << "\n";
                return answer;
              },
          .confirm =
              [ask](const std::string& question) {
                const std::string answer = ask(question + " [yes/no] ");
                return answer == "yes" || answer == "y";
              },
          .say = [&err](const std::string& line) { err << line << "\n"; }};
}

}  // namespace agent
