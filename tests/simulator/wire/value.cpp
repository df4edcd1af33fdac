#include "tests/simulator/wire/value.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace sim {
namespace {

template <typename Number>
std::string digits(Number number) {
  std::array<char, 24> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return {text.data(), end};
}

std::string format_time(Time time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  std::array<char, 48> text{};
  const int length = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  std::string out(text.data(), static_cast<std::size_t>(length));
  if (const auto fraction = clock.subseconds().count(); fraction != 0) {
    std::string micros = digits(fraction);
    micros.insert(0, 6 - micros.size(), '0');
    micros.erase(micros.find_last_not_of('0') + 1);
    out += '.' + micros;
  }
  return out + 'Z';
}

}  // namespace

Value Value::text(std::string text) { return word("xsd:string", std::move(text)); }

Value Value::word(std::string type, std::string text) {
  Value value;
  value.type_ = std::move(type);
  value.text_ = std::move(text);
  return value;
}

Value Value::boolean(bool yes) { return word("xsd:boolean", yes ? "true" : "false"); }
Value Value::integer(std::int32_t number) { return word("xsd:int", digits(number)); }
Value Value::long_integer(std::int64_t number) { return word("xsd:long", digits(number)); }
Value Value::short_integer(std::int16_t number) { return word("xsd:short", digits(number)); }
Value Value::time(Time time) { return word("xsd:dateTime", format_time(time)); }

Value Value::ref(Ref ref) {
  Value value = word("ManagedObjectReference", std::move(ref.value));
  value.item_ = std::move(ref.type);
  return value;
}

Value Value::object(std::string type) { return word(std::move(type), {}); }

Value Value::array(std::string type, std::string item, std::vector<Value> items) {
  Value value = word(std::move(type), {});
  value.item_ = std::move(item);
  value.fields_.emplace_back("", std::move(items));
  return value;
}

Value& Value::set(std::string field, Value value) {
  std::vector<Value> one;
  one.push_back(std::move(value));
  return set_all(std::move(field), std::move(one));
}

Value& Value::set_all(std::string field, std::vector<Value> values) {
  for (auto& [name, old] : fields_) {
    if (name == field) {
      old = std::move(values);
      return *this;
    }
  }
  fields_.emplace_back(std::move(field), std::move(values));
  return *this;
}

std::vector<Value> Value::items() const {
  return is_array() && !fields_.empty() ? fields_.front().second : std::vector<Value>{};
}

const std::vector<Value>* Value::field(std::string_view name) const {
  for (const auto& [field, values] : fields_) {
    if (field == name) return &values;
  }
  return nullptr;
}

const Value* Value::step(std::string_view name) const {
  if (name.size() > 2 && name.front() == '[' && name.back() == ']') {
    std::string_view key = name.substr(1, name.size() - 2);
    if (key.size() >= 2 && key.front() == '"' && key.back() == '"') {
      key = key.substr(1, key.size() - 2);
    }
    if (!is_array() || fields_.empty()) return nullptr;
    for (const Value& item : fields_.front().second) {
      const Value* const own = item.step("key");
      if (own != nullptr && own->text_ == key) return &item;
    }
    return nullptr;
  }
  const auto* const values = is_array() ? nullptr : field(name);
  return values == nullptr || values->empty() ? nullptr : &values->front();
}

std::string escape_xml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  append_escaped(out, text);
  return out;
}

void append_escaped(std::string& out, std::string_view text) {
  std::size_t from = 0;
  for (;;) {
    const std::size_t at = text.find_first_of("&<>\"\r", from);
    out.append(text.substr(from, at - from));
    if (at == std::string_view::npos) return;
    switch (text[at]) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += "&#13;";
        break;
    }
    from = at + 1;
  }
}

int compare_versions(std::string_view a, std::string_view b) {
  while (!a.empty() || !b.empty()) {
    const auto next = [](std::string_view& version) {
      const auto dot = version.find('.');
      const std::string_view part = version.substr(0, dot);
      version = dot == std::string_view::npos ? std::string_view() : version.substr(dot + 1);
      unsigned number = 0;
      std::from_chars(part.data(), part.data() + part.size(), number);
      return number;
    };
    const unsigned left = next(a), right = next(b);
    if (left != right) return left < right ? -1 : 1;
  }
  return 0;
}

}  // namespace sim
