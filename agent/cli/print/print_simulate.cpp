#include "agent/cli/print/print_simulate.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "agent/cli/human.h"
#include "agent/cli/print/sparkline.h"
#include "agent/codec/simulate_json.h"

namespace agent {
namespace {

constexpr std::size_t kDaysShown = 31;  // more are shown by the week
constexpr std::size_t kVmsShown = 20;
constexpr std::size_t kSparkColumns = 45;

std::string bytes(double value) {
  return human_bytes(static_cast<std::uint64_t>(std::max(0.0, value)));
}

/// Some days as one row: the worst of what is a state, the sum of what happened.
policy::SimulatedTotals together(std::span<const policy::SimulatedTotals> days) {
  policy::SimulatedTotals all = days.front();
  for (const policy::SimulatedTotals& day : days.subspan(1)) {
    const double copies = day.events.copy_bytes;
    all.depth_max = std::max(all.depth_max, day.depth_max);
    all.depth_mean = std::max(all.depth_mean, day.depth_mean);
    all.probes_max = std::max(all.probes_max, day.probes_max);
    all.probes_mean = std::max(all.probes_mean, day.probes_mean);
    all.delta_bytes = std::max(all.delta_bytes, day.delta_bytes);
    all.warn = std::max(all.warn, day.warn);
    all.critical = std::max(all.critical, day.critical);
    all.events += day.events;
    all.events.copy_bytes = copies;
  }
  return all;
}

Cell counted_cell(std::uint32_t count, Colour colour) {
  return Cell(std::to_string(count), count > 0 ? colour : Colour::None);
}

void print_days(const Simulation& simulation, const SimulateResponse& response,
                const Output& output) {
  const std::size_t step = simulation.days.size() > kDaysShown ? 7 : 1;
  Table table({{.title = step == 1 ? "DAY" : "WEEK OF"},
               {.title = "DEPTH", .align = Align::Right},
               {.title = "PROBES", .align = Align::Right},
               {.title = "MOST", .align = Align::Right},
               {.title = "DELTAS", .align = Align::Right},
               {.title = "MERGED", .align = Align::Right},
               {.title = "MADE", .align = Align::Right},
               {.title = "REMOVED", .align = Align::Right},
               {.title = "REFUSED", .align = Align::Right},
               {.title = "WARN", .align = Align::Right},
               {.title = "CRITICAL", .align = Align::Right}});
  for (std::size_t i = 0; i < simulation.days.size(); i += step) {
    const std::size_t count = std::min(step, simulation.days.size() - i);
    const auto row = together(std::span(simulation.days).subspan(i, count));
    table.add_row(
        {response.names[i], std::to_string(row.depth_max), human_number(row.probes_mean),
         human_number(row.probes_max), bytes(row.delta_bytes), bytes(row.events.merge_bytes),
         std::to_string(row.events.creates), std::to_string(row.events.removals),
         counted_cell(row.events.refused, Colour::Warning), counted_cell(row.warn, Colour::Warning),
         counted_cell(row.critical, Colour::Critical)});
  }
  output.out << table.text(output.screen);
}

const SimulatedRow* same_vm(const Simulation& simulation, const policy::VmIdentity& vm) {
  for (const SimulatedRow& row : simulation.vms) {
    if (row.vm.endpoint == vm.endpoint && row.vm.moid == vm.moid) return &row;
  }
  return nullptr;
}

std::vector<double> depths(const SimulatedRow& row) {
  std::vector<double> values;
  for (const policy::SimulatedDay& day : row.played.days) values.push_back(day.depth);
  return values;
}

double most(const std::vector<double>& values) {
  return values.empty() ? 0 : *std::max_element(values.begin(), values.end());
}

Colour colour_of(const SimulatedRow& row) {
  const auto worst =
      std::max_element(row.played.days.begin(), row.played.days.end(),
                       [](const auto& a, const auto& b) { return a.level < b.level; });
  return worst == row.played.days.end() ? Colour::None : risk_colour(worst->level);
}

/// Depth by the day, on one scale for all, so that lines can be compared.
void print_vms(const SimulateResponse& response, const Output& output) {
  const auto& rows = response.before.vms;
  const std::size_t shown = std::min(kVmsShown, rows.size());
  double top = 1;
  for (const SimulatedRow& row : rows) top = std::max(top, most(depths(row)));
  if (response.after) {
    for (const SimulatedRow& row : response.after->vms) top = std::max(top, most(depths(row)));
  }
  std::vector<Column> columns{{.title = "VM", .shrinks = true},
                              {.title = "DEPTH BY THE DAY"},
                              {.title = "MOST", .align = Align::Right}};
  if (response.after) {
    columns.push_back({.title = "AFTER"});
    columns.push_back({.title = "MOST", .align = Align::Right});
  }
  const std::size_t width = response.after ? kSparkColumns / 2 : kSparkColumns;
  Table table(columns);
  const auto add = [&](std::vector<Cell>& cells, const SimulatedRow* row) {
    const std::vector<double> values = row == nullptr ? std::vector<double>{} : depths(*row);
    cells.emplace_back(sparkline(values, top, width, output.screen.charset),
                       row == nullptr ? Colour::None : colour_of(*row));
    cells.emplace_back(std::to_string(static_cast<int>(most(values))));
  };
  for (std::size_t i = 0; i < shown; ++i) {
    std::vector<Cell> cells{rows[i].vm.name};
    add(cells, &rows[i]);
    if (response.after) add(cells, same_vm(*response.after, rows[i].vm));
    table.add_row(std::move(cells));
  }
  output.out << "\n" << table.text(output.screen);
  if (shown < rows.size()) {
    output.out << "and " << counted(rows.size() - shown, "VM")
               << " that are no deeper; --json has all\n";
  }
}

std::string percent(double before, double after) {
  if (before <= 0) return after <= 0 ? "0 %" : "-";
  const double change = 100 * (after - before) / before;
  return (change > 0 ? "+" : "") + human_number(change, 0) + " %";
}

void print_comparison(const SimulateResponse& response, const Output& output) {
  const policy::SimulationSummary& a = response.before.summary;
  const policy::SimulationSummary& b = response.after->summary;
  Table table({{.title = "OVER " + std::to_string(response.days.size()) +
                         (response.days.size() == 1 ? " DAY" : " DAYS")},
               {.title = "BEFORE", .align = Align::Right},
               {.title = "AFTER", .align = Align::Right},
               {.title = "CHANGE", .align = Align::Right}});
  const auto row = [&](const char* what, double before, double after, auto&& text) {
    const Colour colour = after < before   ? Colour::Good
                          : after > before ? Colour::Warning
                                           : Colour::None;
    table.add_row({what, text(before), text(after), Cell(percent(before, after), colour)});
  };
  const auto whole = [](double value) { return human_count(static_cast<std::uint64_t>(value)); };
  const auto ratio = [](double value) { return human_number(value); };
  row("deepest chain", a.depth_max, b.depth_max, whole);
  row("probes, mean", a.probes_mean, b.probes_mean, ratio);
  row("probes, most", a.probes_max, b.probes_max, ratio);
  row("bytes in deltas, most", a.delta_bytes_max, b.delta_bytes_max, bytes);
  row("bytes in deltas, at the end", a.delta_bytes_end, b.delta_bytes_end, bytes);
  row("bytes merged", a.events.merge_bytes, b.events.merge_bytes, bytes);
  row("bytes in copies, at the end", a.events.copy_bytes, b.events.copy_bytes, bytes);
  row("snapshots made", a.events.creates, b.events.creates, whole);
  row("snapshots removed", a.events.removals, b.events.removals, whole);
  row("creates refused", a.events.refused, b.events.refused, whole);
  row("VMs at warn, most on a day", a.warn_max, b.warn_max, whole);
  row("VMs at critical, most on a day", a.critical_max, b.critical_max, whole);
  output.out << "before: " << safe_text(response.before.name, output.screen.charset)
             << "\nafter:  " << safe_text(response.after->name, output.screen.charset) << "\n"
             << table.text(output.screen);
}

}  // namespace

void print(const SimulateResponse& response, const Output& output) {
  if (output.json) {
    write_json(output.out, simulation_json(response));
    return;
  }
  for (const std::string& gap : response.gaps) {
    output.out << "gap: " << safe_text(gap, output.screen.charset) << "\n";
  }
  const std::size_t vms = response.before.vms.size();
  if (response.after) {
    print_comparison(response, output);
  } else {
    output.out << counted(vms, "VM") << " under "
               << safe_text(response.before.name, output.screen.charset) << ", "
               << counted(response.days.size(), "day") << "\n";
    print_days(response.before, response, output);
  }
  print_vms(response, output);
  if (response.before.writes_unknown > 0) {
    output.out << "of " << counted(response.before.writes_unknown, "VM")
               << " no delta was ever seen: what they write counts as nothing\n";
  }
  if (!response.svg.empty())
    output.out << "drawn to " << safe_text(response.svg, output.screen.charset) << "\n";
}

}  // namespace agent
