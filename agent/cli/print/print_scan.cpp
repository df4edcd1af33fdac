#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/cli/human.h"
#include "agent/cli/print/print.h"
#include "agent/cli/print/print_holds.h"

namespace agent {
namespace {

nlohmann::ordered_json tally_json(const ScanTally& tally) {
  nlohmann::ordered_json json;
  json["vms"] = tally.vms;
  json["with_snapshots"] = tally.with_snapshots;
  json["snapshots"] = tally.snapshots;
  json["delta_bytes"] = tally.delta_bytes;
  json["warn"] = tally.warn;
  json["critical"] = tally.critical;
  json["max_depth"] = tally.max_depth;
  json["max_probes"] = tally.max_probes;
  return json;
}

nlohmann::ordered_json failure_json(const Failure& failure) {
  return error_json(failure.kind, failure.message, failure.code);
}

nlohmann::ordered_json endpoint_scan_json(const EndpointScan& scan) {
  nlohmann::ordered_json json;
  if (scan.summary) {
    json = scan_json(*scan.summary);
    json["tally"] = tally_json(scan.tally);
  } else {
    json["endpoint"] = scan.endpoint;
    json["outcome"] = "failed";
  }
  json["notes"] = scan.notes;
  json["error"] = scan.failure ? failure_json(*scan.failure) : nlohmann::ordered_json(nullptr);
  return json;
}

std::string tally_text(const ScanTally& tally) {
  std::string text = counted(tally.vms, "VM") + ", " + human_count(tally.with_snapshots) +
                     " with " + counted(tally.snapshots, "snapshot") + ", " +
                     human_bytes(tally.delta_bytes) + " in deltas";
  if (tally.max_depth > 0) {
    text += "; deepest chain " + std::to_string(tally.max_depth) + " (" + safe_text(tally.deepest) +
            "), worst read looks in " + human_number(tally.max_probes) + " files";
  }
  return text;
}

void print_counts(const ScanTally& tally, const Output& output) {
  if (tally.critical == 0 && tally.warn == 0) return;
  const auto count = [&](std::uint64_t number, const char* word, Colour colour) {
    return paint(number > 0 ? colour : Colour::None, human_count(number) + " " + word,
                 output.screen);
  };
  output.out << "  " << count(tally.critical, "critical", Colour::Critical) << ", "
             << count(tally.warn, "warning", Colour::Warning) << "\n";
}

void print_endpoint(const EndpointScan& scan, const Output& output) {
  if (!scan.summary) return;  // its failure goes to stderr
  const auto took = scan.summary->finished - scan.summary->started;
  const double seconds = std::chrono::duration<double>(took).count();
  const std::string duration =
      seconds < 1 ? human_number(seconds * 1000, 0) + " ms" : human_number(seconds, 1) + " s";
  const bool complete = scan.summary->outcome == storage::ScanOutcome::Complete;
  output.out << safe_text(scan.endpoint) << ": "
             << paint(complete ? Colour::Good : Colour::Warning,
                      outcome_name(scan.summary->outcome), output.screen)
             << " scan of " << safe_text(scan.summary->endpoint.product) << " in " << duration
             << "\n  " << tally_text(scan.tally) << "\n";
  print_counts(scan.tally, output);
  for (const std::string& gap : scan.summary->missing) {
    output.out << "  " << paint(Colour::Warning, "missing:", output.screen) << " "
               << safe_text(gap, output.screen.charset, 2000) << "\n";
  }
  for (const std::string& note : scan.notes) {
    output.out << "  note: " << safe_text(note, output.screen.charset, 1000) << "\n";
  }
}

nlohmann::ordered_json failing_json(const storage::ScanFailure& failing) {
  nlohmann::ordered_json json;
  json["endpoint"] = failing.endpoint;
  json["since"] = policy::format_utc(failing.since);
  json["last"] = policy::format_utc(failing.last);
  json["count"] = failing.count;
  json["kind"] = failing.kind;
  json["message"] = failing.message;
  return json;
}

std::string last_scan_text(const std::string& endpoint, const StatusResponse& response) {
  for (const storage::ScanSummary& scan : response.scans) {
    if (scan.endpoint.name != endpoint) continue;
    const bool complete = scan.outcome == storage::ScanOutcome::Complete;
    return (complete ? "last good scan " : "last scan, a partial one, ") +
           age_text(scan.finished, response.now) + " ago";
  }
  return "no good scan yet";
}

void print_failing(const storage::ScanFailure& failing, const StatusResponse& response,
                   const Output& output) {
  const auto since = std::chrono::floor<std::chrono::seconds>(failing.since);
  const std::string times = failing.count == 1 ? "once" : counted(failing.count, "time");
  std::string reason = failing.message;  // may have several lines of ours: here it is one
  std::replace(reason.begin(), reason.end(), '\n', ' ');
  output.out << safe_text(failing.endpoint) << ": " << last_scan_text(failing.endpoint, response)
             << "; " << paint(Colour::Critical, "failing", output.screen) << " since "
             << policy::format_utc(since) << " (" << times
             << "): " << safe_text(reason, output.screen.charset, 1000) << "\n";
}

nlohmann::ordered_json row_json(const VmRow& row) {
  nlohmann::ordered_json json;
  json["endpoint"] = row.endpoint;
  json["moid"] = row.moid;
  json["name"] = row.name;
  json["risk"] = policy::risk_name(row.level);
  json["depth"] = row.depth;
  json["probes"] = row.probes;
  json["snapshots"] = row.snapshots;
  json["delta_bytes"] = row.delta_bytes;
  return json;
}

}  // namespace

void print(const ScanResponse& response, const Output& output) {
  if (output.json) {
    nlohmann::ordered_json document{{"format", 1}, {"scans", nlohmann::ordered_json::array()}};
    for (const EndpointScan& scan : response.scans) {
      document["scans"].push_back(endpoint_scan_json(scan));
    }
    document["notes"] = response.notes;
    if (!response.output.empty()) document["output"] = response.output;
    if (response.output_failure) document["error"] = failure_json(*response.output_failure);
    write_json(output.out, document);
    return;
  }
  if (output.quiet) return;
  for (const std::string& note : response.notes) {
    output.out << "note: " << safe_text(note, output.screen.charset, 1000) << "\n";
  }
  for (const EndpointScan& scan : response.scans) print_endpoint(scan, output);
  if (!response.output.empty()) output.out << "inventory saved to " << response.output << "\n";
}

void print_scans(const StatusResponse& response, const Output& output) {
  if (output.json) return;
  if (response.scans.empty()) {
    output.out << "nothing scanned yet; run `deltakeep scan`\n";
  } else {
    output.out << scans_table(response.scans, response.now).text(output.screen);
  }
  for (const storage::ScanSummary& scan : response.scans) {
    for (const std::string& gap : scan.missing) {
      output.out << "  " << paint(Colour::Warning, "missing:", output.screen) << " "
                 << safe_text(gap, output.screen.charset, 500) << "\n";
    }
  }
  for (const storage::ScanFailure& failing : response.failing) {
    print_failing(failing, response, output);
  }
  for (const std::string& name : response.never) {
    output.out << paint(Colour::Warning, "never scanned:", output.screen) << " " << safe_text(name)
               << "\n";
  }
  output.out.flush();
}

void print(const StatusResponse& response, const Output& output) {
  if (output.json) {
    nlohmann::ordered_json document{{"format", 1}, {"endpoints", nlohmann::ordered_json::array()}};
    for (const storage::ScanSummary& scan : response.scans) {
      document["endpoints"].push_back(scan_json(scan));
    }
    document["never"] = response.never;
    document["failing"] = nlohmann::ordered_json::array();
    for (const storage::ScanFailure& failing : response.failing) {
      document["failing"].push_back(failing_json(failing));
    }
    document["tally"] = tally_json(response.tally);
    document["gone"] = response.gone;
    document["worst"] = nlohmann::ordered_json::array();
    for (const VmRow& row : response.worst) document["worst"].push_back(row_json(row));
    add_standing(response.standing, response.now, document);
    document["state"] = response.state;
    write_json(output.out, document);
    return;
  }
  print_standing(response.standing, output);
  if (response.scans.empty()) return;
  output.out << "\n" << tally_text(response.tally) << "\n";
  if (response.gone > 0) {
    output.out << counted(response.gone, "VM") << " seen before "
               << (response.gone == 1 ? "is" : "are") << " gone; their history is kept\n";
  }
  if (response.worst.empty()) {
    output.out << paint(Colour::Good, "no chain crosses a threshold", output.screen) << "\n";
    return;
  }
  print_counts(response.tally, output);
  output.out << "\n";
  print(response.worst, output);
}

}  // namespace agent
