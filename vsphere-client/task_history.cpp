#include "vsphere-client/task_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "vsphere-client/collector.h"
#include "vsphere-client/printable.h"
#include "vsphere-client/xml_read.h"

namespace vsphere {
namespace {

std::string wire_time(Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

void write_filter(SoapRequest& request, const TaskHistoryFilter& filter) {
  request.open("filter");
  if (!filter.entity.empty()) {
    request.open("entity").ref("entity", filter.entity).text("recursion", "self").close();
  }
  if (filter.queued_since || filter.queued_until) {
    request.open("time").text("timeType", "queuedTime");
    if (filter.queued_since) request.text("beginTime", wire_time(*filter.queued_since));
    if (filter.queued_until) request.text("endTime", wire_time(*filter.queued_until));
    request.close();
  }
  if (!filter.user.empty()) {
    request.open("userName").flag("systemUser", false).text("userList", filter.user).close();
  }
  request.close();
}

/// A TaskHistoryCollector, destroyed with this object.
class Collector {
 public:
  Collector(Session& session, const TaskHistoryFilter& filter) : session_(session) {
    SoapRequest request("CreateCollectorForTasks", session.content().task_manager);
    write_filter(request, filter);
    ref_ = ref_of(session.call(request).returnval());
    logins_ = session.logins();
    if (!ref_.empty()) return;
    throw Error(ErrorKind::Protocol, Outcome::Unknown,
                "CreateCollectorForTasks: the server made none; try again, then report this");
  }
  ~Collector() {
    if (session_.logins() != logins_) return;  // it ended with its session
    call_and_ignore_failure(session_, SoapRequest("DestroyCollector", ref_), Channel::Calls);
  }
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  /// The next tasks, oldest first: a new collector stands before the oldest. None at the end.
  std::vector<TaskInfo> read_next(std::size_t most) const {
    SoapRequest request("ReadNextTasks", ref_);
    request.number("maxCount", static_cast<long long>(most));
    std::vector<TaskInfo> out;
    const auto take = [&out](pugi::xml_node item) { out.push_back(decode_task(item, {})); };
    session_.exchange(request, "returnval", take, {.retry = Session::Retry::Never});
    return out;
  }

 private:
  Session& session_;
  MoRef ref_;
  int logins_ = 0;
};

TaskHistory read_history(Session& session, const TaskHistoryFilter& filter) {
  constexpr std::size_t kMostPerPage = 1000;
  const std::size_t page = std::clamp<std::size_t>(filter.page_tasks, 1, kMostPerPage);
  const Collector collector(session, filter);
  TaskHistory out;
  for (;;) {
    // One more than may be kept, to know whether there is more.
    const std::size_t room = filter.most_tasks - out.tasks.size();
    std::vector<TaskInfo> tasks = collector.read_next(room < page ? room + 1 : page);
    if (tasks.empty()) return out;
    std::move(tasks.begin(), tasks.end(), std::back_inserter(out.tasks));
    if (out.tasks.size() <= filter.most_tasks) continue;
    out.tasks.resize(filter.most_tasks);
    out.complete = false;
    return out;
  }
}

}  // namespace

std::optional<TaskHistory> fetch_task_history(Session& session, const TaskHistoryFilter& filter) {
  if (!session.content().is_vcenter) return std::nullopt;
  const int seen = session.logins();
  try {
    return read_history(session, filter);
  } catch (const Error& error) {
    // The session went between two pages, and the collector with it, which another thread may have
    // noticed first; in the new one it is made anew, once.
    const bool lost = error.kind() == ErrorKind::NotFound && session.logins() != seen;
    if (error.fault() && error.fault()->type == "MethodNotFound") return std::nullopt;
    if (error.kind() != ErrorKind::NotAuthenticated && !lost) throw;
  }
  return read_history(session, filter);
}

}  // namespace vsphere
