#include "agent/cli/progress.h"

#include <algorithm>
#include <utility>

#include "agent/cli/human.h"

namespace agent {
namespace {

using namespace std::chrono_literals;
constexpr auto kRedraw = 100ms;
constexpr auto kPlainEvery = 5s;

}  // namespace

Progress::Progress(std::ostream& out, Style style, const Screen& screen, Now now)
    : out_(out), style_(style), screen_(screen), now_(std::move(now)), last_(now_()) {}

Progress::~Progress() { finish(); }

void Progress::update(std::string_view what, std::uint64_t done, std::uint64_t total) {
  if (style_ == Style::Silent) return;
  const std::lock_guard lock(mutex_);
  line_ = safe_text(what, screen_.charset) + " " + human_count(done);
  if (total > 0) {
    const double share = static_cast<double>(std::min(done, total)) / static_cast<double>(total);
    const auto percent = static_cast<int>(100 * share);
    line_ += " of " + human_count(total) + " (" + std::to_string(percent) + " %)";
  }
  const auto now = now_();
  const bool first = style_ == Style::Live && !drawn_;
  if (!first && now - last_ < (style_ == Style::Live ? kRedraw : kPlainEvery)) return;
  last_ = now;
  draw_locked();
}

void Progress::draw_locked() {
  if (style_ == Style::Plain) {
    out_ << line_ << '\n' << std::flush;
    return;
  }
  // One column stays free: a terminal that wraps there would leave rubbish behind.
  const std::size_t width = screen_.width > 1 ? screen_.width - 1 : 79;
  out_ << '\r' << cut_to_width(line_, width, screen_.charset) << "\x1b[K" << std::flush;
  drawn_ = true;
}

void Progress::wipe_locked() {
  if (drawn_) out_ << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

void Progress::note(std::string_view line) {
  const std::lock_guard lock(mutex_);
  const bool redraw = drawn_;
  wipe_locked();
  out_ << safe_text(line, screen_.charset, 4 * kSafeTextLimit) << '\n' << std::flush;
  if (redraw) draw_locked();
}

void Progress::finish() {
  const std::lock_guard lock(mutex_);
  wipe_locked();
}

Progress::Style progress_style(const Screen& err, bool quiet) {
  if (quiet) return Progress::Style::Silent;
  return err.terminal ? Progress::Style::Live : Progress::Style::Plain;
}

}  // namespace agent
