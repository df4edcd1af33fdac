#include "agent/act/execute/watermark.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace agent {
namespace {

using std::chrono::seconds;

constexpr std::string_view kStepBegins = "a clock jumped by ";

/// The N of "vm-N", "snapshot-N"; 0 for any other form.
std::int64_t number_of(std::string_view moid, std::string_view prefix) {
  if (!moid.starts_with(prefix)) return 0;
  moid.remove_prefix(prefix.size());
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(moid.data(), moid.data() + moid.size(), number);
  return error == std::errc{} && end == moid.data() + moid.size() && number > 0 ? number : 0;
}

/// Writes doubts and takes them away, each with its line in the audit.
class Doubts {
 public:
  Doubts(storage::Watch& watch, const policy::Endpoint& endpoint, const storage::AuditEntry& audit)
      : watch_(watch), endpoint_(endpoint), audit_(audit), standing_(watch.doubts()) {}

  const storage::Doubt* standing(const std::string& kind) const {
    const auto found = std::find_if(standing_.begin(), standing_.end(), [&](const auto& one) {
      return one.endpoint_uuid == endpoint_.uuid && one.kind == kind;
    });
    return found == standing_.end() ? nullptr : &*found;
  }
  void raise(const std::string& kind, const std::string& text, policy::Time since) {
    const storage::Doubt doubt{
        .endpoint_uuid = endpoint_.uuid, .kind = kind, .text = text, .since = since};
    watch_.doubt(doubt, line(kind, text));
    raised_.push_back(doubt);
  }
  void settle(const std::string& kind, const std::string& why) {
    watch_.settle_doubt(endpoint_.uuid, kind, line(kind, why));
  }
  std::vector<storage::Doubt> take() { return std::move(raised_); }

 private:
  storage::AuditEntry line(const std::string& kind, const std::string& text) const {
    storage::AuditEntry entry = audit_;
    entry.action = "doubt";
    entry.endpoint = endpoint_.name;
    entry.subject = kind;
    entry.text = text;
    return entry;
  }

  storage::Watch& watch_;
  const policy::Endpoint& endpoint_;
  const storage::AuditEntry& audit_;
  std::vector<storage::Doubt> standing_, raised_;
};

std::string rollback_text(const std::vector<std::string>& regressions) {
  std::string text = "the server was rolled back or restored from a backup: ";
  for (std::size_t i = 0; i < regressions.size(); ++i)
    text += (i == 0 ? "" : "; ") + regressions[i];
  return text;
}

/// The clocks against the last look.
void settle_clocks(const storage::Watermark& before, const ClockLook& now, Doubts& doubts) {
  const auto server = now.server - before.server_time;
  const auto ours = now.ours - before.our_time;
  const auto step = std::chrono::round<seconds>(server - ours);
  const storage::Doubt* standing = doubts.standing(kClockStep);
  if (std::chrono::abs(step) > kClockSlack) {
    // Anew, so that what has to pass is counted from this one.
    if (standing != nullptr) doubts.settle(kClockStep, "the clocks jumped again");
    doubts.raise(kClockStep,
                 std::string(kStepBegins) + std::to_string(step.count()) +
                     " s between two looks: since " + policy::format_utc(before.our_time) +
                     " the server's went on by " +
                     std::to_string(std::chrono::round<seconds>(server).count()) +
                     " s and ours by " + std::to_string(std::chrono::round<seconds>(ours).count()) +
                     " s. It passes when the next two looks agree",
                 now.ours);
  } else if (standing != nullptr && before.our_time > standing->since) {
    doubts.settle(kClockStep, "two looks after it agree");
  }
}

}  // namespace

ServerLook::ServerLook(const std::optional<storage::Watermark>& before, SeenBefore seen_before)
    : before_(before), seen_before_(std::move(seen_before)) {}

void ServerLook::see_vm(std::string_view moid) { vm_ = std::max(vm_, number_of(moid, "vm-")); }

void ServerLook::see_snapshots(const policy::Vm& vm) {
  // Enough to tell; where many are dated so, clocks are wrong and more would tell no more.
  constexpr int kMostAsked = 20;
  for (const policy::Snapshot& snapshot : vm.snapshots) {
    const std::int64_t number = number_of(snapshot.moid, "snapshot-");
    snapshot_ = std::max(snapshot_, number);
    const bool passed = before_ && number > 0 && number <= before_->snapshot &&
                        snapshot.created > before_->server_time + kClockSlack;
    if (!passed || !regressions_.empty() || asked_ == kMostAsked) continue;
    ++asked_;
    if (seen_before_(vm, snapshot)) continue;
    regressions_.push_back(snapshot.moid + " of " + vm.identity.name + " was made at " +
                           policy::format_utc(snapshot.created) + ", but by " +
                           policy::format_utc(before_->server_time) +
                           " the server had come to snapshot-" + std::to_string(before_->snapshot));
  }
}

void ServerLook::see_new_event_chain(std::int64_t chain) {
  event_chain_ = std::max(event_chain_, chain);
  if (!before_ || chain <= 0 || chain > before_->event_chain) return;
  regressions_.push_back("a new task has event chain " + std::to_string(chain) + ", after " +
                         std::to_string(before_->event_chain));
}

std::vector<storage::Doubt> settle_look(storage::Watch& watch, const policy::Endpoint& endpoint,
                                        const ServerLook& look, const ClockLook& clocks,
                                        const storage::AuditEntry& audit) {
  Doubts doubts(watch, endpoint, audit);
  storage::Watermark mark{.endpoint_uuid = endpoint.uuid,
                          .vm = look.vm(),
                          .snapshot = look.snapshot(),
                          .event_chain = look.event_chain(),
                          .server_time = clocks.server,
                          .our_time = clocks.ours};
  const std::optional<storage::Watermark> before = watch.watermark(endpoint.uuid);
  if (before) {
    std::vector<std::string> regressions = look.regressions();
    if (clocks.server + kClockSlack < before->server_time) {
      regressions.push_back("its clock shows " + policy::format_utc(clocks.server) +
                            ", after it showed " + policy::format_utc(before->server_time));
    }
    settle_clocks(*before, clocks, doubts);
    if (regressions.empty()) {
      mark.vm = std::max(mark.vm, before->vm);
      mark.snapshot = std::max(mark.snapshot, before->snapshot);
      mark.event_chain = std::max(mark.event_chain, before->event_chain);
    } else if (doubts.standing(kRolledBack) == nullptr) {
      doubts.raise(kRolledBack, rollback_text(regressions), clocks.ours);
    }
  }
  // Last: should this not be written, the next look compares with the old one once more.
  watch.set_watermark(mark);
  return doubts.take();
}

seconds clock_step_of(const storage::Doubt& doubt) {
  std::string_view text = doubt.text;
  long long count = 0;
  if (text.starts_with(kStepBegins)) {
    text.remove_prefix(kStepBegins.size());
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error == std::errc{} && end != text.data()) return seconds{count};
  }
  // Somebody else's words: far enough to be one.
  return std::chrono::hours{24};
}

}  // namespace agent
