#include "agent/codec/retention_json.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "agent/codec/json_place.h"
#include "agent/codec/retention_read.h"
#include "agent/codec/retention_text.h"
#include "policy/retention.h"
#include "policy/retention_forward.h"

namespace agent {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using policy::Cap;

/// Whole where the unit is: snapshots, bytes, seconds.
ordered_json amount(Cap cap, double value) {
  if (cap == Cap::Probes) return value;
  return static_cast<std::uint64_t>(value);
}

ordered_json conflict_json(const policy::Conflict& conflict, const RetentionRequest& request) {
  ordered_json told;
  told["cap"] = policy::cap_name(conflict.cap);
  told["limit"] = amount(conflict.cap, conflict.limit);
  told["actual"] = amount(conflict.cap, conflict.actual);
  told["unmet"] = amount(conflict.cap, conflict.unmet);
  told["blockers"] = ordered_json::array();
  for (const policy::Blocker& blocker : conflict.blockers) {
    ordered_json one;
    if (blocker.index) {
      one["id"] = request.ids[*blocker.index];
      one["why"] = policy::keep_rule_name(blocker.why);
    } else {
      one["why"] = "reserve";
      one["count"] = request.input.reserve;
    }
    told["blockers"].push_back(std::move(one));
  }
  told["hint"] = conflict_hint(conflict);
  return told;
}

ordered_json reply_of(const RetentionRequest& request) {
  const policy::RetentionResult result = policy::evaluate(request.input, request.rules);
  const auto lost = policy::lost_at(request.input, request.rules, request.upcoming);
  ordered_json reply;
  reply["keep"] = ordered_json::array();
  for (const policy::Kept& kept : result.keep) {
    ordered_json one;
    one["id"] = request.ids[kept.index];
    one["reasons"] = ordered_json::array();
    for (const policy::KeepReason& reason : result.reasons_of(kept)) {
      one["reasons"].push_back(keep_reason_json(reason));
    }
    if (const auto& time = lost[kept.index]) one["would_lose_next"] = policy::format_utc(*time);
    reply["keep"].push_back(std::move(one));
  }
  reply["remove"] = ordered_json::array();
  for (const policy::Removed& removed : result.remove) {
    ordered_json one;
    one["id"] = request.ids[removed.index];
    one["reason"] = policy::remove_reason_name(removed.reason);
    one["detail"] = removal_detail(removed, request.input, request.rules, result);
    reply["remove"].push_back(std::move(one));
  }
  reply["shrunk"] = ordered_json::array();
  for (const policy::Shrunk& shrunk : result.shrunk) {
    ordered_json one;
    one["rule"] = policy::keep_rule_name(shrunk.rule);
    one["from"] = shrunk.from;
    one["to"] = shrunk.to;
    one["because"] = policy::cap_name(shrunk.because);
    reply["shrunk"].push_back(std::move(one));
  }
  reply["conflicts"] = ordered_json::array();
  for (const policy::Conflict& conflict : result.conflicts) {
    reply["conflicts"].push_back(conflict_json(conflict, request));
  }
  return reply;
}

}  // namespace

nlohmann::ordered_json keep_reason_json(const policy::KeepReason& reason) {
  nlohmann::ordered_json told;
  told["rule"] = policy::keep_rule_name(reason.rule);
  if (reason.slot > 0) told["slot"] = reason.slot;
  if (reason.of) told["of"] = *reason.of;
  if (reason.period) told["period"] = policy::period_name(*reason.period);
  if (reason.oldest) told["oldest"] = true;
  return told;
}

std::string retention_reply(std::string_view request_text, const ZoneSource& zones) {
  json document;
  try {
    document = json::parse(request_text);
  } catch (const json::parse_error& error) {
    throw malformed("", "not valid JSON at byte " + std::to_string(error.byte));
  } catch (const json::out_of_range&) {
    throw malformed("", "it has a number that no computer number holds");
  }
  RetentionRequest request;
  read_retention_request(document, zones, request);
  try {
    return reply_of(request).dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  } catch (const policy::ZoneRangeError& error) {
    throw malformed("", std::string("a time lies where no calendar reaches: ") + error.what());
  }
}

}  // namespace agent
