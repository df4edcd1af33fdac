#include <nlohmann/json.hpp>

#include "agent/cli/human.h"
#include "agent/cli/print/print.h"
#include "policy/probes.h"

namespace agent {
namespace {

/// Of 16 MiB in 48 GiB "0.0 %" would say that there is nothing.
std::string percent(double share) {
  return share > 0 && share < 0.0005 ? "<0.1 %" : human_number(share * 100, 1) + " %";
}

std::vector<policy::ServedBy> served_by(const policy::Disk& disk) {
  if (disk.capacity_bytes == 0 || disk.layers.empty()) return {};
  policy::ChainEstimateRequest request;
  request.capacity_bytes = disk.capacity_bytes;
  for (const policy::Layer& layer : disk.layers) {
    request.layers.push_back(
        {.name = layer.file, .allocated_bytes = layer.bytes, .extents = std::nullopt});
  }
  return policy::estimate_chain(request).served_by;
}

std::string snapshot_name(const policy::Vm& vm, const policy::Layer& layer) {
  if (layer.inherited) return "(inherited from the parent of a linked clone)";
  if (layer.orphan) return "(orphan: no snapshot explains it)";
  if (!layer.snapshot) return "(base)";
  for (const policy::Snapshot& snapshot : vm.snapshots) {
    if (snapshot.moid == *layer.snapshot) return "since " + snapshot.name;
  }
  return "since " + *layer.snapshot;
}

void print_layers(const policy::Vm& vm, const policy::Disk& disk, const Output& output) {
  const std::vector<policy::ServedBy> served = served_by(disk);
  Table table({{.title = "#", .align = Align::Right},
               {.title = "LAYER", .align = Align::Left, .shrinks = true},
               {.title = "SIZE", .align = Align::Right},
               {.title = "FILL", .align = Align::Right},
               {.title = "SERVES", .align = Align::Right},
               {.title = "WHAT", .align = Align::Left, .shrinks = true}});
  for (std::size_t i = 0; i < disk.layers.size(); ++i) {
    const policy::Layer& layer = disk.layers[i];
    const double fill = disk.capacity_bytes == 0 ? 0
                                                 : static_cast<double>(layer.bytes) /
                                                       static_cast<double>(disk.capacity_bytes);
    table.add_row({std::to_string(disk.layers.size() - 1 - i),
                   layer.file,
                   human_bytes(layer.bytes),
                   percent(fill),
                   i < served.size() ? percent(served[i].share) : "-",
                   {snapshot_name(vm, layer), layer.orphan ? Colour::Critical : Colour::None}});
  }
  output.out << table.text(output.screen);
}

void print_disk(const policy::Vm& vm, const policy::Disk& disk, const Output& output) {
  output.out << "\n"
             << paint(Colour::Strong, safe_text(disk.label), output.screen) << "  "
             << human_bytes(disk.capacity_bytes);
  if (disk.kind != policy::DeltaKind::None) output.out << "  " << kind_text(disk.kind);
  output.out << "  depth " << disk.depth;
  if (disk.inherited > 0) output.out << " + " << disk.inherited << " inherited";
  if (disk.orphans > 0) output.out << ", " << disk.orphans << " orphan";
  output.out << "\n";
  if (disk.layers.size() > 1) {
    output.out << "  a random read looks in " << human_number(disk.probes.best) << " of "
               << disk.layers.size() << " files on average (between "
               << human_number(disk.probes.low) << " and " << human_number(disk.probes.high)
               << "), worst " << human_number(disk.probes.worst, 0)
               << "; a 64 KiB read is split in " << human_number(disk.probes.split_64k, 1)
               << "\n  maps of up to " << human_bytes(disk.probes.map_bytes)
               << " must fit the host's cache, or the search costs I/O\n";
  }
  print_layers(vm, disk, output);
}

}  // namespace

void print_chain(const policy::Vm& vm, const Output& output,
                 const policy::ThresholdPair& thresholds) {
  if (output.json) {
    nlohmann::ordered_json document{{"format", 1}};
    document["vms"] = nlohmann::ordered_json::array({vm_with_risk(vm, output.now, thresholds)});
    write_json(output.out, document);
    return;
  }
  print_heading(vm, output);
  if (vm.disks.empty()) output.out << "no virtual disk was shown\n";
  for (const policy::Disk& disk : vm.disks) print_disk(vm, disk, output);
  for (const policy::RiskReason& reason : policy::assess_risk(vm, output.now, thresholds).reasons) {
    output.out << "\n"
               << paint(risk_colour(reason.level), policy::risk_name(reason.level), output.screen)
               << ": " << safe_text(reason.text, output.screen.charset);
  }
  output.out << "\n";
}

}  // namespace agent
