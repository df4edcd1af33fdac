// A `retention evaluate` request as values.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "agent/codec/retention_json.h"
#include "policy/retention.h"

namespace agent {

/// Owns what `input` points to; so it stays where it was made.
struct RetentionRequest {
  RetentionRequest() = default;
  RetentionRequest(const RetentionRequest&) = delete;
  RetentionRequest& operator=(const RetentionRequest&) = delete;

  std::vector<std::string> ids;
  std::vector<std::vector<std::string>> tags;  ///< of each snapshot
  std::vector<policy::RetentionSnapshot> snapshots;
  policy::Zone zone;
  policy::RetentionInput input;
  policy::RetentionRules rules;
  std::vector<policy::Time> upcoming;
};

/// Fills `request`. Throws agent::Error "input" with the JSON pointer of the first mistake.
void read_retention_request(const nlohmann::json& document, const ZoneSource& zones,
                            RetentionRequest& request);

}  // namespace agent
