// TOML as plain values with their places, so that only one file knows the TOML library.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/config/config.h"

namespace agent {

/// Counting from 1, in characters.
struct Place {
  int line = 0, column = 0;
  auto operator<=>(const Place&) const = default;
};

struct Member;

struct Node {
  enum class Kind { Text, Integer, Real, Boolean, List, Table, Time };
  Kind kind = Kind::Table;
  Place place;
  std::string text;             ///< Text
  std::int64_t integer = 0;     ///< Integer
  double real = 0;              ///< Real
  bool boolean = false;         ///< Boolean
  std::vector<Node> items;      ///< List
  std::vector<Member> members;  ///< Table
};

struct Member {
  std::string key;
  Place place;
  Node value;
};

/// Mistakes found so far; parsing goes on behind each.
class Problems {
 public:
  explicit Problems(std::string file) : file_(std::move(file)) {}
  void add(Place place, std::string message);
  void warn(Place place, std::string message);
  void add(ConfigProblem problem) { problems_.push_back(std::move(problem)); }
  /// Everything in file order, into the result.
  void deliver(ConfigResult& result);

 private:
  std::string file_;
  std::vector<ConfigProblem> problems_, warnings_;
};

/// Nothing, and one problem, when `text` is not TOML: the library stops at the first such mistake.
std::optional<Node> read_toml(const std::string& text, Problems& problems);

/// "a string", "a table": for messages.
const char* kind_name(Node::Kind kind);

}  // namespace agent
