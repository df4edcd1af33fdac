#include "agent/cli/print/dialogue.h"

#include <termios.h>
#include <unistd.h>

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

/// Not std::getline: that goes on after a signal, and Ctrl-C at a password prompt must get out with
/// the echo restored.
std::string read_line() {
  std::string line;
  char letter = 0;
  for (;;) {
    const ssize_t count = ::read(STDIN_FILENO, &letter, 1);
    if (count < 0) throw Error("interrupted", ExitCode::Interrupted, "interrupted, nothing written");
    if (count == 0 || letter == '\n') return line;
    line += letter;
  }
}

}  // namespace

Dialogue terminal_dialogue(std::ostream& err, bool interactive) {
  const auto ask = [&err](const std::string& question) {
    err << question << std::flush;
    return read_line();
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
