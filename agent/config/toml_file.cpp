// The only includer of toml++.
#include <toml++/toml.h>

#include <algorithm>

#include "agent/cli/safe_text.h"
#include "agent/config/node.h"

namespace agent {
namespace {

Place place_of(const toml::source_region& region) {
  return {static_cast<int>(region.begin.line), static_cast<int>(region.begin.column)};
}

Node node_of(const toml::node& value) {
  Node node;
  node.place = place_of(value.source());
  if (const auto* text = value.as_string()) {
    node.kind = Node::Kind::Text;
    node.text = text->get();
  } else if (const auto* integer = value.as_integer()) {
    node.kind = Node::Kind::Integer;
    node.integer = integer->get();
  } else if (const auto* real = value.as_floating_point()) {
    node.kind = Node::Kind::Real;
    node.real = real->get();
  } else if (const auto* boolean = value.as_boolean()) {
    node.kind = Node::Kind::Boolean;
    node.boolean = boolean->get();
  } else if (const auto* list = value.as_array()) {
    node.kind = Node::Kind::List;
    for (const toml::node& item : *list) node.items.push_back(node_of(item));
  } else if (const auto* table = value.as_table()) {
    node.kind = Node::Kind::Table;
    for (const auto& [key, member] : *table) {
      node.members.push_back({std::string(key.str()), place_of(key.source()), node_of(member)});
    }
  } else {
    node.kind = Node::Kind::Time;
  }
  return node;
}

bool comes_before(const ConfigProblem& a, const ConfigProblem& b) {
  return std::pair(a.line, a.column) < std::pair(b.line, b.column);
}

}  // namespace

const char* kind_name(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::Text:
      return "a string";
    case Node::Kind::Integer:
      return "a whole number";
    case Node::Kind::Real:
      return "a number with a point";
    case Node::Kind::Boolean:
      return "a boolean";
    case Node::Kind::List:
      return "a list";
    case Node::Kind::Table:
      return "a table";
    case Node::Kind::Time:
      return "a date or time";
  }
  return "";
}

void Problems::add(Place place, std::string message) {
  problems_.push_back({file_, place.line, place.column, std::move(message)});
}

void Problems::warn(Place place, std::string message) {
  warnings_.push_back({file_, place.line, place.column, std::move(message)});
}

void Problems::deliver(ConfigResult& result) {
  for (auto* list : {&problems_, &warnings_}) {
    std::stable_sort(list->begin(), list->end(), comes_before);
  }
  result.problems = std::move(problems_);
  result.warnings = std::move(warnings_);
}

std::optional<Node> read_toml(const std::string& text, Problems& problems) {
  try {
    const toml::table root = toml::parse(text);
    return node_of(root);
  } catch (const toml::parse_error& error) {
    problems.add(place_of(error.source()), "not TOML: " + safe_text(error.description()) +
                                               "; nothing behind this place was looked at");
    return std::nullopt;
  }
}

}  // namespace agent
