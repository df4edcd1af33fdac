#include "tests/simulator/wire/filter_spec.h"

#include <cstring>

#include "tests/simulator/wire/call.h"

namespace sim {
namespace {

std::string text_of(const pugi::xml_node& node, std::string_view name) {
  return child_named(node, name).text().get();
}

bool flag_of(const pugi::xml_node& node, std::string_view name) {
  const std::string text = text_of(node, name);
  return text == "true" || text == "1";
}

[[noreturn]] void refuse(const std::string& property) {
  throw FaultReply{{.type = "InvalidArgument",
                    .message = "A specified parameter was not correct: " + property,
                    .fields = {{"invalidProperty", property}}}};
}

Selection parse_selection(const pugi::xml_node& node) {
  Selection selection{.name = text_of(node, "name"),
                      .type = text_of(node, "type"),
                      .path = text_of(node, "path"),
                      .skip = flag_of(node, "skip")};
  for (const pugi::xml_node& child : node.children()) {
    if (local_name(child) == "selectSet") selection.next.push_back(parse_selection(child));
  }
  return selection;
}

const Selection* find_named(const std::vector<Selection>& selections, const std::string& name) {
  for (const Selection& each : selections) {
    if (!each.type.empty() && each.name == name) return &each;
    if (const Selection* const inner = find_named(each.next, name)) return inner;
  }
  return nullptr;
}

void check_names(const FilterSpec& spec, const std::vector<Selection>& selections) {
  for (const Selection& each : selections) {
    if (each.type.empty() && spec.named(each.name) == nullptr) {
      refuse("specSet.objectSet.selectSet.name");
    }
    check_names(spec, each.next);
  }
}

FilterSpec::Start parse_start(const pugi::xml_node& node) {
  const pugi::xml_node object = child_named(node, "obj");
  FilterSpec::Start start{.object = {object.attribute("type").value(), object.text().get()},
                          .skip = flag_of(node, "skip")};
  for (const pugi::xml_node& child : node.children()) {
    if (local_name(child) == "selectSet") start.selections.push_back(parse_selection(child));
  }
  return start;
}

}  // namespace

std::string_view local_name(const pugi::xml_node& node) {
  const char* const name = node.name();
  const char* const colon = std::strchr(name, ':');
  return colon == nullptr ? name : colon + 1;
}

pugi::xml_node child_named(const pugi::xml_node& node, std::string_view name) {
  for (const pugi::xml_node& child : node.children()) {
    if (local_name(child) == name) return child;
  }
  return {};
}

const Selection* FilterSpec::named(const std::string& name) const {
  for (const Start& start : starts) {
    if (const Selection* const found = find_named(start.selections, name)) return found;
  }
  return nullptr;
}

FilterSpec parse_filter_spec(pugi::xml_node node) {
  FilterSpec spec;
  for (const pugi::xml_node& child : node.children()) {
    if (local_name(child) == "propSet") {
      FilterSpec::Properties wanted{.type = text_of(child, "type"), .all = flag_of(child, "all")};
      for (const pugi::xml_node& path : child.children()) {
        if (local_name(path) == "pathSet") wanted.paths.emplace_back(path.text().get());
      }
      spec.properties.push_back(std::move(wanted));
    } else if (local_name(child) == "objectSet") {
      spec.starts.push_back(parse_start(child));
    }
  }
  spec.report_missing = flag_of(node, "reportMissingObjectsInResults");
  if (spec.properties.empty()) refuse("specSet.propSet");
  if (spec.starts.empty()) refuse("specSet.objectSet");
  for (const FilterSpec::Start& start : spec.starts) check_names(spec, start.selections);
  return spec;
}

}  // namespace sim
