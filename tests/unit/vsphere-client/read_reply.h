// Runs one reply through a SoapReader and writes down all that came of it, for comparison.
#pragma once

#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "vsphere-client/soap.h"

struct ReadReply {
  std::vector<std::string> items;
  std::string frame;  ///< the response element without its items
  std::string error;  ///< kind and text, "" when it was read
  bool operator==(const ReadReply&) const = default;
};

inline std::string raw_xml(pugi::xml_node node) {
  std::ostringstream out;
  node.print(out, "", pugi::format_raw);
  return out.str();
}

/// `cuts` are the sizes of the first pieces; the rest comes as one.
inline ReadReply read_reply(std::string_view operation, std::string_view item,
                            std::string_view body, const std::vector<std::size_t>& cuts = {},
                            int status = 200, vsphere::ReplyLimits limits = {}) {
  ReadReply out;
  try {
    vsphere::SoapReader reader(
        operation, item, [&out](pugi::xml_node node) { out.items.push_back(raw_xml(node)); },
        limits);
    for (const std::size_t cut : cuts) {
      const std::string piece(body.substr(0, cut));  // so that reading beyond it is caught
      if (!piece.empty()) reader.feed(status, piece);
      body.remove_prefix(piece.size());
    }
    if (!body.empty()) reader.feed(status, body);
    out.frame = raw_xml(reader.finish(status, "text/xml").result());
  } catch (const vsphere::Error& error) {
    out.error = std::string(vsphere::kind_name(error.kind())) + ": " + error.what();
  }
  return out;
}
