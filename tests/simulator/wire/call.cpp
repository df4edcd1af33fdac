// The table of services and what services use to read their arguments and to answer.
#include "tests/simulator/wire/call.h"

#include "tests/simulator/wire/filter_spec.h"

namespace sim {

void ServiceTable::add(ServiceEntry entry) {
  std::string name = entry.method + "/" + entry.type;
  by_name_.insert_or_assign(std::move(name), std::move(entry));
}

const ServiceEntry* ServiceTable::find(std::string_view type, std::string_view method) const {
  const std::string prefix = std::string(method) + "/";
  if (const auto exact = by_name_.find(prefix + std::string(type)); exact != by_name_.end()) {
    return &exact->second;
  }
  for (auto at = by_name_.lower_bound(prefix);
       at != by_name_.end() && at->first.starts_with(prefix); ++at) {
    if (derives_from(type, at->second.type)) return &at->second;
  }
  return nullptr;
}

std::vector<std::string> ServiceTable::methods() const {
  std::vector<std::string> all;
  for (const auto& [name, entry] : by_name_) {
    if (all.empty() || all.back() != entry.method) all.push_back(entry.method);
  }
  return all;
}

std::string text_argument(const Call& call, const char* name) {
  return child_named(call.arguments, name).text().get();
}

std::optional<std::string> optional_argument(const Call& call, const char* name) {
  const pugi::xml_node node = child_named(call.arguments, name);
  if (node.empty()) return std::nullopt;
  return node.text().get();
}

bool flag_argument(const Call& call, const char* name, bool fallback) {
  const std::string text = text_argument(call, name);
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  return fallback;
}

Ref ref_argument(const Call& call, const char* name) {
  const pugi::xml_node node = child_named(call.arguments, name);
  return {node.attribute("type").value(), node.text().get()};
}

std::string return_ref(const Ref& ref) {
  return "<returnval type=\"" + escape_xml(ref.type) + "\">" + escape_xml(ref.value) +
         "</returnval>";
}

std::string return_task(const Started& started) {
  if (started.fault) throw FaultReply{*started.fault};
  return started.task ? return_ref(*started.task) : std::string();
}

}  // namespace sim
