// Shows that a long command is alive: one line that changes on a terminal, few lines in a log.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <ostream>
#include <string>
#include <string_view>

#include "agent/cli/screen.h"

namespace agent {

/// Always for stderr, so that stdout stays a document. Thread-safe: scans of several endpoints
/// report to one Progress.
class Progress {
 public:
  enum class Style { Silent, Plain, Live };
  using Now = std::function<std::chrono::steady_clock::time_point()>;

  /// Live redraws one line at most ten times a second; Plain writes a line at most every five
  /// seconds and none for what takes less; Silent writes only notes. `now` is for tests.
  Progress(std::ostream& out, Style style, const Screen& screen,
           Now now = std::chrono::steady_clock::now);
  /// Ends the live line as finish() does.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `what` is made safe here ("prod: virtual machines"). total 0: not known (yet).
  void update(std::string_view what, std::uint64_t done, std::uint64_t total);

  /// A line that stays, written above the live line at once; made safe here. For warnings: it is
  /// written in Silent too.
  void note(std::string_view line);

  /// Wipes the live line. Safe to call twice.
  void finish();

 private:
  void draw_locked();
  void wipe_locked();

  std::ostream& out_;
  Style style_;
  Screen screen_;
  Now now_;
  std::mutex mutex_;
  std::string line_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point last_;
};

/// Silent when quiet; Live on a terminal; else Plain.
Progress::Style progress_style(const Screen& err, bool quiet);

}  // namespace agent
