// PropertyCollector: filters and waiting for updates.
#include <algorithm>
#include <chrono>

#include "tests/simulator/wire/sessions.h"
#include "tests/simulator/wire/updates.h"

namespace sim {
namespace {

using Clock = std::chrono::steady_clock;

struct Wait {
  std::optional<std::chrono::seconds> longest;  ///< unset: as long as it takes
  std::size_t limit = kPage;
};

[[noreturn]] void refuse_version() {
  throw FaultReply{
      {.type = "InvalidCollectorVersion", .message = "The version of the collector is not valid."}};
}

/// Counts the session as waiting, so that it does not idle away, for as long as it is the same one.
class Waiting {
 public:
  explicit Waiting(Call& call)
      : call_(call), views_(call.session->views), boots_(call.world.boots) {
    ++call_.session->waiting;
  }
  ~Waiting() {
    if (!views_->alive) return;
    --call_.session->waiting;
    call_.session->last_active = call_.sessions->options().clock();
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  /// Throws when the session, or the collector with it, is gone.
  Collector& collector() const {
    // A restart forgets the sessions when the next call comes, which may be long after.
    if (!views_->alive || call_.world.boots != boots_) {
      throw FaultReply{{.type = "NotAuthenticated",
                        .message = "The session is not authenticated.",
                        .fields = {{"privilegeId", "System.View"}},
                        .refs = {{"object", call_.self}}}};
    }
    return self_collector(call_);
  }

 private:
  Call& call_;
  std::shared_ptr<SessionViews> views_;
  std::uint64_t boots_;
};

/// Time is up by the real clock or, in a world that runs fast, by its own.
class Deadline {
 public:
  Deadline(Call& call, const Wait& wait) : call_(call), wait_(wait), virtual_(call.world.now()) {}
  bool passed() const {
    if (call_.stopping != nullptr && *call_.stopping) return true;
    if (!wait_.longest) return false;
    return Clock::now() - real_ >= *wait_.longest || call_.world.now() - virtual_ >= *wait_.longest;
  }
  /// In virtual time; none: it waits as long as it takes.
  std::optional<Time> end() const {
    if (!wait_.longest) return std::nullopt;
    return virtual_ + *wait_.longest;
  }

 private:
  Call& call_;
  const Wait& wait_;
  Clock::time_point real_ = Clock::now();
  Time virtual_;
};

/// True when the version asks for the last answer again: its reply got lost on the way.
bool accept_version(Collector& collector, const std::string& version) {
  if (version.empty()) {
    restart_stream(collector);
    return false;
  }
  const std::string number = std::to_string(collector.version);
  if (collector.page != 0) {
    if (version != number + "_" + std::to_string(collector.page)) refuse_version();
    return false;
  }
  if (version == number && collector.version != 0) return false;
  if (!collector.last_answer.empty() && version == collector.answered_from) return true;
  refuse_version();
}

/// A page told becomes an UpdateSet; a truncated one gets a version that is good for one use.
std::string finish(Collector& collector, const std::string& asked, const std::string& sets) {
  const bool first_page = collector.page == 0;
  std::string version;
  std::string tail;
  if (!collector.queue.empty()) {
    ++collector.page;
    version = std::to_string(collector.version) + "_" + std::to_string(collector.page);
    tail = "<truncated>true</truncated>";
  } else {
    ++collector.version;
    collector.page = 0;
    version = std::to_string(collector.version);
  }
  std::string answer =
      "<returnval><version>" + version + "</version>" + sets + tail + "</returnval>";
  // Only an answer that came whole to an untruncated version can be asked for again.
  const bool repeatable = first_page && collector.page == 0 && !asked.empty();
  collector.answered_from = repeatable ? asked : std::string();
  collector.last_answer = repeatable ? answer : std::string();
  return answer;
}

std::string wait_for(Call& call, const Properties& from, const Wait& wait) {
  const std::string asked = text_argument(call, "version");
  const Waiting waiting(call);
  if (accept_version(waiting.collector(), asked)) return waiting.collector().last_answer;
  const std::uint64_t cancels = waiting.collector().cancels;
  const Deadline deadline(call, wait);
  for (;;) {
    Collector& collector = waiting.collector();
    if (collector.cancels != cancels) {
      throw FaultReply{{.type = "RequestCanceled", .message = "The task was canceled by a user."}};
    }
    if (collector.page == 0 && collector.queue.empty()) {
      look(call, from, collector, call.session->views->changes);
    }
    const std::string sets = take_page(call, from, collector, wait.limit);
    if (!sets.empty() || collector.page != 0) return finish(collector, asked, sets);
    if (deadline.passed()) return {};
    if (call.world.options().wait_steps && call.world.step_towards(deadline.end())) continue;
    // The world has no thread of its own: whoever waits lets its time pass.
    constexpr std::chrono::milliseconds kSlice(20);
    call.world.changed.wait_for(call.lock, kSlice);
    call.world.now();
  }
}

std::string wait_for_updates_ex(Call& call, const Properties& from) {
  const pugi::xml_node options = child_named(call.arguments, "options");
  Wait wait;
  if (const pugi::xml_node node = child_named(options, "maxWaitSeconds")) {
    wait.longest = std::chrono::seconds(node.text().as_int());
  }
  if (const pugi::xml_node node = child_named(options, "maxObjectUpdates")) {
    const int asked = node.text().as_int();
    if (asked <= 0) {
      throw FaultReply{
          {.type = "InvalidArgument",
           .message = "A specified parameter was not correct: options.maxObjectUpdates",
           .fields = {{"invalidProperty", "options.maxObjectUpdates"}}}};
    }
    wait.limit = std::min(kPage, static_cast<std::size_t>(asked));
  }
  return wait_for(call, from, wait);
}

std::string create_filter(Call& call, const Properties& from) {
  Filter filter;
  filter.spec = parse_filter_spec(child_named(call.arguments, "spec"));
  filter.partial = flag_argument(call, "partialUpdates", false);
  reach(call, from, filter.spec);  // a start that is not there is refused now, not later
  filter.ref = session_ref(call, "PropertyFilter");
  Collector& collector = self_collector(call);
  ++call.session->views->changes;
  call.world.changed.notify_all();
  const Ref ref = filter.ref;
  collector.filters[ref.value] = std::move(filter);
  return return_ref(ref);
}

std::string destroy_filter(Call& call) {
  for (auto& [id, collector] : call.session->views->collectors) {
    if (collector.filters.erase(call.self.value) != 0) return {};
  }
  throw_not_found(call.self);
}

std::string create_collector(Call& call) {
  const Ref ref = session_ref(call, "PropertyCollector");
  call.session->views->collectors[ref.value].ref = ref;
  return return_ref(ref);
}

std::string destroy_collector(Call& call) {
  // The common one belongs to the server.
  if (!call.self.value.starts_with("session[")) {
    throw FaultReply{{.type = "NotSupported", .message = "The operation is not supported."}};
  }
  if (call.session->views->collectors.erase(call.self.value) == 0) throw_not_found(call.self);
  call.world.changed.notify_all();
  return {};
}

std::string cancel_wait(Call& call) {
  ++self_collector(call).cancels;
  call.world.changed.notify_all();
  return {};
}

}  // namespace

Ref session_ref(Call& call, const std::string& type) {
  return {type,
          "session[" + call.session->key + "]" + std::to_string(++call.session->views->serial)};
}

Collector& self_collector(Call& call) {
  auto& collectors = call.session->views->collectors;
  const bool common = !call.self.value.starts_with("session[");
  const auto found = collectors.find(call.self.value);
  if (found != collectors.end()) return found->second;
  if (!common) throw_not_found(call.self);
  Collector& made = collectors[call.self.value];
  made.ref = call.self;
  return made;
}

void add_update_services(ServiceTable& table, const Source& source) {
  const auto add = [&](const char* type, const char* method, Service run) {
    table.add({type, method, ServiceEntry::Needs::Session, "System.View", std::move(run)});
  };
  const char* const type = "PropertyCollector";
  add(type, "CreateFilter", [source](Call& call) { return create_filter(call, *source); });
  add("PropertyFilter", "DestroyPropertyFilter", destroy_filter);
  add(type, "CreatePropertyCollector", create_collector);
  add(type, "DestroyPropertyCollector", destroy_collector);
  add(type, "WaitForUpdates", [source](Call& call) { return wait_for(call, *source, {}); });
  add(type, "WaitForUpdatesEx",
      [source](Call& call) { return wait_for_updates_ex(call, *source); });
  add(type, "CheckForUpdates", [source](Call& call) {
    return wait_for(call, *source, {.longest = std::chrono::seconds(0)});
  });
  add(type, "CancelWaitForUpdates", cancel_wait);
}

}  // namespace sim
