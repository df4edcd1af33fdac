#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

#include "agent/cli/human.h"
#include "agent/cli/print/print.h"
#include "agent/cli/tree_art.h"
#include "policy/names.h"

namespace agent {
namespace {

constexpr const char* kHere = "You are here";

/// A line of the tree: a snapshot, or the running point (null).
struct Node {
  const policy::Snapshot* snapshot = nullptr;
  int depth = 0;
};

// Depth-first without recursion: a hostile server may send a chain of any length.
std::vector<Node> lay_out(const policy::Vm& vm) {
  std::map<std::string_view, std::vector<const policy::Snapshot*>> children;
  std::map<std::string_view, bool> known;
  for (const policy::Snapshot& snapshot : vm.snapshots) known[snapshot.moid] = true;
  std::vector<const policy::Snapshot*> roots;
  bool current = false;
  for (const policy::Snapshot& snapshot : vm.snapshots) {
    current = current || snapshot.current;
    if (snapshot.parent && known.contains(*snapshot.parent)) {
      children[*snapshot.parent].push_back(&snapshot);
    } else {
      roots.push_back(&snapshot);
    }
  }
  std::vector<Node> nodes;
  std::vector<Node> todo;
  if (!current) todo.push_back({nullptr, 0});
  for (auto root = roots.rbegin(); root != roots.rend(); ++root) todo.push_back({*root, 0});
  while (!todo.empty()) {
    const Node node = todo.back();
    todo.pop_back();
    nodes.push_back(node);
    if (node.snapshot == nullptr) continue;
    // The running point comes last below its snapshot, so it goes on the stack first.
    if (node.snapshot->current) todo.push_back({nullptr, node.depth + 1});
    const auto below = children.find(node.snapshot->moid);
    if (below == children.end()) continue;
    for (auto child = below->second.rbegin(); child != below->second.rend(); ++child) {
      todo.push_back({*child, node.depth + 1});
    }
  }
  return nodes;
}

std::string notes(const policy::Snapshot& snapshot) {
  std::string text;
  const auto add = [&](bool yes, const char* word) {
    if (yes) text += (text.empty() ? "" : ", ") + std::string(word);
  };
  add(snapshot.memory, "memory");
  add(snapshot.quiesced, "quiesced");
  add(snapshot.pinned, "pinned");
  add(snapshot.helper, "consolidate helper");
  add(!snapshot.on_current_path, "detached");
  return text;
}

Table tree_table(const policy::Vm& vm, const Output& output) {
  const std::vector<Node> nodes = lay_out(vm);
  std::vector<int> depths;
  depths.reserve(nodes.size());
  for (const Node& node : nodes) depths.push_back(node.depth);
  const std::vector<std::string> prefixes = tree_prefixes(depths, output.screen.charset);
  Table table({{.title = "SNAPSHOT", .align = Align::Left, .shrinks = true},
               {.title = "MOID"},
               {.title = "ID", .align = Align::Right},
               {.title = "CREATED"},
               {.title = "AGE", .align = Align::Right},
               {.title = "SIZE", .align = Align::Right},
               {.title = "OWNER"},
               {.title = "NOTES", .align = Align::Left, .shrinks = true}});
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const policy::Snapshot* snapshot = nodes[i].snapshot;
    if (snapshot == nullptr) {
      table.add_row({{prefixes[i] + kHere, Colour::Strong}, "", "", "", "", "", "", ""});
      continue;
    }
    const auto seconds = std::chrono::floor<std::chrono::seconds>(snapshot->created);
    table.add_row({prefixes[i] + snapshot->name, snapshot->moid, std::to_string(snapshot->id),
                   policy::format_utc(seconds), age_text(snapshot->created, output.now),
                   human_bytes(snapshot->bytes), std::string(policy::owner_name(snapshot->owner)),
                   notes(*snapshot)});
  }
  return table;
}

}  // namespace

void print_tree(const policy::Vm& vm, const Output& output,
                const policy::ThresholdPair& thresholds) {
  if (output.json) {
    nlohmann::ordered_json document{{"format", 1}};
    document["vms"] = nlohmann::ordered_json::array({vm_with_risk(vm, output.now, thresholds)});
    write_json(output.out, document);
    return;
  }
  print_heading(vm, output);
  if (vm.snapshots.empty()) {
    output.out << "no snapshots";
    if (vm.depth > 0) {
      output.out << ", but " << counted(static_cast<std::uint64_t>(vm.depth), "delta")
                 << " on disk: see `deltakeep chain`";
    }
    output.out << "\n";
    return;
  }
  output.out << counted(vm.snapshots.size(), "snapshot") << ", tree depth " << vm.tree_depth
             << ", deepest disk " << vm.depth << "\n\n"
             << tree_table(vm, output).text(output.screen);
}

}  // namespace agent
