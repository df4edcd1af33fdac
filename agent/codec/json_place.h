// A JSON value that knows where it stands, so that every complaint about input names its place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "agent/error.h"
#include "policy/time.h"

namespace agent {

/// agent::Error "input", exit 2: "malformed input at POINTER: WHAT". An empty pointer is the top.
Error malformed(const std::string& pointer, const std::string& what);

/// Views into the document; a place must not outlive the one it was taken from.
class JsonPlace {
 public:
  JsonPlace(const nlohmann::json& value, std::string pointer)
      : value_(value), pointer_(std::move(pointer)) {}

  /// A member that must be there.
  JsonPlace at(std::string_view name) const;
  /// A member that may be missing or null.
  std::optional<JsonPlace> find(std::string_view name) const;
  JsonPlace item(std::size_t index) const { return {value_[index], this, {}, index}; }

  std::size_t items() const;  ///< of an array
  void expect_object() const;
  /// Fails on the first member that is not in the list.
  void expect_only(std::initializer_list<std::string_view> names) const;

  std::string text() const;
  bool flag() const;
  double number() const;  ///< finite
  int integer() const;
  int count() const;            ///< an integer of at least 0
  std::uint64_t bytes() const;  ///< a whole number of at least 0
  policy::Time time() const;
  const nlohmann::json& json() const { return value_; }

  [[noreturn]] void fail(const std::string& what) const;

 private:
  JsonPlace(const nlohmann::json& value, const JsonPlace* parent, std::string_view name,
            std::size_t index)
      : value_(value), parent_(parent), name_(name), index_(index) {}
  std::string pointer() const;  // put together only when something is wrong
  [[noreturn]] void wrong_type(const char* expected) const;

  const nlohmann::json& value_;
  std::string pointer_;
  const JsonPlace* parent_ = nullptr;
  std::string_view name_;
  std::size_t index_ = 0;
};

}  // namespace agent
