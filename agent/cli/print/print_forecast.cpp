#include "agent/cli/print/print_forecast.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/cli/human.h"
#include "agent/codec/forecast_json.h"

namespace agent {
namespace {

using policy::Crossing;
using policy::CrossingState;
using policy::ForecastLevel;
using std::chrono::floor;
using std::chrono::seconds;

/// "2026-11-24T02:00:00Z" to the minute, which is as sharp as a schedule: "2026-11-24 02:00Z".
std::string minute(policy::Time time) {
  std::string text = policy::format_utc(floor<std::chrono::minutes>(time));
  text[10] = ' ';
  return text.substr(0, 16) + "Z";
}

Colour colour_of(ForecastLevel level) {
  return level == ForecastLevel::Warn ? Colour::Warning : Colour::Critical;
}

Cell state_cell(const Crossing* crossing, policy::Time now) {
  if (crossing == nullptr) return Cell("-", Colour::Faint);
  switch (crossing->state) {
    case CrossingState::Now:
      return Cell("now", colour_of(crossing->level));
    case CrossingState::At:
      return Cell("in " + human_age(floor<seconds>(*crossing->at - now)),
                  colour_of(crossing->level));
    case CrossingState::NotEnoughHistory:
      return Cell("?", Colour::Faint);
    case CrossingState::NotWithin:
      return Cell("-", Colour::Faint);
  }
  return Cell("-");
}

/// The next crossing to come; of disks with nothing to come the worst that there is.
const Crossing* next_of(const policy::DiskForecast& disk) {
  const Crossing* next = nullptr;
  for (const Crossing& one : disk.crossings) {
    const bool comes = one.state == CrossingState::At;
    if (comes && (next == nullptr || *one.at < *next->at)) next = &one;
  }
  if (next != nullptr) return next;
  for (const Crossing& one : disk.crossings) {
    if (one.state == CrossingState::Now && (next == nullptr || one.level > next->level))
      next = &one;
  }
  return next;
}

std::string sure(const Crossing& crossing) {
  if (crossing.state == CrossingState::Now) return "now";
  return policy::certainty_name(crossing.certainty);
}

void print_all(const ForecastResponse& response, const Output& output) {
  Table table({{.title = "VM", .shrinks = true},
               {.title = "DISK"},
               {.title = "WARN"},
               {.title = "CRITICAL"},
               {.title = "LIMIT"},
               {.title = "NEXT"},
               {.title = "SURE"},
               {.title = "CAUSE", .shrinks = true}});
  std::size_t quiet = 0;
  std::size_t unknown = 0;
  for (const ForecastedVm& vm : response.vms) {
    for (const policy::DiskForecast& disk : vm.forecast.disks) {
      const Crossing* next = next_of(disk);
      for (const Crossing& one : disk.crossings) {
        if (one.state != CrossingState::NotEnoughHistory) continue;
        ++unknown;
        break;
      }
      if (next == nullptr) {
        ++quiet;
        continue;
      }
      table.add_row(
          {vm.vm.name, disk.label, state_cell(disk.first(ForecastLevel::Warn), response.now),
           state_cell(disk.first(ForecastLevel::Critical), response.now),
           state_cell(disk.first(ForecastLevel::Limit), response.now),
           next->rule + (next->at ? " " + minute(*next->at) : ""), sure(*next), next->cause});
    }
  }
  if (!table.empty()) output.out << table.text(output.screen) << "\n";
  output.out << counted(quiet, "disk") << " cross" << (quiet == 1 ? "es" : "") << " nothing within "
             << counted(static_cast<std::uint64_t>(response.days), "day") << "\n";
  if (unknown > 0) {
    output.out << counted(unknown, "disk") << (unknown == 1 ? " has" : " have")
               << " not enough history to say when a size is reached (?)\n";
  }
}

void print_datastores(const ForecastResponse& response, const Output& output) {
  Table table({{.title = "DATASTORE", .shrinks = true},
               {.title = "FREE", .align = Align::Right},
               {.title = "A DAY", .align = Align::Right},
               {.title = "FULL"},
               {.title = "BETWEEN"},
               {.title = "SURE"}});
  std::size_t quiet = 0;
  for (const ForecastedDatastore& one : response.datastores) {
    const Crossing& full = one.forecast.full;
    if (full.state == CrossingState::NotWithin) {
      ++quiet;
      continue;
    }
    std::string between = "-";
    if (full.earliest) {
      between =
          minute(*full.earliest) + " and " + (full.latest ? minute(*full.latest) : "not within");
    }
    const bool told = full.state != CrossingState::NotEnoughHistory;
    table.add_row(
        {one.datastore.name, human_bytes(one.datastore.free_bytes),
         human_bytes(static_cast<std::uint64_t>(std::max(0.0, one.forecast.bytes_a_day))),
         told ? state_cell(&full, response.now) : Cell("not enough history", Colour::Faint),
         between, told ? sure(full) : "-"});
  }
  if (!table.empty()) output.out << "\n" << table.text(output.screen);
  if (quiet > 0) {
    output.out << counted(quiet, "datastore") << (quiet == 1 ? " is" : " are")
               << " not filled by snapshots within "
               << counted(static_cast<std::uint64_t>(response.days), "day") << "\n";
  }
}

std::string state_text(const Crossing& one, int days) {
  switch (one.state) {
    case CrossingState::Now:
      return "now";
    case CrossingState::At:
      return minute(*one.at);
    case CrossingState::NotWithin:
      return "not within " + counted(static_cast<std::uint64_t>(days), "day");
    case CrossingState::NotEnoughHistory:
      return "not enough history";
  }
  return "-";
}

std::string threshold_text(const Crossing& one) {
  if (one.rule == "size") return human_bytes(static_cast<std::uint64_t>(one.threshold));
  if (one.rule == "age") return human_age(seconds(static_cast<std::int64_t>(one.threshold)));
  return human_number(one.threshold, one.rule == "depth" ? 0 : 1);
}

std::string growth_text(const policy::Growth& growth) {
  using enum policy::GrowthBasis;
  const auto a_day = [](double rate) {
    return human_bytes(static_cast<std::uint64_t>(std::max(0.0, rate) * 86400));
  };
  if (growth.basis == None) return "not enough history";
  if (growth.basis == Earliest)
    return "at most " + a_day(growth.fast) + " a day (under a day of history)";
  std::string text = a_day(growth.best) + " a day";
  if (growth.basis == Interval)
    text += " (" + a_day(growth.slow) + " to " + a_day(growth.fast) + ")";
  return text + ", " + human_age(growth.evidence) + " of history";
}

void print_vm(const ForecastedVm& vm, const ForecastResponse& response, const Output& output) {
  output.out << safe_text(vm.vm.name, output.screen.charset) << " (" << safe_text(vm.vm.moid)
             << ")";
  if (vm.policy.empty()) {
    output.out << ", no policy\n";
  } else {
    output.out << ", policy " << safe_text(vm.policy, output.screen.charset)
               << (vm.played ? "" : " (not armed or without a schedule: its runs are not played)")
               << "\n";
  }
  if (!vm.forecast.refused.empty()) {
    output.out << "snapshots are refused from " << minute(*vm.forecast.refused_from)
               << " on: guard " << vm.forecast.refused << "\n";
  }
  for (const policy::DiskForecast& disk : vm.forecast.disks) {
    output.out << "\n"
               << safe_text(disk.label, output.screen.charset) << ": depth " << disk.depth << ", "
               << human_number(disk.probes) << " probes, growth " << growth_text(disk.growth)
               << "\n";
    Table table({{.title = "LEVEL"},
                 {.title = "RULE"},
                 {.title = "AT", .align = Align::Right},
                 {.title = "CROSSED"},
                 {.title = "EARLIEST"},
                 {.title = "LATEST"},
                 {.title = "SURE"},
                 {.title = "CAUSE", .shrinks = true}});
    for (const Crossing& one : disk.crossings) {
      const bool crosses = one.state == CrossingState::At || one.state == CrossingState::Now;
      table.add_row(
          {policy::forecast_level_name(one.level), one.rule, threshold_text(one),
           Cell(state_text(one, response.days), crosses ? colour_of(one.level) : Colour::Faint),
           one.earliest ? minute(*one.earliest) : "-", one.latest ? minute(*one.latest) : "-",
           crosses ? sure(one) : "-", one.cause});
    }
    output.out << table.text(output.screen);
  }
}

}  // namespace

void print(const ForecastResponse& response, const Output& output) {
  if (output.json) {
    write_json(output.out, forecast_json(response));
    return;
  }
  for (const std::string& gap : response.gaps) {
    output.out << "gap: " << safe_text(gap, output.screen.charset) << "\n";
  }
  if (response.detailed) {
    for (const ForecastedVm& vm : response.vms) print_vm(vm, response, output);
    return;
  }
  print_all(response, output);
  print_datastores(response, output);
}

}  // namespace agent
