#include "agent/cli/screen.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <string>

namespace agent {
namespace {

std::string value_of(const Environment& env, const char* name) {
  const auto found = env.find(name);
  return found == env.end() ? std::string() : found->second;
}

Charset charset_of(const Environment& env) {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string locale = value_of(env, name);
    if (locale.empty()) continue;
    std::transform(locale.begin(), locale.end(), locale.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const bool utf8 =
        locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
    return utf8 ? Charset::Utf8 : Charset::Ascii;
  }
  return Charset::Ascii;  // POSIX: no variable means the C locale
}

}  // namespace

Screen screen_from(bool is_terminal, std::size_t width, const Environment& env, bool no_color) {
  const std::string term = value_of(env, "TERM");
  Screen screen;
  screen.terminal = is_terminal && !term.empty() && term != "dumb";
  screen.colour = screen.terminal && !no_color && value_of(env, "NO_COLOR").empty();
  screen.charset = charset_of(env);
  screen.width = is_terminal ? width : 0;
  return screen;
}

Screen screen_of(int fd, const Environment& env, bool no_color) {
  if (isatty(fd) == 0) return screen_from(false, 0, env, no_color);
  winsize size{};
  const bool known = ioctl(fd, TIOCGWINSZ, &size) == 0;
  return screen_from(true, known ? size.ws_col : 0, env, no_color);
}

}  // namespace agent
