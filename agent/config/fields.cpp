#include "agent/config/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "agent/cli/nearest.h"
#include "agent/cli/safe_text.h"

namespace agent {
namespace {

std::string listed(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    out += i == 0 ? "" : i + 1 == words.size() ? " or " : ", ";
    out += "\"" + words[i] + "\"";
  }
  return out;
}

}  // namespace

Fields::Fields(const Node& table, std::string where, Problems& problems, std::string prefix)
    : table_(table), where_(std::move(where)), prefix_(std::move(prefix)), problems_(problems) {}

const Node* Fields::find(const char* key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  const auto found = std::find_if(table_.members.begin(), table_.members.end(),
                                  [&](const Member& member) { return member.key == key; });
  return found == table_.members.end() ? nullptr : &found->value;
}

Place Fields::place(const char* key) {
  const Node* node = find(key);
  return node ? node->place : table_.place;
}

std::string Fields::name(const char* key) const {
  return fmt::format("\"{}{}\" of {}", prefix_, key, where_);
}

void Fields::problem(const char* key, const std::string& message) {
  problems_.add(place(key), message);
}

void Fields::warning(const char* key, const std::string& message) {
  problems_.warn(place(key), message);
}

void Fields::wrong_kind(const char* key, const Node& node, const char* expected) {
  problems_.add(node.place,
                fmt::format("{} is {}; expected {}", name(key), kind_name(node.kind), expected));
}

void Fields::wrong_value(const char* key, const Node& node, const std::string& raw,
                         const char* expected) {
  problems_.add(node.place, fmt::format("{} is \"{}\"; expected {}", name(key),
                                        safe_text(raw, Charset::Utf8, 80), expected));
}

bool Fields::string_value(const char* key, const Node& node, std::string& raw,
                          const char* expected) {
  if (node.kind != Node::Kind::Text) {
    wrong_kind(key, node, expected);
    return false;
  }
  raw = node.text;
  return true;
}

void Fields::text(const char* key, std::string& out) {
  const Node* node = find(key);
  if (!node) return;
  if (node->kind != Node::Kind::Text) return wrong_kind(key, *node, "a string");
  if (node->text.empty()) {
    return problems_.add(node->place, name(key) + " is empty; fill it in or leave the key out");
  }
  out = node->text;
}

std::vector<PlacedText> Fields::placed_texts(const char* key) {
  std::vector<PlacedText> result;
  const Node* node = find(key);
  if (!node) return result;
  const bool list = node->kind == Node::Kind::List;
  if (list && node->items.empty()) {
    problems_.add(node->place, name(key) + " is empty; fill it in or leave the key out");
  }
  const std::span<const Node> items =
      list ? std::span<const Node>(node->items) : std::span<const Node>(node, 1);
  for (const Node& item : items) {
    if (item.kind != Node::Kind::Text) {
      wrong_kind(key, item, "a string or a list of strings");
    } else if (item.text.empty()) {
      problems_.add(item.place, name(key) + " has an empty string");
    } else {
      result.push_back({item.text, item.place});
    }
  }
  return result;
}

void Fields::texts(const char* key, std::vector<std::string>& out) {
  for (PlacedText& text : placed_texts(key)) out.push_back(std::move(text.value));
}

void Fields::boolean(const char* key, bool& out) {
  const Node* node = find(key);
  if (!node) return;
  if (node->kind != Node::Kind::Boolean) return wrong_kind(key, *node, "true or false");
  out = node->boolean;
}

void Fields::integer(const char* key, std::optional<int>& out, int min, int max) {
  const Node* node = find(key);
  if (!node) return;
  const std::string expected = fmt::format("a whole number from {} to {}", min, max);
  if (node->kind != Node::Kind::Integer) return wrong_kind(key, *node, expected.c_str());
  if (node->integer < min || node->integer > max) {
    return problems_.add(node->place,
                         fmt::format("{} is {}; expected {}", name(key), node->integer, expected));
  }
  out = static_cast<int>(node->integer);
}

void Fields::integer(const char* key, int& out, int min, int max) {
  std::optional<int> value;
  integer(key, value, min, max);
  out = value.value_or(out);
}

void Fields::number(const char* key, std::optional<double>& out, double min, double max) {
  const Node* node = find(key);
  if (!node) return;
  const std::string expected = fmt::format("a number from {} to {}", min, max);
  const bool whole = node->kind == Node::Kind::Integer;
  if (!whole && node->kind != Node::Kind::Real) return wrong_kind(key, *node, expected.c_str());
  const double value = whole ? static_cast<double>(node->integer) : node->real;
  if (!(value >= min && value <= max)) {  // not a number fails here, too
    return problems_.add(node->place,
                         fmt::format("{} is {}; expected {}", name(key), value, expected));
  }
  out = value;
}

void Fields::choice(const char* key, std::string& out, const std::vector<std::string>& allowed) {
  const Node* node = find(key);
  if (!node) return;
  const std::string expected = listed(allowed);
  if (node->kind != Node::Kind::Text) return wrong_kind(key, *node, expected.c_str());
  if (std::find(allowed.begin(), allowed.end(), node->text) == allowed.end()) {
    return wrong_value(key, *node, node->text,
                       (expected + did_you_mean(node->text, allowed)).c_str());
  }
  out = node->text;
}

const Node* Fields::table(const char* key) {
  const Node* node = find(key);
  if (!node || node->kind == Node::Kind::Table) return node;
  wrong_kind(key, *node, fmt::format("a table: {} = {{ ... }}", key).c_str());
  return nullptr;
}

std::vector<const Node*> Fields::tables(const char* key) {
  std::vector<const Node*> result;
  const Node* node = find(key);
  if (!node) return result;
  if (node->kind == Node::Kind::Table) {
    problems_.add(node->place,
                  fmt::format("[{0}] must be written [[{0}]]: there may be several", key));
    result.push_back(node);  // its content is checked all the same
    return result;
  }
  if (node->kind != Node::Kind::List) {
    wrong_kind(key, *node, fmt::format("tables: [[{}]]", key).c_str());
    return result;
  }
  for (const Node& item : node->items) {
    if (item.kind == Node::Kind::Table) {
      result.push_back(&item);
    } else {
      wrong_kind(key, item, "a table");
    }
  }
  return result;
}

void Fields::finish() {
  for (const Member& member : table_.members) {
    if (std::find(known_.begin(), known_.end(), member.key) != known_.end()) continue;
    problems_.add(member.place, fmt::format("unknown key \"{}{}\" in {}{}", prefix_,
                                            safe_text(member.key, Charset::Utf8, 80), where_,
                                            did_you_mean(member.key, known_)));
  }
}

}  // namespace agent
