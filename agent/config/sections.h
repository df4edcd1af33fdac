// The sections of the configuration, a reader each; all report into one Reading.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "agent/config/config.h"
#include "agent/config/fields.h"
#include "agent/config/node.h"

namespace agent {

/// A name used in one section and defined in another, checked when all sections are read.
struct Reference {
  enum class To { Vcenter, Policy } to;
  std::string name;
  Place place;
  std::string where;
};

struct Reading {
  explicit Reading(std::string file) : problems(std::move(file)) {}
  Config config;
  Problems problems;
  std::vector<Reference> references;
  std::map<std::string, Place> vcenter_places, policy_places;  ///< by name: where it was defined
  std::map<std::string, std::string> vcenter_urls;             ///< url -> name
};

void read_agent(const Node& table, Reading& reading);
void read_limits(const Node& table, Reading& reading);
void read_vcenter(const Node& table, Reading& reading);
void read_policy(const Node& table, Reading& reading);
void read_alert(const Node& table, Reading& reading);

/// select and its exclude.
void read_selection(const Node& table, const std::string& policy, PolicyConfig& out,
                    Reading& reading);
/// keep, min_keep, max_age, cap, detached: what is kept of a policy's snapshots.
void read_retention(Fields& fields, PolicyConfig& out, Reading& reading);
/// What the rules that were read say against each other and against the schedule.
void read_lints(Fields& fields, const PolicyConfig& policy, Reading& reading);
/// warn and critical.
void read_thresholds(Fields& fields, PolicyConfig& out, Reading& reading);

/// The name of a vCenter or policy, which ends up in tables, logs and metrics: one line of at most
/// 64 visible characters. From then on messages call the table `kind` "name".
void read_name(Fields& fields, const char* kind, std::string& out);

}  // namespace agent
