#include <algorithm>

#include "agent/cli/nearest.h"
#include "agent/cli/safe_text.h"
#include "agent/config/config.h"
#include "agent/config/environment.h"
#include "agent/config/sections.h"

namespace agent {
namespace {

std::vector<std::string> names_of(const std::map<std::string, Place>& places) {
  std::vector<std::string> names;
  for (const auto& [name, place] : places) names.push_back(name);
  return names;
}

void read_sections(const Node& root, Reading& reading) {
  Fields top(root, "the file", reading.problems);
  if (const Node* agent = top.table("agent")) read_agent(*agent, reading);
  if (const Node* limits = top.table("limits")) read_limits(*limits, reading);
  for (const Node* vcenter : top.tables("vcenter")) read_vcenter(*vcenter, reading);
  for (const Node* policy : top.tables("policy")) read_policy(*policy, reading);
  for (const Node* alert : top.tables("alert")) read_alert(*alert, reading);
  top.finish();
}

// Only when there is no [[vcenter]] at all: a file that names some means those and no others.
void add_stand_in(const Environment& env, Reading& reading) {
  if (!reading.config.vcenters.empty()) return;
  std::vector<ConfigProblem> problems;
  if (auto vcenter = vcenter_from_environment(env, problems)) {
    reading.vcenter_places.emplace(vcenter->name, Place{});
    reading.config.vcenters.push_back(std::move(*vcenter));
    for (ConfigProblem& problem : problems) reading.problems.add(std::move(problem));
  } else {
    reading.problems.add({1, 1},
                         "there is no [[vcenter]], and GOVC_URL is not set either; "
                         "\"deltakeep init\" writes one");
  }
}

void check_references(Reading& reading) {
  for (const Reference& reference : reading.references) {
    const bool vcenter = reference.to == Reference::To::Vcenter;
    const auto& places = vcenter ? reading.vcenter_places : reading.policy_places;
    if (places.contains(reference.name)) continue;
    reading.problems.add(reference.place, std::string("there is no ") +
                                              (vcenter ? "vcenter" : "policy") + " \"" +
                                              safe_text(reference.name, Charset::Utf8, 64) +
                                              "\", which " + reference.where + " names" +
                                              did_you_mean(reference.name, names_of(places)));
  }
}

void check_policies(Reading& reading) {
  const Config& config = reading.config;
  const bool observing =
      std::none_of(config.vcenters.begin(), config.vcenters.end(),
                   [](const VcenterConfig& vcenter) { return vcenter.mode == Mode::Act; });
  for (const PolicyConfig& policy : config.policies) {
    const auto place = reading.policy_places.find(policy.name);
    if (place == reading.policy_places.end()) continue;
    if (!policy.renamed_from.empty() && policy.renamed_from != policy.name &&
        reading.policy_places.contains(policy.renamed_from)) {
      reading.problems.add(place->second, "policy \"" + policy.name + "\" is renamed from \"" +
                                              safe_text(policy.renamed_from) +
                                              "\", which is still a policy of its own");
    }
    if (policy.apply && observing && !config.vcenters.empty()) {
      reading.problems.warn(place->second,
                            "policy \"" + policy.name +
                                "\" has apply = true, but every vcenter is in mode \"observe\": "
                                "nothing will be changed");
    }
  }
}

}  // namespace

std::string ConfigProblem::text() const {
  std::string place;
  if (line > 0) place = ":" + std::to_string(line) + ":" + std::to_string(column);
  return file + place + ": " + message;
}

ConfigResult parse_config(const std::string& text, const std::string& file,
                          const Environment& env) {
  Reading reading(file);
  reading.config.source = file;
  if (const std::optional<Node> root = read_toml(text, reading.problems)) {
    read_sections(*root, reading);
    add_stand_in(env, reading);
    check_references(reading);
    check_policies(reading);
  }
  if (reading.config.state.empty()) reading.config.state = default_state(env, true);
  ConfigResult result{.config = std::move(reading.config), .problems = {}, .warnings = {}};
  reading.problems.deliver(result);
  return result;
}

ConfigResult config_from_environment(const Environment& env) {
  ConfigResult result;
  result.config.source = "environment";
  result.config.state = default_state(env, false);
  const auto report = [&](const char* message) {
    result.problems.push_back({"environment", 0, 0, message});
  };
  if (result.config.state.empty()) {
    report(
        "nowhere to keep the state: none of STATE_DIRECTORY, XDG_STATE_HOME and HOME is an "
        "absolute path; give --state FILE");
  }
  if (auto vcenter = vcenter_from_environment(env, result.problems)) {
    result.config.vcenters.push_back(std::move(*vcenter));
  } else {
    report("GOVC_URL is not set");
  }
  return result;
}

}  // namespace agent
