#include "agent/codec/chain_estimate_json.h"

#include <cstdint>
#include <nlohmann/json.hpp>

#include "agent/codec/json_place.h"
#include "policy/probes.h"

namespace agent {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::uint64_t kLargestGrain = 1024 * 1024 * 1024;

std::vector<policy::Extent> extents_at(const JsonPlace& place, std::uint64_t capacity) {
  std::vector<policy::Extent> extents;
  const std::size_t count = place.items();
  extents.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const JsonPlace pair = place.item(i);
    if (pair.items() != 2) pair.fail("expected [start, length] in bytes");
    const policy::Extent extent{pair.item(0).bytes(), pair.item(1).bytes()};
    if (extent.start > capacity || extent.length > capacity - extent.start) {
      pair.fail("the extent ends behind the disk's " + std::to_string(capacity) + " bytes");
    }
    extents.push_back(extent);
  }
  return extents;
}

policy::LayerFill layer_at(const JsonPlace& place, std::uint64_t capacity, bool is_base) {
  place.expect_only({"name", "allocated_bytes", "extents"});
  policy::LayerFill layer;
  layer.name = place.at("name").text();
  if (is_base) {  // whatever it holds: every read that comes so far ends here
    if (const auto bytes = place.find("allocated_bytes")) bytes->bytes();
    if (const auto extents = place.find("extents")) extents_at(*extents, capacity);
    return layer;
  }
  layer.allocated_bytes = place.at("allocated_bytes").bytes();
  if (const auto extents = place.find("extents")) layer.extents = extents_at(*extents, capacity);
  return layer;
}

policy::Skew skew_at(const JsonPlace& place) {
  place.expect_only({"fraction", "share"});
  const policy::Skew skew{place.at("fraction").number(), place.at("share").number()};
  if (!(skew.fraction > 0 && skew.fraction < 1)) {
    place.at("fraction").fail("expected a number above 0 and below 1");
  }
  if (!(skew.share >= 0 && skew.share <= 1)) {
    place.at("share").fail("expected a number from 0 to 1");
  }
  return skew;
}

policy::ChainEstimateRequest request_at(const JsonPlace& top) {
  top.expect_only({"capacity_bytes", "grain_bytes", "layers", "skew"});
  policy::ChainEstimateRequest request;
  request.capacity_bytes = top.at("capacity_bytes").bytes();
  if (request.capacity_bytes == 0) top.at("capacity_bytes").fail("expected a number above 0");
  if (const auto grain = top.find("grain_bytes")) {
    const std::uint64_t bytes = grain->bytes();
    if (bytes == 0 || bytes > kLargestGrain) grain->fail("expected a number from 1 to 1073741824");
    request.grain_bytes = static_cast<std::uint32_t>(bytes);
  }
  const JsonPlace layers = top.at("layers");
  const std::size_t count = layers.items();
  if (count == 0) layers.fail("expected at least one layer, the base");
  for (std::size_t i = 0; i < count; ++i) {
    request.layers.push_back(layer_at(layers.item(i), request.capacity_bytes, i + 1 == count));
  }
  if (const auto skew = top.find("skew")) request.skew = skew_at(*skew);
  return request;
}

ordered_json reply_of(const policy::ChainEstimate& estimate) {
  const policy::ProbeEstimate& probes = estimate.probes;
  ordered_json reply;
  reply["depth"] = estimate.depth;
  reply["layers"] = estimate.layers;
  reply["probes"] = probes.best;
  reply["probes_low"] = probes.low;
  reply["probes_high"] = probes.high;
  reply["probes_worst"] = estimate.layers;  // the same number, but whole
  reply["exact"] = estimate.exact;
  reply["base_share"] = probes.base_share;
  reply["split_64k"] = probes.split_64k;
  reply["map_bytes"] = probes.map_bytes;
  reply["served_by"] = ordered_json::array();
  for (const policy::ServedBy& served : estimate.served_by) {
    ordered_json layer;
    layer["name"] = served.name;
    layer["share"] = served.share;
    reply["served_by"].push_back(std::move(layer));
  }
  return reply;
}

}  // namespace

std::string chain_estimate_reply(std::string_view request_text) {
  json document;
  try {
    document = json::parse(request_text);
  } catch (const json::parse_error& error) {
    throw malformed("", "not valid JSON at byte " + std::to_string(error.byte));
  } catch (const json::out_of_range&) {
    throw malformed("", "it has a number that no computer number holds");
  }
  const policy::ChainEstimateRequest request = request_at(JsonPlace(document, ""));
  return reply_of(policy::estimate_chain(request))
      .dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace agent
