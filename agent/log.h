// The log: one logfmt line per happening on stderr, for people with --verbose and for journald.
#pragma once

#include <initializer_list>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace agent {

enum class LogLevel { Debug, Info, Warning, Error };

/// Values are escaped by safe_text and quoted when they hold blanks, so that no name can forge a
/// line. Nothing secret may be handed in.
class Log {
 public:
  using Field = std::pair<std::string_view, std::string>;

  /// Lines below `least` are dropped. `out` must outlive the log.
  Log(std::ostream& out, LogLevel least);
  ~Log();
  void write(LogLevel level, std::string_view message, std::initializer_list<Field> fields) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace agent
