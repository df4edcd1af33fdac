#include "agent/codec/retention_read.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <utility>

#include "agent/codec/json_place.h"
#include "agent/config/quantity.h"

namespace agent {
namespace {

using policy::RetentionRules;
using policy::RetentionSnapshot;

constexpr int kMostSlots = 100'000;  // as in the config

template <typename Parse>
auto parsed(const JsonPlace& place, Parse parse, const char* expected) {
  const auto value = parse(place.text());
  if (!value) place.fail(std::string("expected ") + expected);
  return *value;
}

policy::CalendarSpan span_at(const JsonPlace& place) {
  return parsed(place, parse_span, "a span such as \"96h\", \"14d\" or \"1y2m\" (m: months)");
}

int limited(const JsonPlace& place, int least, int most) {
  const int value = place.integer();
  if (value >= least && value <= most) return value;
  place.fail("expected a number from " + std::to_string(least) + " to " + std::to_string(most));
}

policy::KeepCount count_at(const JsonPlace& place, bool may_keep_nothing) {
  policy::KeepCount count;
  if (place.json().is_number()) {
    count.max = limited(place, 0, kMostSlots);
  } else {
    count = parsed(place, parse_keep_count, "a number, \"all\" or \"MIN-MAX\" such as \"2-8\"");
    if (count.max.value_or(0) > kMostSlots) place.fail("expected at most 100000");
  }
  if (count.max == 0 && !may_keep_nothing) {
    place.fail(
        "it keeps nothing; leave it out (to remove every snapshot: "
        "\"allow_remove_all\": true)");
  }
  return count;
}

std::vector<std::string> texts_at(const JsonPlace& place) {
  std::vector<std::string> texts;
  const std::size_t count = place.items();
  for (std::size_t i = 0; i < count; ++i) texts.push_back(place.item(i).text());
  return texts;
}

void read_keep(const JsonPlace& place, bool may_keep_nothing, policy::KeepRules& keep) {
  place.expect_object();
  for (const auto& [name, value] : place.json().items()) {
    if (value.is_null()) continue;
    const JsonPlace rule = place.at(name);
    if (name == "oldest") {
      keep.oldest = rule.flag();
    } else if (name == "tags") {
      const std::size_t count = rule.items();
      if (count == 0) rule.fail("expected at least one list of tags");
      for (std::size_t i = 0; i < count; ++i) {
        if (rule.item(i).items() == 0) {
          rule.item(i).fail("expected at least one tag; \"\" stands for snapshots without any");
        }
        keep.tags.push_back(texts_at(rule.item(i)));
      }
    } else if (const auto known = policy::keep_rule(name);
               known && *known != policy::KeepRule::Tags) {
      if (name.starts_with("within")) {
        keep.within.emplace(name, span_at(rule));
      } else {
        keep.counts.emplace(name, count_at(rule, may_keep_nothing));
      }
    } else {
      rule.fail(
          "unknown rule; known are last, hourly, daily, weekly, monthly, quarterly, yearly, "
          "within, within_hourly to within_yearly, tags and oldest");
    }
  }
  if (keep.empty()) place.fail("it has no rule; say what stays, such as {\"last\": 2}");
}

std::uint64_t size_at(const JsonPlace& place) {
  if (place.json().is_string()) {
    return parsed(place, parse_size, "bytes, or a size with its unit such as \"20GiB\"");
  }
  return place.bytes();
}

void read_cap(const JsonPlace& place, policy::Caps& cap) {
  place.expect_only({"depth", "count", "size", "min_free", "probes"});
  if (const auto depth = place.find("depth")) cap.depth = limited(*depth, 1, kMostSlots);
  if (const auto count = place.find("count")) cap.count = limited(*count, 1, kMostSlots);
  if (const auto size = place.find("size")) cap.size_bytes = size_at(*size);
  if (const auto probes = place.find("probes")) {
    cap.probes = probes->number();
    if (*cap.probes < 1) probes->fail("expected a number of at least 1");
  }
  if (const auto free = place.find("min_free")) {
    const bool share = free->json().is_string() && free->text().find('%') != std::string::npos;
    if (share) {
      cap.min_free_share = parsed(*free, parse_percent, "a share such as \"10%\"");
    } else {
      cap.min_free_bytes = size_at(*free);
    }
  }
}

void read_rules(const JsonPlace& place, RetentionRules& rules) {
  place.expect_only({"keep", "min_keep", "max_age", "cap", "detached", "allow_remove_all"});
  if (const auto all = place.find("allow_remove_all")) rules.allow_remove_all = all->flag();
  read_keep(place.at("keep"), rules.allow_remove_all, rules.keep);
  if (const auto least = place.find("min_keep")) {
    rules.min_keep = limited(*least, 0, kMostSlots);
    if (rules.min_keep == 0 && !rules.allow_remove_all) {
      least->fail(
          "it is 0, which lets the last snapshot go; that needs \"allow_remove_all\": true "
          "beside it");
    }
  }
  if (const auto age = place.find("max_age")) rules.max_age = span_at(*age);
  if (const auto detached = place.find("detached")) rules.detached = span_at(*detached);
  if (const auto cap = place.find("cap")) read_cap(*cap, rules.cap);
}

policy::Owner owner_at(const JsonPlace& place) {
  const std::string text = place.text();
  if (text == "ours") return policy::Owner::Ours;
  if (text == "foreign") return policy::Owner::Foreign;
  place.fail("expected \"ours\" or \"foreign\"");
}

policy::SnapshotState state_at(const JsonPlace& place) {
  using enum policy::SnapshotState;
  constexpr std::array<std::pair<const char*, policy::SnapshotState>, 4> kStates{
      {{"complete", Complete},
       {"partial", Partial},
       {"failed", Failed},
       {"in-progress", InProgress}}};
  const std::string text = place.text();
  for (const auto& [name, state] : kStates) {
    if (text == name) return state;
  }
  place.fail("expected \"complete\", \"partial\", \"failed\" or \"in-progress\"");
}

void read_snapshot(const JsonPlace& place, RetentionSnapshot& snapshot) {
  place.expect_only({"id", "time", "parent", "current", "owner", "pinned", "in_use", "orphan",
                     "state", "bytes", "detached_since", "tags"});
  snapshot.time = place.at("time").time();
  if (const auto current = place.find("current")) snapshot.current = current->flag();
  if (const auto owner = place.find("owner")) snapshot.owner = owner_at(*owner);
  if (const auto pinned = place.find("pinned")) snapshot.pinned = pinned->flag();
  if (const auto in_use = place.find("in_use")) snapshot.in_use = in_use->flag();
  if (const auto orphan = place.find("orphan")) snapshot.orphan = orphan->flag();
  if (const auto state = place.find("state")) snapshot.state = state_at(*state);
  if (const auto bytes = place.find("bytes")) snapshot.bytes = bytes->bytes();
  if (const auto since = place.find("detached_since")) snapshot.detached_since = since->time();
}

using Indices = std::map<std::string, std::uint32_t, std::less<>>;

/// No snapshot has a parent: one line of descent by time.
void line_up(std::vector<RetentionSnapshot>& snapshots) {
  std::vector<std::uint32_t> oldest_first(snapshots.size());
  std::iota(oldest_first.begin(), oldest_first.end(), 0U);
  std::sort(oldest_first.begin(), oldest_first.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::tie(snapshots[a].time, snapshots[a].id) <
           std::tie(snapshots[b].time, snapshots[b].id);
  });
  for (std::size_t i = 1; i < oldest_first.size(); ++i) {
    snapshots[oldest_first[i]].parent = oldest_first[i - 1];
  }
}

void link(const JsonPlace& list, const Indices& by_id, std::vector<RetentionSnapshot>& snapshots) {
  bool tree = false;
  for (std::size_t i = 0; i < snapshots.size(); ++i) {
    const JsonPlace place = list.item(i);
    tree = tree || place.json().contains("parent");
    const auto parent = place.find("parent");
    if (!parent) continue;
    const auto found = by_id.find(parent->text());
    if (found == by_id.end()) parent->fail("no snapshot of the list has this id");
    snapshots[i].parent = found->second;
  }
  if (!tree) return line_up(snapshots);
  for (std::size_t i = 0; i < snapshots.size(); ++i) {
    std::size_t steps = 0;
    for (auto at = snapshots[i].parent; at; at = snapshots[*at].parent) {
      if (*at == i) list.item(i).at("parent").fail("the snapshot is an ancestor of itself");
      if (++steps > snapshots.size()) break;  // below a ring; a member of the ring is told
    }
  }
}

void read_snapshots(const JsonPlace& list, RetentionRequest& request) {
  const std::size_t count = list.items();
  Indices by_id;
  std::optional<std::size_t> current;
  request.ids.reserve(count);  // the views into it must not move
  request.tags.resize(count);
  request.snapshots.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const JsonPlace place = list.item(i);
    request.ids.push_back(place.at("id").text());
    const bool is_new = by_id.emplace(request.ids[i], static_cast<std::uint32_t>(i)).second;
    if (!is_new) place.at("id").fail("another snapshot of the list has this id");
    RetentionSnapshot& snapshot = request.snapshots[i];
    snapshot.id = request.ids[i];
    read_snapshot(place, snapshot);
    if (const auto tags = place.find("tags")) request.tags[i] = texts_at(*tags);
    snapshot.tags = request.tags[i];
    if (!snapshot.current) continue;
    if (current) place.at("current").fail("another snapshot of the list is current");
    current = i;
  }
  link(list, by_id, request.snapshots);
}

void require_sizes(const JsonPlace& top, const RetentionRequest& request) {
  const policy::Caps& cap = request.rules.cap;
  const bool share = cap.min_free_share.has_value();
  if (cap.probes || share) {
    const JsonPlace capacity = top.at("capacity_bytes");
    if (capacity.bytes() == 0) capacity.fail("expected a number above 0");
  }
  if (share || cap.min_free_bytes) top.at("free_bytes");
}

policy::Zone zone_at(const JsonPlace& place, const ZoneSource& zones) {
  const std::string name = place.text();
  try {
    return zones(name);
  } catch (const Error& error) {
    place.fail(error.what());
  }
}

}  // namespace

void read_retention_request(const nlohmann::json& document, const ZoneSource& zones,
                            RetentionRequest& request) {
  const JsonPlace top(document, "");
  top.expect_only({"timezone", "now", "snapshots", "policy", "reserve", "capacity_bytes",
                   "datastore_capacity_bytes", "free_bytes", "upcoming"});
  if (const auto zone = top.find("timezone")) request.zone = zone_at(*zone, zones);
  policy::RetentionInput& input = request.input;
  input.now = top.at("now").time();
  read_snapshots(top.at("snapshots"), request);
  read_rules(top.at("policy"), request.rules);
  if (const auto reserve = top.find("reserve")) input.reserve = limited(*reserve, 0, kMostSlots);
  require_sizes(top, request);
  if (const auto bytes = top.find("capacity_bytes")) {
    input.disk_capacity_bytes = bytes->bytes();
    input.datastore_capacity_bytes = input.disk_capacity_bytes;
  }
  if (const auto bytes = top.find("datastore_capacity_bytes")) {
    input.datastore_capacity_bytes = bytes->bytes();
  }
  if (const auto bytes = top.find("free_bytes")) input.datastore_free_bytes = bytes->bytes();
  if (const auto upcoming = top.find("upcoming")) {
    const std::size_t count = upcoming->items();
    for (std::size_t i = 0; i < count; ++i) {
      const policy::Time time = upcoming->item(i).time();
      const bool rises = time > (i == 0 ? input.now : request.upcoming.back());
      if (!rises)
        upcoming->item(i).fail("expected a time later than the one before it and than now");
      request.upcoming.push_back(time);
    }
  }
  input.snapshots = request.snapshots;
  input.newest_is_current = true;
  input.zone = &request.zone;
}

}  // namespace agent
