// Reads the keys of one table by name and type, and afterwards knows which keys nobody asked for.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <vector>

#include "agent/config/node.h"

namespace agent {

/// One of a list of strings, for messages that mean just this one.
struct PlacedText {
  std::string value;
  Place place;
};

class Fields {
 public:
  /// Messages name a key by `where` and `prefix`: "keep.last" of policy "daily".
  Fields(const Node& table, std::string where, Problems& problems, std::string prefix = {});
  /// Once the name is known, "[[policy]]" becomes "policy \"daily\"".
  void rename(std::string where) { where_ = std::move(where); }

  /// The value of `key`, or null; either way the key is known from now on.
  const Node* find(const char* key);
  bool has(const char* key) { return find(key) != nullptr; }
  /// The value's place, or the table's when the key is not there.
  Place place(const char* key);
  Place place() const { return table_.place; }
  const std::string& where() const { return where_; }

  // Each leaves `out` alone when the key is missing, and adds a problem when its value is wrong.

  /// Any string but an empty one. The value gets into no message: it may be a secret.
  void text(const char* key, std::string& out);
  /// A string or a list of strings, none of them empty.
  void texts(const char* key, std::vector<std::string>& out);
  std::vector<PlacedText> placed_texts(const char* key);
  void boolean(const char* key, bool& out);
  void integer(const char* key, int& out, int min, int max);
  void number(const char* key, std::optional<double>& out, double min, double max);
  void choice(const char* key, std::string& out, const std::vector<std::string>& allowed);
  const Node* table(const char* key);
  /// A list of tables ([[key]]); a single table is a mistake that is named.
  std::vector<const Node*> tables(const char* key);

  void integer(const char* key, std::optional<int>& out, int min, int max);

  /// A string read by `parse`; `expected` completes "expected ...".
  template <typename T, typename Parse>
  void parsed(const char* key, T& out, Parse parse, const char* expected) {
    std::string raw;
    const Node* node = find(key);
    if (!node || !string_value(key, *node, raw, expected)) return;
    if (auto value = parse(raw)) {
      out = *value;
    } else {
      wrong_value(key, *node, raw, expected);
    }
  }

  void problem(const char* key, const std::string& message);
  void problem(Place place, const std::string& message) { problems_.add(place, message); }
  void warning(const char* key, const std::string& message);
  /// "\"keep.last\" of policy \"daily\"".
  std::string name(const char* key) const;

  /// Names every key that was never asked for, with the nearest one that was.
  void finish();

 private:
  void wrong_kind(const char* key, const Node& node, const char* expected);
  void wrong_value(const char* key, const Node& node, const std::string& raw, const char* expected);
  bool string_value(const char* key, const Node& node, std::string& raw, const char* expected);

  const Node& table_;
  std::string where_, prefix_;
  Problems& problems_;
  std::vector<std::string> known_;
};

}  // namespace agent
