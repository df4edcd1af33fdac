#include <nlohmann/json.hpp>

#include "agent/cli/human.h"
#include "agent/cli/print/print.h"
#include "agent/codec/inventory_json.h"

namespace agent {
namespace {

std::string flags_text(const std::vector<policy::VmFlag>& flags, bool stale) {
  std::string text;
  for (const policy::VmFlag flag : flags) {
    if (!text.empty()) text += ',';
    text += policy::flag_name(flag);
  }
  if (stale) text += text.empty() ? "stale" : ",stale";
  return text;
}

/// "3", or "3+1" with layers of a linked clone's parent.
std::string depth_text(const VmRow& row) {
  std::string text = std::to_string(row.depth);
  if (row.inherited > 0) text.append(1, '+').append(std::to_string(row.inherited));
  return text;
}

}  // namespace

void print(const std::vector<VmRow>& rows, const Output& output) {
  if (rows.empty()) {
    output.out << "no virtual machine in the last scan\n";
    return;
  }
  Table table({{.title = "RISK"},
               {.title = "VM", .align = Align::Left, .shrinks = true},
               {.title = "MOID"},
               {.title = "DEPTH", .align = Align::Right},
               {.title = "PROBES", .align = Align::Right},
               {.title = "SNAPS", .align = Align::Right},
               {.title = "OLDEST", .align = Align::Right},
               {.title = "DELTAS", .align = Align::Right},
               {.title = "KIND"},
               {.title = "ENDPOINT", .align = Align::Left, .shrinks = true},
               {.title = "FLAGS", .align = Align::Left, .shrinks = true}});
  for (const VmRow& row : rows) {
    table.add_row({{policy::risk_name(row.level), risk_colour(row.level)},
                   row.name,
                   row.moid,
                   depth_text(row),
                   human_number(row.probes),
                   std::to_string(row.snapshots),
                   age_text(row.oldest, output.now),
                   row.delta_bytes > 0 ? human_bytes(row.delta_bytes) : "-",
                   kind_text(row.kind),
                   row.endpoint,
                   flags_text(row.flags, row.stale)});
  }
  output.out << table.text(output.screen);
}

VmListWriter::VmListWriter(const Output& output) : output_(output) {}

VmListWriter::~VmListWriter() {
  if (begun_) output_.out << ']' << error_ << "}\n";
}

void VmListWriter::begin() {
  if (!begun_) output_.out << R"({"format":1,"vms":[)";
  begun_ = true;
}

void VmListWriter::fail(const std::string& kind, const std::string& message, ExitCode code) {
  error_ =
      R"(,"error":)" + error_json(kind, message, code)
                           .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void VmListWriter::add(const policy::Vm& vm, const policy::ThresholdPair& thresholds) {
  begin();
  if (!first_) output_.out << ',';
  first_ = false;
  output_.out << vm_with_risk(vm, output_.now, thresholds)
                     .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace agent
