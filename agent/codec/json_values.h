// What many documents write alike.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "policy/guard.h"
#include "policy/time.h"

namespace agent {

inline nlohmann::ordered_json time_or_null(const std::optional<policy::Time>& time) {
  return time ? nlohmann::ordered_json(policy::format_utc(*time)) : nlohmann::ordered_json(nullptr);
}

/// Null for an empty text.
inline nlohmann::ordered_json text_or_null(const std::string& text) {
  return text.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(text);
}

inline nlohmann::ordered_json evidence_json(const std::vector<policy::Evidence>& evidence) {
  nlohmann::ordered_json told = nlohmann::ordered_json::array();
  for (const policy::Evidence& one : evidence) {
    told.push_back({{"key", one.key}, {"value", one.value}});
  }
  return told;
}

}  // namespace agent
