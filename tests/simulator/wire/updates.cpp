#include "tests/simulator/wire/updates.h"

#include <functional>
#include <unordered_set>

#include "tests/simulator/wire/differences.h"

namespace sim {
namespace {

/// Types whose changes the world marks; anything else is read again whenever the world moved.
bool is_marked(const Ref& object) {
  static const std::set<std::string, std::less<>> kMarked = {"VirtualMachine",
                                                             "HostSystem",
                                                             "Datastore",
                                                             "Folder",
                                                             "Datacenter",
                                                             "ResourcePool",
                                                             "ComputeResource",
                                                             "ClusterComputeResource",
                                                             "Task"};
  return kMarked.contains(object.type);
}

void write_change(std::string& out, std::string_view name, std::string_view op, const Value* value,
                  const std::string& version) {
  out += "<changeSet><name>";
  append_escaped(out, name);
  out.append("</name><op>").append(op).append("</op>");
  if (value != nullptr) write_value(out, "val", *value, "", version);
  out += "</changeSet>";
}

std::string_view word(Difference::Op op) {
  switch (op) {
    case Difference::Op::Assign:
      return "assign";
    case Difference::Op::Add:
      return "add";
    case Difference::Op::Remove:
      return "remove";
  }
  return "assign";
}

/// One property read again: writes what is new about it, and remembers that.
void write_news(std::string& out, const std::string& path, const std::optional<Value>& value,
                Seen& seen, bool partial, const std::string& version) {
  const auto [at, is_new] = seen.values.try_emplace(path);
  Seen::Known& known = at->second;
  std::string text;
  if (value) write_value(text, "val", *value, "", version);
  const std::size_t hash = std::hash<std::string>()(text);
  if (!is_new && known.hash == hash) return;
  if (is_new || !partial) {
    out += "<changeSet><name>";
    append_escaped(out, path);
    out.append("</name><op>assign</op>").append(text).append("</changeSet>");
  } else {
    for (const Difference& each : differences(path, known.value, value)) {
      write_change(out, each.path, word(each.op), each.value ? &*each.value : nullptr, version);
    }
  }
  known.hash = hash;
  if (partial) known.value = value;
}

std::string object_update(std::string_view kind, const Ref& object, const std::string& changes) {
  return "<objectSet><kind>" + std::string(kind) + "</kind><obj type=\"" + object.type + "\">" +
         escape_xml(object.value) + "</obj>" + changes + "</objectSet>";
}

/// What the candidate has to tell, "" when nothing after all.
std::string tell(Call& call, const Properties& from, Filter& filter, const Candidate& candidate) {
  const Ref& object = candidate.object;
  if (candidate.left || !exists(call, object)) {
    const bool known = filter.seen.erase(object) != 0;
    return known ? object_update("leave", object, {}) : std::string();
  }
  const auto [at, enters] = filter.seen.try_emplace(object);
  at->second.version = call.world.version;
  std::string changes;
  for (const std::string& path : paths_for(from, filter.spec, object.type)) {
    write_news(changes, path, read_property(call, from, object, path), at->second, filter.partial,
               call.api_version);
  }
  if (enters) return object_update("enter", object, changes);
  return changes.empty() ? std::string() : object_update("modify", object, changes);
}

}  // namespace

void restart_stream(Collector& collector) {
  for (auto& [id, filter] : collector.filters) {
    filter.seen.clear();
    filter.looked_at = 0;
  }
  collector.queue.clear();
  collector.page = 0;
  collector.answered_from.clear();
  collector.last_answer.clear();
}

void look(Call& call, const Properties& from, Collector& collector, std::uint64_t changes) {
  const std::uint64_t now = call.world.version + changes;
  for (auto& [id, filter] : collector.filters) {
    if (filter.looked_at == now) continue;
    filter.looked_at = now;
    std::set<Ref> present;
    std::vector<Ref> reached;
    try {
      reached = reach(call, from, filter.spec);
    } catch (const FaultReply&) {
      reached.clear();  // its start is gone: everything leaves
    }
    for (Ref& object : reached) {
      const auto seen = filter.seen.find(object);
      const bool moved = seen == filter.seen.end() || !is_marked(object) ||
                         call.world.touched(object) > seen->second.version;
      present.insert(object);
      if (moved) collector.queue.push_back({id, std::move(object), false});
    }
    for (const auto& [object, seen] : filter.seen) {
      if (!present.contains(object)) collector.queue.push_back({id, object, true});
    }
  }
}

std::string take_page(Call& call, const Properties& from, Collector& collector, std::size_t limit) {
  std::string out, open;
  std::size_t told = 0;
  while (told < limit && !collector.queue.empty()) {
    const Candidate candidate = std::move(collector.queue.front());
    collector.queue.pop_front();
    const auto filter = collector.filters.find(candidate.filter);
    if (filter == collector.filters.end()) continue;
    const std::string update = tell(call, from, filter->second, candidate);
    if (update.empty()) continue;
    if (open != candidate.filter) {
      if (!open.empty()) out += "</filterSet>";
      out += "<filterSet><filter type=\"PropertyFilter\">" + candidate.filter + "</filter>";
      open = candidate.filter;
    }
    out += update;
    ++told;
  }
  if (!open.empty()) out += "</filterSet>";
  return out;
}

}  // namespace sim
