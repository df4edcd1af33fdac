#include "tests/simulator/inventory/place.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace sim {
namespace {

using nlohmann::json;

std::string shown(const json& value) {
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text;
}

// RFC 6901.
std::string escaped(std::string_view key) {
  std::string out;
  for (const char c : key) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

std::optional<Time> parse_time(const std::string& text) {
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, used = 0;
  double s = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%lfZ%n", &y, &mo, &d, &h, &mi, &s, &used) != 6)
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(y), std::chrono::month(unsigned(mo)),
                                         std::chrono::day(unsigned(d))};
  if (static_cast<std::size_t>(used) != text.size() || !date.ok() || h > 23 || mi > 59 || s >= 61)
    return std::nullopt;
  return Time(std::chrono::sys_days(date)) + std::chrono::hours(h) + std::chrono::minutes(mi) +
         Duration(std::llround(s * 1e6));
}

}  // namespace

void Place::wrong(const std::string& what) const {
  problems_->push_back((pointer_.empty() ? "/" : pointer_) + ": " + what);
}

void Place::only(std::initializer_list<std::string_view> keys) const {
  if (!value_->is_object()) return wrong("must be an object, not " + shown(*value_));
  for (const auto& [key, value] : value_->items()) {
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    std::string known;
    for (const auto each : keys) known += (known.empty() ? "" : ", ") + std::string(each);
    at(key).wrong("is no key here; known are " + known);
  }
}

bool Place::has(std::string_view key) const {
  return value_->is_object() && value_->contains(key) && !value_->find(key)->is_null();
}

Place Place::at(std::string_view key) const {
  return {*value_->find(key), pointer_ + "/" + escaped(key), *problems_};
}

std::optional<std::string> Place::optional_text(std::string_view key) const {
  if (!has(key)) return std::nullopt;
  const Place place = at(key);
  if (place.value().is_string()) return place.value().get<std::string>();
  place.wrong("must be a text, not " + shown(place.value()));
  return std::nullopt;
}

std::string Place::text(std::string_view key, std::optional<std::string> otherwise) const {
  if (!has(key)) {
    if (!otherwise) wrong("needs \"" + std::string(key) + "\"");
    return otherwise.value_or("");
  }
  return optional_text(key).value_or(otherwise.value_or(""));
}

bool Place::flag(std::string_view key, bool otherwise) const {
  if (!has(key)) return otherwise;
  const Place place = at(key);
  if (place.value().is_boolean()) return place.value().get<bool>();
  place.wrong("must be true or false, not " + shown(place.value()));
  return otherwise;
}

double Place::number(std::string_view key, std::optional<double> otherwise) const {
  if (!has(key)) {
    if (!otherwise) wrong("needs \"" + std::string(key) + "\"");
    return otherwise.value_or(0);
  }
  const Place place = at(key);
  // Sizes in bytes stay below 2^60, so that sums of them fit.
  if (place.value().is_number() && place.value().get<double>() >= 0 &&
      place.value().get<double>() <= 0x1p60)
    return place.value().get<double>();
  place.wrong("must be a number from 0 to 2^60, not " + shown(place.value()));
  return otherwise.value_or(0);
}

std::uint64_t Place::count(std::string_view key, std::optional<std::uint64_t> otherwise) const {
  if (!has(key)) {
    if (!otherwise) wrong("needs \"" + std::string(key) + "\"");
    return otherwise.value_or(0);
  }
  const Place place = at(key);
  if (place.value().is_number_unsigned() ||
      (place.value().is_number_integer() && place.value().get<std::int64_t>() >= 0))
    return place.value().get<std::uint64_t>();
  place.wrong("must be a whole number from 0, not " + shown(place.value()));
  return otherwise.value_or(0);
}

std::optional<Time> Place::time(std::string_view key) const {
  const auto text = optional_text(key);
  if (!text) return std::nullopt;
  const auto time = parse_time(*text);
  if (!time) at(key).wrong("must look like 2026-11-22T02:00:00Z, not \"" + *text + "\"");
  return time;
}

std::vector<Place> Place::list(std::string_view key) const {
  std::vector<Place> places;
  if (!has(key)) return places;
  const Place array = at(key);
  if (!array.value().is_array()) array.wrong("must be a list, not " + shown(array.value()));
  for (std::size_t index = 0; array.value().is_array() && index < array.value().size(); ++index)
    places.push_back(
        {array.value()[index], array.pointer_ + "/" + std::to_string(index), *problems_});
  return places;
}

std::vector<std::pair<std::string, Place>> Place::entries(std::string_view key) const {
  std::vector<std::pair<std::string, Place>> found;
  if (!has(key)) return found;
  const Place object = at(key);
  if (!object.value().is_object()) object.wrong("must be an object, not " + shown(object.value()));
  if (!object.value().is_object()) return found;
  for (const auto& [name, value] : object.value().items())
    found.emplace_back(name, object.at(name));
  return found;
}

std::vector<std::string> Place::texts(std::string_view key) const {
  std::vector<std::string> all;
  for (const Place& place : list(key)) {
    if (place.value().is_string())
      all.push_back(place.value().get<std::string>());
    else
      place.wrong("must be a text, not " + shown(place.value()));
  }
  return all;
}

}  // namespace sim
