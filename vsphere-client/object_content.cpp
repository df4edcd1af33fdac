#include "vsphere-client/object_content.h"

#include "vsphere-client/fault.h"
#include "vsphere-client/printable.h"
#include "vsphere-client/xml_read.h"

namespace vsphere {

std::string_view moid_at_front(std::string_view xml) {
  const std::size_t outer = xml.find('>');
  if (outer == std::string_view::npos) return {};
  xml.remove_prefix(outer + 1);
  constexpr std::string_view kOpen = "<obj ";
  if (xml.substr(0, kOpen.size()) != kOpen) return {};
  const std::size_t from = xml.find('>');
  if (from == std::string_view::npos || xml[from - 1] == '/') return {};
  const std::size_t to = xml.find_first_of("<&", from);
  if (to == std::string_view::npos || xml.substr(to, 6) != "</obj>") return {};
  return xml.substr(from + 1, to - from - 1);
}

MissingProperty read_missing(pugi::xml_node node) {
  MissingProperty missing;
  for (const pugi::xml_node child : Children(node)) {
    const std::string_view name = local_name(child);
    if (name == "path") missing.path = text_of(child);
    if (name == "fault") missing.fault = read_localized_fault(child);
  }
  return missing;
}

namespace {

void read_property(pugi::xml_node node, std::pair<std::string, pugi::xml_node>& out) {
  out.second = {};
  for (const pugi::xml_node child : Children(node)) {
    const std::string_view name = local_name(child);
    if (name == "val") {
      out.second = child;
    } else if (name == "name") {
      std::string spare;
      out.first = text_view(child, spare);
    }
  }
}

}  // namespace

void read_object_content(pugi::xml_node node, ObjectView& out) {
  out.object = {};
  out.missing.clear();
  std::size_t properties = 0;
  for (const pugi::xml_node child : Children(node)) {
    const std::string_view name = local_name(child);
    if (name == "propSet") {
      if (properties == out.properties.size()) out.properties.emplace_back();
      read_property(child, out.properties[properties++]);
    } else if (name == "obj") {
      out.object = ref_of(child);
    } else if (name == "missingSet") {
      out.missing.push_back(read_missing(child));
    }
  }
  out.properties.resize(properties);
  if (out.object.empty()) {
    throw Error(ErrorKind::Protocol, Outcome::Unknown,
                "reading properties: the server sent <" + printable(node.name(), 60) +
                    "> without naming its object; try again, then report this");
  }
}

void check_not_expired(const MoRef& object, const std::vector<MissingProperty>& missing) {
  for (const MissingProperty& property : missing) {
    if (property.fault.type != "NotAuthenticated") continue;
    throw Error(ErrorKind::NotAuthenticated, Outcome::NotExecuted,
                "reading " + printable(property.path, 80) + " of " + printable(object.type, 80) +
                    " " + printable(object.value, 80) +
                    ": the session has expired, so the server leaves properties out; log in again",
                property.fault);
  }
}

pugi::xml_node ObjectView::find(std::string_view path) const {
  for (const auto& [name, value] : properties) {
    if (name == path) return value;
  }
  return {};
}

}  // namespace vsphere
