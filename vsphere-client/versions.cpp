#include "vsphere-client/versions.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <compare>
#include <optional>

#include "vsphere-client/session.h"
#include "vsphere-client/xml_read.h"

namespace vsphere {
namespace {

using namespace std::string_view_literals;

/// Oldest first. Below 5.5 there is no HasPrivilegeOnEntities.
constexpr std::array kKnown = {
    kOldestVersion, "6.0"sv,     "6.5"sv,     "6.7"sv,     "6.7.1"sv,   "6.7.2"sv,   "6.7.3"sv,
    "6.8.7"sv,      "6.9.1"sv,   "7.0.0.0"sv, "7.0.0.2"sv, "7.0.1.0"sv, "7.0.1.1"sv, "7.0.2.0"sv,
    "7.0.2.1"sv,    "7.0.3.0"sv, "7.0.3.1"sv, "7.0.3.2"sv, "8.0.0.0"sv, "8.0.0.1"sv, "8.0.0.2"sv,
    "8.0.1.0"sv,    "8.0.2.0"sv, "8.0.3.0"sv, "9.0.0.0"sv, "9.1.0.0"sv,
};

using Numbers = std::array<int, 6>;

/// "8.0.2" is 8,0,2,0,0,0; nothing for anything but numbers and dots.
std::optional<Numbers> numbers_of(std::string_view version) {
  Numbers numbers{};
  const char* p = version.data();
  const char* const end = p + version.size();
  for (int& number : numbers) {
    const auto [stop, error] = std::from_chars(p, end, number);
    if (error != std::errc{} || number < 0) return std::nullopt;
    if (stop == end) return numbers;
    if (*stop != '.') return std::nullopt;
    p = stop + 1;
  }
  return std::nullopt;
}

}  // namespace

std::string newest_version_up_to(std::string_view api_version) {
  const auto wanted = numbers_of(api_version);
  std::string best;
  if (!wanted) return best;
  for (const std::string_view known : kKnown) {
    if (*numbers_of(known) <= *wanted) best = known;
  }
  return best;
}

bool is_at_least(std::string_view version, std::string_view wanted) {
  const auto ours = numbers_of(version);
  const auto theirs = numbers_of(wanted);
  return ours && theirs && *ours >= *theirs;
}

std::string negotiate_version(std::string_view service_versions_xml) {
  pugi::xml_document document;
  if (!document.load_buffer(service_versions_xml.data(), service_versions_xml.size(), kReplyParsing,
                            pugi::encoding_utf8)) {
    return {};
  }
  const std::string_view* best = nullptr;
  const auto offer = [&best](pugi::xml_node version) {
    const auto* known = std::find(kKnown.begin(), kKnown.end(), text_of(version));
    if (known != kKnown.end() && (best == nullptr || known > best)) best = known;
  };
  for (const pugi::xml_node space : document.child("namespaces").children("namespace")) {
    if (text_of(space.child("name")) != "urn:vim25") continue;
    offer(space.child("version"));
    for (const pugi::xml_node prior : space.child("priorVersions").children("version"))
      offer(prior);
  }
  return best == nullptr ? std::string() : std::string(*best);
}

}  // namespace vsphere
