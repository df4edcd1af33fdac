// The mark that a snapshot of ours carries in its description, so that the journal's claim to it
// can be checked on the server: anybody can copy a name, nobody without the key can make this line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/inventory.h"
#include "policy/time.h"

namespace policy {

/// What a marker says. It holds on one VM of one endpoint only, so that a copied VM's is worthless.
struct Marker {
  std::string op;  ///< id of the operation that made the snapshot
  int attempt = 1;
  std::string agent;  ///< who made it: two agents do not touch each other's snapshots
  std::string endpoint_uuid;
  std::string instance_uuid;  ///< of the VM
  std::string policy;         ///< config name, "" for an operator's
  bool helper = false;        ///< made for a clone, to be removed when that is over
  bool operator==(const Marker&) const = default;
};

/// The text that the MAC is made over: every field preceded by its length.
std::string marker_signed_text(const Marker& marker);

/// Whole description: a line for people, then one line "dk1 op=... mac=...". Fields that could
/// break the line are escaped. `human` loses line ends and what XML can't carry, and is cut to 200
/// bytes.
std::string marker_description(const Marker& marker, std::string_view mac, std::string_view human);

struct FoundMarker {
  Marker marker;
  std::string mac;
};
/// The marker line of a description, wherever it stands in it. Nothing when there is none, or more
/// than one, or it is not exactly of the form above: a description is hostile text.
std::optional<FoundMarker> find_marker(std::string_view description);

/// Name for people, at most 60 bytes: "daily-2026-11-22T02:00Z 7Q2M9K"; the policy's name is cut at
/// a UTF-8 boundary, '%', '/' and '\' become '-' (vSphere escapes them).
std::string snapshot_name(std::string_view policy, Time now, std::string_view op);

}  // namespace policy
