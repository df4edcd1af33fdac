// keep, caps and thresholds of a policy.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "agent/config/quantity.h"
#include "agent/config/sections.h"

namespace agent {
namespace {

// vSphere opens at most 32 files per disk: the base and 31 deltas.
constexpr int kMostDeltas = 31;
constexpr const char* kSpan = "a span such as \"96h\", \"14d\" or \"1y2m\" (m: months)";
constexpr const char* kSize = "a size with its unit, such as \"20GiB\"";

constexpr std::array kRules{"last", "hourly", "daily", "weekly", "monthly", "quarterly", "yearly"};
constexpr std::array kWithinRules{"within",        "within_hourly",  "within_daily",
                                  "within_weekly", "within_monthly", "within_quarterly",
                                  "within_yearly"};

void read_count(Fields& fields, const char* rule, KeepConfig& out) {
  const Node* node = fields.find(rule);
  if (!node) return;
  KeepCount count;
  if (node->kind == Node::Kind::Integer) {
    std::optional<int> number;
    fields.integer(rule, number, 0, 100'000);
    if (!number) return;  // already reported
    count.max = number;
  } else {
    count.max = -1;
    fields.parsed(rule, count, parse_keep_count,
                  "a number, \"all\" or \"MIN-MAX\" such as \"2-8\"");
    if (count.max == -1) return;  // already reported
  }
  out.counts.emplace(rule, count);
}

void check_zero(Fields& fields, const PolicyConfig& out) {
  if (out.allow_remove_all) return;
  for (const auto& [rule, count] : out.keep.counts) {
    if (count.max != 0) continue;
    fields.problem(rule.c_str(), fields.name(rule.c_str()) +
                                     " keeps nothing; leave it out (to remove every snapshot: "
                                     "allow_remove_all = true)");
  }
}

void read_keep(Fields& policy_fields, PolicyConfig& out, Reading& reading) {
  const Node* table = policy_fields.table("keep");
  if (!table) {
    if (!policy_fields.has("keep")) {
      policy_fields.problem("keep", policy_fields.where() +
                                        " has no keep rules; say what stays, such as keep = { "
                                        "last = 2 }");
    }
    return;
  }
  Fields fields(*table, policy_fields.where(), reading.problems, "keep.");
  for (const char* rule : kRules) read_count(fields, rule, out.keep);
  for (const char* rule : kWithinRules) {
    CalendarSpan span;
    fields.parsed(rule, span, parse_span, kSpan);
    if (span != CalendarSpan{}) out.keep.within.emplace(rule, span);
  }
  fields.boolean("oldest", out.keep.oldest);
  fields.finish();
  const bool only_oldest = std::all_of(table->members.begin(), table->members.end(),
                                       [](const Member& member) { return member.key == "oldest"; });
  if (only_oldest) {
    policy_fields.problem("keep", policy_fields.name("keep") +
                                      " has no rule; say what stays, such as keep = { last = 2 }");
  }
  check_zero(fields, out);
}

void read_min_keep(Fields& fields, PolicyConfig& out) {
  fields.integer("min_keep", out.min_keep, 0, 1000);
  if (out.min_keep == 0 && !out.allow_remove_all) {
    fields.problem("min_keep", fields.name("min_keep") +
                                   " is 0, which lets the last snapshot go; that needs "
                                   "allow_remove_all = true");
  }
}

void read_cap(Fields& policy_fields, PolicyConfig& out, Reading& reading) {
  const Node* table = policy_fields.table("cap");
  if (!table) return;
  Fields fields(*table, policy_fields.where(), reading.problems, "cap.");
  fields.integer("depth", out.cap.depth, 1, kMostDeltas);
  fields.integer("count", out.cap.count, 1, 1000);
  fields.number("probes", out.cap.probes, 1, 32);
  fields.parsed("size", out.cap.size_bytes, parse_size, kSize);
  const Node* free = fields.find("min_free");
  if (free && free->kind == Node::Kind::Text && free->text.find('%') != std::string::npos) {
    fields.parsed("min_free", out.cap.min_free_share, parse_percent, "a share such as \"10%\"");
  } else {
    fields.parsed("min_free", out.cap.min_free_bytes, parse_size,
                  "a size such as \"100GiB\" or a share such as \"10%\"");
  }
  fields.finish();
  for (const auto& [key, cap] : {std::pair("depth", out.cap.depth), {"count", out.cap.count}}) {
    if (!cap || out.min_keep <= *cap) continue;
    fields.problem(key, fmt::format("{} is {}, but min_keep holds {}; one of them has to give",
                                    fields.name(key), *cap, out.min_keep));
  }
}

void read_threshold(Fields& fields, ThresholdConfig& out) {
  fields.number("probes", out.probes, 1, 32);
  fields.parsed("age", out.age, parse_duration, "a duration such as \"96h\" or \"7d\"");
  const Node* size = fields.find("size");
  if (size && size->kind == Node::Kind::Text && size->text.find('%') != std::string::npos) {
    fields.parsed("size", out.size_share, parse_percent, "a share such as \"20%\"");
  } else {
    fields.parsed("size", out.size_bytes, parse_size, kSize);
  }
  fields.integer("depth", out.depth, 1, kMostDeltas);
  fields.finish();
}

}  // namespace

void read_retention(Fields& fields, PolicyConfig& out, Reading& reading) {
  fields.boolean("allow_remove_all", out.allow_remove_all);
  read_keep(fields, out, reading);
  read_min_keep(fields, out);
  fields.parsed("max_age", out.max_age, parse_span, kSpan);
  fields.parsed("detached", out.detached, parse_span, kSpan);
  fields.parsed("defer", out.defer, parse_span, kSpan);
  fields.integer("max_removals", out.max_removals, 1, 100'000);
  fields.parsed("mark_delay", out.mark_delay, parse_duration,
                "a duration such as \"24h\"; \"0s\" removes without marking first");
  read_cap(fields, out, reading);
}

void read_thresholds(Fields& policy_fields, PolicyConfig& out, Reading& reading) {
  if (const Node* table = policy_fields.table("warn")) {
    Fields fields(*table, policy_fields.where(), reading.problems, "warn.");
    read_threshold(fields, out.warn);
  }
  const Node* table = policy_fields.table("critical");
  if (!table) return;
  Fields fields(*table, policy_fields.where(), reading.problems, "critical.");
  read_threshold(fields, out.critical);
  const auto check = [&](const char* key, const auto& warn, const auto& critical) {
    if (!warn || !critical || *warn <= *critical) return;
    fields.problem(key, fields.name(key) + " is below its warn threshold");
  };
  check("probes", out.warn.probes, out.critical.probes);
  check("age", out.warn.age, out.critical.age);
  check("size", out.warn.size_bytes, out.critical.size_bytes);
  check("size", out.warn.size_share, out.critical.size_share);
  check("depth", out.warn.depth, out.critical.depth);
}

}  // namespace agent
