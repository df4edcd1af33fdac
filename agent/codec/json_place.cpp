#include "agent/codec/json_place.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace agent {
namespace {

using nlohmann::json;

/// RFC 6901, made printable: member names come from strangers.
std::string token(std::string_view name) {
  std::string escaped;
  for (const char c : name) {
    if (c == '~') {
      escaped += "~0";
    } else if (c == '/') {
      escaped += "~1";
    } else {
      escaped += c;
    }
  }
  const std::string quoted = json(escaped).dump(-1, ' ', true, json::error_handler_t::replace);
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

Error malformed(const std::string& pointer, const std::string& what) {
  return {"input", ExitCode::Usage,
          "malformed input at " + (pointer.empty() ? "the top" : pointer) + ": " + what};
}

std::string JsonPlace::pointer() const {
  if (parent_ == nullptr) return pointer_;
  return parent_->pointer() + "/" + (name_.empty() ? std::to_string(index_) : token(name_));
}

void JsonPlace::fail(const std::string& what) const { throw malformed(pointer(), what); }

void JsonPlace::wrong_type(const char* expected) const {
  fail(std::string("expected ") + expected + ", found " +
       (value_.is_null() ? "null" : std::string("a JSON ") + value_.type_name()));
}

void JsonPlace::expect_object() const {
  if (!value_.is_object()) wrong_type("an object");
}

JsonPlace JsonPlace::at(std::string_view name) const {
  expect_object();
  const auto found = value_.find(name);
  if (found == value_.end()) {
    JsonPlace(value_, this, name, 0).fail("it is missing; this member is required");
  }
  return {*found, this, name, 0};
}

std::optional<JsonPlace> JsonPlace::find(std::string_view name) const {
  expect_object();
  const auto found = value_.find(name);
  if (found == value_.end() || found->is_null()) return std::nullopt;
  return JsonPlace(*found, this, name, 0);
}

std::size_t JsonPlace::items() const {
  if (!value_.is_array()) wrong_type("an array");
  return value_.size();
}

void JsonPlace::expect_only(std::initializer_list<std::string_view> names) const {
  expect_object();
  for (const auto& [name, member] : value_.items()) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    std::string known;
    for (const std::string_view one : names) known.append(known.empty() ? "" : ", ").append(one);
    throw malformed(pointer() + "/" + token(name), "unknown member; known are " + known);
  }
}

std::string JsonPlace::text() const {
  if (!value_.is_string()) wrong_type("a string");
  return value_.get<std::string>();
}

bool JsonPlace::flag() const {
  if (!value_.is_boolean()) wrong_type("true or false");
  return value_.get<bool>();
}

double JsonPlace::number() const {
  if (!value_.is_number()) wrong_type("a number");
  const double value = value_.get<double>();
  if (!std::isfinite(value)) fail("the number is out of range");
  return value;
}

int JsonPlace::integer() const {
  if (!value_.is_number_integer()) wrong_type("a whole number");
  const bool fits = value_.is_number_unsigned()
                        ? value_.get<std::uint64_t>() <= std::numeric_limits<int>::max()
                        : value_.get<std::int64_t>() >= std::numeric_limits<int>::min();
  if (!fits) fail("the number is out of range");
  return value_.get<int>();
}

int JsonPlace::count() const {
  const int value = integer();
  if (value < 0) fail("expected a number of at least 0");
  return value;
}

std::uint64_t JsonPlace::bytes() const {
  if (!value_.is_number_integer()) wrong_type("a whole number of bytes");
  if (!value_.is_number_unsigned()) fail("expected a number of at least 0");
  return value_.get<std::uint64_t>();
}

policy::Time JsonPlace::time() const {
  const auto time = policy::parse_utc(text());
  if (!time) fail("expected an RFC 3339 time such as 2026-11-22T02:00:00Z");
  return *time;
}

}  // namespace agent
