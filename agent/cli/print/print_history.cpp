#include <nlohmann/json.hpp>

#include "agent/cli/human.h"
#include "agent/cli/print/print.h"

namespace agent {
namespace {

nlohmann::ordered_json sample_json(const storage::Sample& sample) {
  return {{"time", policy::format_utc(sample.time)},
          {"depth", sample.depth},
          {"inherited", sample.inherited},
          {"orphans", sample.orphans},
          {"probes", sample.probes},
          {"delta_bytes", sample.delta_bytes},
          {"running_bytes", sample.running_bytes},
          {"max_depth", sample.max_depth}};
}

nlohmann::ordered_json history_json(const HistoryResponse& response) {
  nlohmann::ordered_json document{{"format", 1}};
  if (!response.vm) {
    document["scans"] = nlohmann::ordered_json::array();
    for (const auto& scan : response.scans) document["scans"].push_back(scan_json(scan));
    return document;
  }
  document["vm"] = {{"endpoint", response.vm->endpoint},
                    {"moid", response.vm->moid},
                    {"name", response.vm->name}};
  document["disks"] = nlohmann::ordered_json::array();
  for (const storage::DiskHistory& disk : response.disks) {
    nlohmann::ordered_json samples = nlohmann::ordered_json::array();
    for (const storage::Sample& sample : disk.samples) samples.push_back(sample_json(sample));
    document["disks"].push_back({{"key", disk.key},
                                 {"label", disk.label},
                                 {"capacity_bytes", disk.capacity_bytes},
                                 {"samples", std::move(samples)}});
  }
  return document;
}

void print_disk(const storage::DiskHistory& disk, const Output& output) {
  output.out << "\n"
             << safe_text(disk.label, output.screen.charset) << ", "
             << human_bytes(disk.capacity_bytes) << "\n";
  Table table({{.title = "TIME"},
               {.title = "DEPTH", .align = Align::Right},
               {.title = "MAX", .align = Align::Right},
               {.title = "PROBES", .align = Align::Right},
               {.title = "DELTAS", .align = Align::Right},
               {.title = "RUNNING", .align = Align::Right}});
  for (const storage::Sample& sample : disk.samples) {
    table.add_row({policy::format_utc(std::chrono::floor<std::chrono::seconds>(sample.time)),
                   std::to_string(sample.depth), std::to_string(sample.max_depth),
                   human_number(sample.probes), human_bytes(sample.delta_bytes),
                   human_bytes(sample.running_bytes)});
  }
  output.out << table.text(output.screen);
}

}  // namespace

void print(const HistoryResponse& response, const Output& output) {
  if (output.json) {
    write_json(output.out, history_json(response));
    return;
  }
  const std::string since =
      policy::format_utc(std::chrono::floor<std::chrono::seconds>(response.since));
  if (!response.vm) {
    if (response.scans.empty()) {
      output.out << "no scan since " << since << "\n";
    } else {
      output.out << scans_table(response.scans, output.now).text(output.screen);
    }
    return;
  }
  output.out << safe_text(response.vm->name, output.screen.charset) << " ("
             << safe_text(response.vm->moid) << ")\n";
  for (const storage::DiskHistory& disk : response.disks) print_disk(disk, output);
  if (response.disks.empty()) output.out << "no samples since " << since << "\n";
}

}  // namespace agent
