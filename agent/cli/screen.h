// What one output stream can do, found out once, so that no widget asks the environment itself.
#pragma once

#include <cstddef>

#include "agent/cli/safe_text.h"
#include "agent/config/config.h"

namespace agent {

struct Screen {
  bool terminal = false;  ///< a person watches: lines may be redrawn
  bool colour = false;    ///< escape sequences for colour are wanted
  Charset charset = Charset::Utf8;
  std::size_t width = 0;  ///< columns; 0: not a terminal, or unknown: never cut anything
};

/// For the file descriptor of stdout or stderr. Colour only on a terminal, and not with `no_color`,
/// a non-empty NO_COLOR (no-color.org) or TERM unset or "dumb"; a dumb terminal does not count as
/// one that can redraw. UTF-8 when the first non-empty of LC_ALL, LC_CTYPE and LANG says so.
Screen screen_of(int fd, const Environment& env, bool no_color);

/// The same rules for a stream that is known to be (or not to be) a terminal `width` columns wide.
Screen screen_from(bool is_terminal, std::size_t width, const Environment& env, bool no_color);

}  // namespace agent
