// Performance: read counters of virtual disks, derived from the chains that stand under them.
#include <algorithm>
#include <cmath>

#include "tests/simulator/model/workload.h"
#include "tests/simulator/services/read_cost.h"
#include "tests/simulator/services/services.h"
#include "tests/simulator/services/targets.h"
#include "tests/simulator/services/views.h"

namespace sim {
namespace {

constexpr int kRealTime = 20;  // seconds; kept for an hour
constexpr std::int64_t kMostSamples = 3600 / kRealTime;

struct Query {
  Vm& vm;
  std::vector<std::pair<int, std::string>> metrics;  // counter, instance; "*" all
  std::vector<Time> samples;
  int interval = kRealTime;
  bool csv = false;
};

int counter_id(std::string_view name) {
  for (const auto& counter : views::perf_counters())
    if (counter.group == "virtualDisk" && counter.name == name) return counter.id;
  throw std::logic_error("no counter virtualDisk." + std::string(name));
}

/// "scsi0:0": bus 0 holds the controller with key 1000, bus 1 the one with 1001.
std::string instance_of(const Disk& disk) {
  return "scsi" + std::to_string(disk.controller_key - 1000) + ":" + std::to_string(disk.unit);
}

/// Somewhere in [0, 1), the same whenever the same sample is asked for.
double jitter(const Vm& vm, const Disk& disk, Time when, int counter) {
  const auto at = static_cast<std::uint64_t>(when.time_since_epoch().count());
  const std::uint64_t mixed = mix(mix(vm.writes.seed ^ std::hash<std::string>{}(vm.ref.value), at),
                                  static_cast<std::uint64_t>(disk.key * 1000 + counter));
  return static_cast<double>(mixed >> 11) / 9007199254740992.0;
}

/// Values are whole numbers on the wire; the fraction decides how often the next one is sent, so
/// that the mean over samples is right. -1 stands for no sample: the guest was not running.
std::int64_t sample(const World& world, const Vm& vm, const Disk& disk, int counter, Time when) {
  if (vm.power != PowerState::On) return -1;
  const double dice = jitter(vm, disk, when, counter);
  if (counter == counter_id("totalReadLatency"))
    return static_cast<std::int64_t>(std::floor(read_milliseconds(world, vm, disk, when) + dice));
  if (counter == counter_id("numberReadAveraged")) {
    // Reads of 64 KiB, as many bytes read as written: an assumption of this simulator.
    const double each_second = vm.writes.bytes_per_hour / 3600 / 65536;
    return static_cast<std::int64_t>(std::floor(each_second * (0.8 + 0.4 * dice) + dice));
  }
  return -1;
}

std::vector<Time> sample_times(World& world, pugi::xml_node spec, int interval) {
  const Duration step = std::chrono::seconds(interval);
  const Time now = world.now();
  Time end = now, begin = now - kMostSamples * step;
  if (const auto given = optional_text(spec, "endTime"))
    end = std::min(end, time_of(*given).value_or(end));
  if (const auto given = optional_text(spec, "startTime"))
    begin = std::max(begin, time_of(*given).value_or(begin));
  auto most = kMostSamples;
  if (const auto given = optional_text(spec, "maxSample"))
    most = std::clamp(number_of(*given).value_or(most), std::int64_t{1}, kMostSamples);
  std::vector<Time> times;
  const auto since = end.time_since_epoch();
  for (Time at{since - since % step}; at > begin && static_cast<std::int64_t>(times.size()) < most;
       at -= step)
    times.push_back(at);
  std::reverse(times.begin(), times.end());
  return times;
}

std::vector<std::pair<int, std::string>> metrics_of(const Vm& vm, pugi::xml_node spec) {
  const std::vector<int> all = {counter_id("numberReadAveraged"), counter_id("totalReadLatency")};
  std::vector<std::pair<int, std::string>> chosen;
  const auto asked = children_named(spec, "metricId");
  for (const int counter : all)
    for (const auto& disk : vm.disks) {
      const std::string instance = instance_of(disk);
      const bool wanted =
          asked.empty() || std::any_of(asked.begin(), asked.end(), [&](const auto& id) {
            const std::string which = text_of(child_named(id, "instance"));
            return number_of(text_of(child_named(id, "counterId"))) == counter &&
                   (which == "*" || which == instance);
          });
      if (wanted) chosen.emplace_back(counter, instance);
    }
  return chosen;
}

Value metric_id(int counter, const std::string& instance) {
  Value id = Value::object("PerfMetricId");
  id.set("counterId", Value::integer(counter));
  id.set("instance", Value::text(instance));
  return id;
}

std::vector<std::int64_t> series(const World& world, const Query& query, int counter,
                                 const std::string& instance) {
  std::vector<std::int64_t> values;
  for (const auto& disk : query.vm.disks)
    if (instance_of(disk) == instance)
      for (const Time when : query.samples)
        values.push_back(sample(world, query.vm, disk, counter, when));
  return values;
}

std::string iso(Time time) {
  std::string out;
  write_value(out, "t", Value::time(time), "xsd:dateTime", "");
  return out.substr(3, out.size() - 7);
}

Value as_csv(const World& world, const Query& query) {
  Value metric = Value::object("PerfEntityMetricCSV");
  metric.set("entity", Value::ref(query.vm.ref));
  std::string info;
  for (const Time when : query.samples)
    info += (info.empty() ? "" : ",") + std::to_string(query.interval) + "," + iso(when);
  metric.set("sampleInfoCSV", Value::text(info));
  std::vector<Value> all;
  for (const auto& [counter, instance] : query.metrics) {
    std::string text;
    for (const auto value : series(world, query, counter, instance))
      text += (text.empty() ? "" : ",") + std::to_string(value);
    Value one = Value::object("PerfMetricSeriesCSV");
    one.set("id", metric_id(counter, instance));
    one.set("value", Value::text(text));
    all.push_back(std::move(one));
  }
  metric.set_all("value", std::move(all));
  return metric;
}

Value as_numbers(const World& world, const Query& query) {
  Value metric = Value::object("PerfEntityMetric");
  metric.set("entity", Value::ref(query.vm.ref));
  std::vector<Value> infos, all;
  for (const Time when : query.samples) {
    Value info = Value::object("PerfSampleInfo");
    info.set("timestamp", Value::time(when));
    info.set("interval", Value::integer(query.interval));
    infos.push_back(std::move(info));
  }
  metric.set_all("sampleInfo", std::move(infos));
  for (const auto& [counter, instance] : query.metrics) {
    Value one = Value::object("PerfMetricIntSeries");
    one.set("id", metric_id(counter, instance));
    std::vector<Value> values;
    for (const auto value : series(world, query, counter, instance))
      values.push_back(Value::long_integer(value));
    one.set_all("value", std::move(values));
    all.push_back(std::move(one));
  }
  metric.set_all("value", std::move(all));
  return metric;
}

/// Anything but a VM has no virtual disks, so there is nothing to tell of it.
std::string query_perf(Call& call) {
  std::string out;
  for (const auto& spec : children_named(call.arguments, "querySpec")) {
    const Ref entity = ref_of(child_named(spec, "entity"));
    require_exists(call.world, entity);
    Vm* vm = call.world.vm(entity.value);
    if (vm == nullptr) continue;
    int interval = kRealTime;
    if (const auto given = optional_text(spec, "intervalId")) {
      const auto seconds = number_of(*given).value_or(0);
      // History beyond the last hour is not kept here.
      if (seconds != kRealTime) throw wrong_argument("querySpec.interval");
      interval = static_cast<int>(seconds);
    }
    const Query query{*vm, metrics_of(*vm, spec), sample_times(call.world, spec, interval),
                      interval, optional_text(spec, "format") == "csv"};
    if (query.metrics.empty()) continue;
    write_value(out, "returnval",
                query.csv ? as_csv(call.world, query) : as_numbers(call.world, query),
                "PerfEntityMetricBase", call.api_version);
  }
  return out;
}

std::string query_available(Call& call) {
  const Ref entity = ref_of(child_named(call.arguments, "entity"));
  require_exists(call.world, entity);
  std::string out;
  if (const Vm* vm = call.world.vm(entity.value))
    for (const auto& [counter, instance] : metrics_of(*vm, {}))
      write_value(out, "returnval", metric_id(counter, instance), "PerfMetricId", call.api_version);
  return out;
}

/// A counter that is not there is refused by name of the argument, as the API text has it.
std::string query_counters(Call& call) {
  const auto known = property(call.world, call.self, "perfCounter");
  std::string out;
  for (const auto& node : children_named(call.arguments, "counterId")) {
    const auto wanted = text_of(node);
    const Value* found = known ? known->step("[" + wanted + "]") : nullptr;
    if (found == nullptr) throw wrong_argument("counterId");
    write_value(out, "returnval", *found, "PerfCounterInfo", call.api_version);
  }
  return out;
}

std::string provider_summary(Call& call) {
  const Ref entity = ref_of(child_named(call.arguments, "entity"));
  require_exists(call.world, entity);
  const bool real_time =
      call.world.vms.contains(entity.value) || call.world.hosts.contains(entity.value);
  Value summary = Value::object("PerfProviderSummary");
  summary.set("entity", Value::ref(entity));
  summary.set("currentSupported", Value::boolean(real_time));
  summary.set("summarySupported", Value::boolean(false));
  if (real_time) summary.set("refreshRate", Value::integer(kRealTime));
  std::string out;
  write_value(out, "returnval", summary, "PerfProviderSummary", call.api_version);
  return out;
}

}  // namespace

void add_performance_services(ServiceTable& table) {
  using enum ServiceEntry::Needs;
  const std::string manager = "PerformanceManager";
  table.add({manager, "QueryPerf", Session, "", query_perf});
  table.add({manager, "QueryAvailablePerfMetric", Session, "", query_available});
  table.add({manager, "QueryPerfCounter", Session, "", query_counters});
  table.add({manager, "QueryPerfProviderSummary", Session, "", provider_summary});
}

}  // namespace sim
