#include "tests/simulator/wire/differences.h"

#include <algorithm>

#include "tests/simulator/wire/schema.h"

namespace sim {
namespace {

using Op = Difference::Op;

bool keyed(const std::vector<Value>& items) {
  return std::all_of(items.begin(), items.end(), [](const Value& item) {
    const Value* const key = item.step("key");
    return key != nullptr && key->type().starts_with("xsd:");
  });
}

std::string bracket(const Value& item) {
  const Value& key = *item.step("key");
  return key.type() == "xsd:string" ? "[\"" + key.text() + "\"]" : "[" + key.text() + "]";
}

class Comparison {
 public:
  explicit Comparison(std::vector<Difference>& found) : found_(found) {}

  void compare(const std::string& path, const Value* before, const Value* after) {
    if (before == nullptr && after == nullptr) return;
    if (before != nullptr && after != nullptr) {
      if (*before == *after) return;
      const SchemaType* const type = schema_type(after->type());
      if (after->is_array() && before->is_array()) {
        return items(path, before->items(), after->items(), *after);
      }
      if (type != nullptr && before->type() == after->type()) {
        return fields(path, *type, *before, *after);
      }
    }
    assign(path, after);
  }

 private:
  void assign(const std::string& path, const Value* value) {
    found_.push_back({Op::Assign, path, value == nullptr ? std::optional<Value>() : *value});
  }

  void fields(const std::string& path, const SchemaType& type, const Value& before,
              const Value& after) {
    for (const SchemaField& field : type.fields) {
      const auto* const was = before.field(field.name);
      const auto* const is = after.field(field.name);
      const std::string below = path + "." + field.name;
      if (field.repeated) {
        const Value old = as_array(field, was), fresh = as_array(field, is);
        if (!(old == fresh)) items(below, old.items(), fresh.items(), fresh);
      } else {
        compare(below, first(was), first(is));
      }
    }
  }

  static const Value* first(const std::vector<Value>* values) {
    return values == nullptr || values->empty() ? nullptr : &values->front();
  }

  /// A repeated field as the array that a property of its own would be.
  static Value as_array(const SchemaField& field, const std::vector<Value>* values) {
    if (values != nullptr && values->size() == 1 && values->front().is_array()) {
      return values->front();
    }
    std::string item = field.type.starts_with("xsd:") ? field.type.substr(4) : field.type;
    std::string type = item;
    if (type.front() >= 'a' && type.front() <= 'z') {
      type.front() = static_cast<char>(type.front() - 'a' + 'A');
    }
    return Value::array("ArrayOf" + type, std::move(item),
                        values == nullptr ? std::vector<Value>() : *values);
  }

  void items(const std::string& path, const std::vector<Value>& before,
             const std::vector<Value>& after, const Value& whole) {
    if (!keyed(before) || !keyed(after) || (before.empty() && !after.empty())) {
      return assign(path, &whole);
    }
    const auto with_key = [](const std::vector<Value>& all, const std::string& name) {
      const auto at = std::find_if(all.begin(), all.end(),
                                   [&](const Value& each) { return bracket(each) == name; });
      return at == all.end() ? nullptr : &*at;
    };
    for (const Value& old : before) {
      const std::string name = bracket(old);
      if (with_key(after, name) == nullptr) found_.push_back({Op::Remove, path + name, {}});
    }
    for (const Value& fresh : after) {
      const std::string name = bracket(fresh);
      const Value* const old = with_key(before, name);
      if (old == nullptr) {
        found_.push_back({Op::Add, path + name, fresh});
      } else {
        compare(path + name, old, &fresh);
      }
    }
  }

  std::vector<Difference>& found_;
};

}  // namespace

std::vector<Difference> differences(const std::string& path, const std::optional<Value>& before,
                                    const std::optional<Value>& after) {
  std::vector<Difference> found;
  Comparison(found).compare(path, before ? &*before : nullptr, after ? &*after : nullptr);
  return found;
}

}  // namespace sim
