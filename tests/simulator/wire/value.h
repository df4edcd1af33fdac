// Data objects on their way to a client: built by the views, written as XML in schema order with
// the types and the versions that the schema table knows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tests/simulator/model/objects.h"

namespace sim {

/// One value. `type` is the schema type: "xsd:string", "VirtualMachineSnapshotTree",
/// "ArrayOfVirtualDevice", "ManagedObjectReference". Unset is a Value that is not there.
class Value {
 public:
  static Value text(std::string text);                    ///< xsd:string
  static Value word(std::string type, std::string text);  ///< an enumeration
  static Value boolean(bool yes);
  static Value integer(std::int32_t number);
  static Value long_integer(std::int64_t number);
  static Value short_integer(std::int16_t number);
  static Value time(Time time);  ///< xsd:dateTime, UTC Z, 0-6 digits, zeros trimmed
  static Value ref(Ref ref);
  /// A data object; fields may be added in any order, they are written in schema order.
  static Value object(std::string type);
  /// An array property: `item` is the element name and item type ("VirtualDevice", "string").
  static Value array(std::string type, std::string item, std::vector<Value> items);

  Value& set(std::string field, Value value);  ///< returns *this
  /// A repeated field of a data object: elements without a wrapper. `set` with an array writes the
  /// same, and a property path can then go on into it.
  Value& set_all(std::string field, std::vector<Value> values);

  const std::string& type() const { return type_; }
  /// Follows one step of a property path; null when unset or not an object. Arrays take ["key"] or
  /// [2000].
  const Value* step(std::string_view name) const;
  bool operator==(const Value&) const = default;

  /// What a scalar says, or the moid of a reference; "" for objects and arrays.
  const std::string& text() const { return text_; }
  bool is_ref() const { return type_ == "ManagedObjectReference"; }
  bool is_array() const { return !item_.empty() && !is_ref(); }
  Ref as_ref() const { return is_ref() ? Ref{item_, text_} : Ref{}; }
  std::vector<Value> items() const;  ///< of an array; empty for anything else
  /// The values of a field of a data object, one unless repeated; null when unset.
  const std::vector<Value>* field(std::string_view name) const;

 private:
  friend class ValueWriter;
  std::string type_;
  std::string text_;  ///< scalar text, or the moid
  std::string item_;
  std::vector<std::pair<std::string, std::vector<Value>>> fields_;  ///< objects; arrays under ""
};

/// Writes `<element ...>` with xsi:type when the declared type is "" or differs from the value's,
/// as vCenter does; fields newer than `api_version` are left out. Throws std::logic_error for a
/// field that the schema does not know: a typo must not reach a client.
void write_value(std::string& out, std::string_view element, const Value& value,
                 std::string_view declared_type, std::string_view api_version);

std::string escape_xml(std::string_view text);
void append_escaped(std::string& out, std::string_view text);

/// "6.7" < "6.7.1" < "7.0.0.0": numbers, not text.
int compare_versions(std::string_view a, std::string_view b);

}  // namespace sim
