// Writes values as vCenter does: XSD order, xsi:type only where the declared type does not say it.
#include <algorithm>
#include <stdexcept>

#include "tests/simulator/wire/schema.h"
#include "tests/simulator/wire/value.h"

namespace sim {

class ValueWriter {
 public:
  ValueWriter(std::string& out, std::string_view api_version) : out_(out), version_(api_version) {}

  void write(std::string_view element, const Value& value, std::string_view declared) {
    // anyType declares nothing, and neither does an empty declaration.
    const bool named = declared.empty() || declared == "xsd:anyType";
    const bool data_object = !value.fields_.empty() && !value.is_array();
    out_ += '<';
    out_ += element;
    if (value.is_ref()) {
      out_ += " type=\"";
      out_ += value.item_;
      out_ += '"';
    }
    if (named || (value.type_ != declared && schema_type(value.type_) != nullptr)) {
      if (!named && !schema_derives(value.type_, declared)) {
        throw std::logic_error("schema: " + value.type_ + " in <" + std::string(element) +
                               ">, which is a " + std::string(declared));
      }
      out_ += " xsi:type=\"";
      out_ += value.type_;
      out_ += '"';
    }
    out_ += '>';
    if (value.is_array()) {
      write_items(value);
    } else if (data_object) {
      write_fields(value);
    } else {
      append_escaped(out_, value.text_);
    }
    out_ += "</";
    out_ += element;
    out_ += '>';
  }

 private:
  /// Items of an ArrayOf always say their type, except for plain strings and numbers [recorded].
  void write_items(const Value& array) {
    for (const Value& item : array.fields_.front().second) {
      write(array.item_, item, item.type_.starts_with("xsd:") ? item.type_ : std::string_view());
    }
  }

  void write_fields(const Value& object) {
    const SchemaType* const type = schema_type(object.type_);
    if (type == nullptr) throw std::logic_error("schema: no type " + object.type_);
    std::vector<std::pair<std::size_t, const std::vector<Value>*>> found;
    found.reserve(object.fields_.size());
    std::size_t from = 0;
    bool sorted = true;
    for (const auto& [name, values] : object.fields_) {
      const std::size_t place = place_of(*type, name, from);
      if (!found.empty() && place < found.back().first) sorted = false;
      from = place + 1;
      found.emplace_back(place, &values);
    }
    if (!sorted) std::sort(found.begin(), found.end());
    for (const auto& [place, values] : found) write_field(type->fields[place], *values);
  }

  void write_field(const SchemaField& field, const std::vector<Value>& values) {
    if (!field.since.empty() && compare_versions(version_, field.since) < 0) return;
    const bool wrapped =
        values.size() == 1 && values.front().is_array() && field.type != "xsd:anyType";
    const std::vector<Value>& all = wrapped ? values.front().fields_.front().second : values;
    if (!field.repeated && (wrapped || all.size() > 1)) {
      throw std::logic_error("schema: " + field.name + " is not repeated");
    }
    for (const Value& value : all) write(field.name, value, field.type);
  }

  /// Fields are mostly set in schema order, so the search starts behind the last one found.
  static std::size_t place_of(const SchemaType& type, std::string_view name, std::size_t from) {
    const auto& fields = type.fields;
    for (std::size_t i = from; i < fields.size(); ++i) {
      if (fields[i].name == name) return i;
    }
    for (std::size_t i = 0; i < std::min(from, fields.size()); ++i) {
      if (fields[i].name == name) return i;
    }
    throw std::logic_error("schema: " + type.name + " has no field " + std::string(name));
  }

  std::string& out_;
  std::string_view version_;
};

void write_value(std::string& out, std::string_view element, const Value& value,
                 std::string_view declared_type, std::string_view api_version) {
  ValueWriter(out, api_version).write(element, value, declared_type);
}

}  // namespace sim
