// Commands about the installation itself: doctor, init, config check.
#include <nlohmann/json.hpp>

#include "agent/cli/human.h"
#include "agent/cli/print/print.h"

namespace agent {
namespace {

const char* verdict_name(DoctorCheck::Verdict verdict) {
  switch (verdict) {
    case DoctorCheck::Verdict::Ok:
      return "ok";
    case DoctorCheck::Verdict::Warning:
      return "warning";
    case DoctorCheck::Verdict::Problem:
      return "problem";
  }
  return "unknown";
}

Colour verdict_colour(DoctorCheck::Verdict verdict) {
  switch (verdict) {
    case DoctorCheck::Verdict::Ok:
      return Colour::Good;
    case DoctorCheck::Verdict::Warning:
      return Colour::Warning;
    case DoctorCheck::Verdict::Problem:
      return Colour::Critical;
  }
  return Colour::None;
}

nlohmann::ordered_json doctor_json(const DoctorResponse& response) {
  nlohmann::ordered_json document{{"format", 1}, {"endpoints", nlohmann::ordered_json::array()}};
  for (const DoctorEndpoint& endpoint : response.endpoints) {
    nlohmann::ordered_json checks = nlohmann::ordered_json::array();
    for (const DoctorCheck& check : endpoint.checks) {
      checks.push_back({{"name", check.name},
                        {"verdict", verdict_name(check.verdict)},
                        {"text", check.text},
                        {"items", check.items}});
    }
    nlohmann::ordered_json json{
        {"endpoint", endpoint.endpoint}, {"url", endpoint.url}, {"checks", std::move(checks)}};
    json["error"] = nullptr;
    if (endpoint.failure) {
      json["error"] = {{"kind", endpoint.failure->kind},
                       {"message", endpoint.failure->message},
                       {"exit", static_cast<int>(endpoint.failure->code)}};
    }
    document["endpoints"].push_back(std::move(json));
  }
  return document;
}

// Long lists are wrapped below their check: one line of twenty privileges is read by nobody.
void print_check(const DoctorCheck& check, const Output& output) {
  const std::string verdict = verdict_name(check.verdict);
  output.out << "  " << paint(verdict_colour(check.verdict), verdict, output.screen)
             << std::string(9 - verdict.size(), ' ') << check.name << ": "
             << safe_text(check.text, output.screen.charset, 1000) << "\n";
  constexpr std::size_t kIndent = 13;
  constexpr std::size_t kColumns = 92;
  std::string line;
  const auto flush = [&] {
    if (!line.empty()) output.out << std::string(kIndent, ' ') << line << "\n";
    line.clear();
  };
  for (std::size_t i = 0; i < check.items.size(); ++i) {
    const std::string item =
        safe_text(check.items[i], output.screen.charset) + (i + 1 < check.items.size() ? "," : "");
    if (!line.empty() && kIndent + line.size() + 1 + item.size() > kColumns) flush();
    line += (line.empty() ? "" : " ") + item;
  }
  flush();
}

}  // namespace

void print(const DoctorResponse& response, const Output& output) {
  if (output.json) {
    write_json(output.out, doctor_json(response));
    return;
  }
  for (const DoctorEndpoint& endpoint : response.endpoints) {
    output.out << paint(Colour::Strong, safe_text(endpoint.endpoint), output.screen) << "  "
               << safe_text(endpoint.url) << "\n";
    for (const DoctorCheck& check : endpoint.checks) {
      print_check(check, output);
    }
    if (endpoint.failure) {
      output.out << "  " << paint(Colour::Critical, "failed", output.screen) << "   "
                 << safe_text(endpoint.failure->message, output.screen.charset, 2000) << "\n";
    }
  }
}

void print(const InitResponse& response, const Output& output) {
  if (output.json) {
    write_json(output.out, {{"format", 1},
                            {"config", response.config_file},
                            {"password_file", response.password_file},
                            {"endpoint", response.endpoint},
                            {"product", response.product},
                            {"api", response.api},
                            {"thumbprint", response.thumbprint}});
    return;
  }
  output.out << "Logged in to " << safe_text(response.product) << " (API "
             << safe_text(response.api) << ").\nWritten: " << response.config_file
             << "\nPassword: " << response.password_file
             << " (readable by its owner only)\n\nNext:\n  deltakeep --config "
             << response.config_file << " doctor\n  deltakeep --config " << response.config_file
             << " scan\n";
}

namespace {

nlohmann::ordered_json settled_json(const SettledPolicy& settled) {
  return {{"policy", settled.name},
          {"between_runs", settled.state.between_runs},
          {"deepest", settled.state.deepest},
          {"deepest_at", policy::format_utc(settled.state.deepest_at)},
          {"oldest_seconds", settled.state.oldest.count()},
          {"runs", settled.runs},
          {"settled", settled.settled},
          {"crosses", settled.crosses}};
}

std::string hours_text(std::chrono::seconds span) {
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(span).count();
  return hours % 24 == 0 ? std::to_string(hours / 24) + " d" : std::to_string(hours) + " h";
}

void print_settled(const SettledPolicy& settled, const Output& output) {
  for (const std::string& sentence : settled.crosses) {
    output.out << paint(Colour::Warning, "warning:", output.screen) << " policy "
               << safe_text(settled.name, output.screen.charset) << ": " << sentence << "\n";
  }
  if (output.quiet) return;
  output.out << "policy " << safe_text(settled.name, output.screen.charset) << ": "
             << settled.state.between_runs << " deltas between runs, " << settled.state.deepest
             << " at the deepest moment (first " << policy::format_utc(settled.state.deepest_at)
             << "), the oldest " << hours_text(settled.state.oldest) << " old; "
             << (settled.settled ? "settles so" : "still growing") << " after " << settled.runs
             << " runs\n";
}

}  // namespace

void print(const ConfigResult& checked, const std::vector<SettledPolicy>& settled,
           const Output& output) {
  const Config& config = checked.config;
  if (output.json) {
    nlohmann::ordered_json document{{"format", 1}, {"source", config.source}};
    document["vcenters"] = config.vcenters.size();
    document["policies"] = config.policies.size();
    document["alerts"] = config.alerts.size();
    document["warnings"] = nlohmann::ordered_json::array();
    for (const ConfigProblem& warning : checked.warnings) {
      document["warnings"].push_back(warning.text());
    }
    document["steady_states"] = nlohmann::ordered_json::array();
    for (const SettledPolicy& one : settled) document["steady_states"].push_back(settled_json(one));
    write_json(output.out, document);
    return;
  }
  for (const ConfigProblem& warning : checked.warnings) {
    output.out << paint(Colour::Warning, "warning:", output.screen) << " "
               << safe_text(warning.text(), output.screen.charset, 1000) << "\n";
  }
  for (const SettledPolicy& one : settled) print_settled(one, output);
  if (output.quiet) return;
  output.out << config.source << ": ok, " << counted(config.vcenters.size(), "vCenter") << ", "
             << counted(config.policies.size(), "policy", "policies") << ", "
             << counted(config.alerts.size(), "alert")
             << (config.alerts.empty() ? "" : " (read, but not sent by this version yet)") << "\n";
}

}  // namespace agent
