// Whether two ids are one: asked millions of times for a plan, and nearly always answered no.
#pragma once

#include <string_view>

namespace policy {

/// `a == b`. Ids of one kind ("snapshot-4711") have their beginnings in common and mostly their
/// length, so the end is looked at first.
inline bool same_id(std::string_view a, std::string_view b) {
  return a.size() == b.size() && (a.empty() || (a.back() == b.back() && a == b));
}

}  // namespace policy
