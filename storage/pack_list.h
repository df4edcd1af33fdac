// Lists and times within a packed text, written and read by the same names.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/time.h"
#include "storage/pack.h"

namespace storage {

inline void put_texts(PackWriter& w, const std::vector<std::string>& texts) {
  w.open();
  for (const std::string& text : texts) w.text(text);
  w.close();
}

inline void put_time(PackWriter& w, policy::Time time) {
  w.number(time.time_since_epoch().count());
}

template <class Item>
auto get_list(PackReader& r, Item item) {
  std::vector<decltype(item(r))> list;
  r.open();
  while (r.more()) list.push_back(item(r));
  r.close();
  return list;
}

inline std::string get_text(PackReader& r) { return r.text(); }

inline std::vector<std::string> get_texts(PackReader& r) { return get_list(r, get_text); }

inline policy::Time get_time(PackReader& r) {
  return policy::Time(policy::Time::duration(r.number<policy::Time::rep>()));
}

/// Reads a whole text; one that goes on behind its end is a PackError.
template <class Value>
auto unpack(std::string_view text, Value value) {
  PackReader r(text);
  auto result = value(r);
  if (!r.finished()) throw PackError("text behind the end");
  return result;
}

}  // namespace storage
