#include "tests/simulator/views_test/shape.h"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace shape {
namespace {

std::vector<pugi::xml_node> elements(pugi::xml_node parent) {
  std::vector<pugi::xml_node> found;
  for (const pugi::xml_node child : parent.children())
    if (child.type() == pugi::node_element) found.push_back(child);
  return found;
}

/// "boolean", "integer", "time" or "text": how a scalar reads.
std::string kind(std::string_view text) {
  if (text == "true" || text == "false") return "boolean";
  const std::string_view digits = text.starts_with("-") ? text.substr(1) : text;
  const auto is_digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  if (!digits.empty() && std::ranges::all_of(digits, is_digit)) return "integer";
  if (text.size() >= 20 && text[4] == '-' && text[10] == 'T' && text.ends_with('Z')) return "time";
  return "text";
}

class Walker {
 public:
  explicit Walker(bool typed) : typed_(typed) {}

  void compare(pugi::xml_node ours, pugi::xml_node theirs, const std::string& path) {
    const std::string our_type = xsi_type(ours), their_type = xsi_type(theirs);
    // Rewritten recordings also lost the type of references in arrays.
    const bool dropped = !typed_ && (our_type.empty() ||
                                     (our_type == "ManagedObjectReference" && their_type.empty()));
    if (our_type != their_type && !dropped)
      found_.push_back(path + ": type '" + our_type + "', recorded '" + their_type + "'");
    const auto our_children = elements(ours), their_children = elements(theirs);
    if (our_children.empty() && their_children.empty()) {
      const std::string our_kind = kind(ours.text().get());
      const std::string their_kind = kind(theirs.text().get());
      if (our_kind != their_kind && their_kind != "text")
        found_.push_back(path + ": " + our_kind + ", recorded " + their_kind);
    }
    compare_children(our_children, their_children, path);
  }

  std::vector<std::string> found() { return std::move(found_); }

 private:
  void compare_children(const std::vector<pugi::xml_node>& ours,
                        const std::vector<pugi::xml_node>& theirs, const std::string& path) {
    std::size_t from = 0;
    for (std::size_t at = 0; at < ours.size(); ++at) {
      const std::string name = local_name(ours[at]);
      const bool repeated = at > 0 && local_name(ours[at - 1]) == name;
      if (!repeated) {
        std::size_t next = from;
        while (next < theirs.size() && local_name(theirs[next]) != name) ++next;
        if (next == theirs.size()) {
          found_.push_back(path + "/" + name + ": not recorded there");
          continue;
        }
        from = next;
      }
      compare(ours[at], counterpart(ours[at], theirs, from), path + "/" + name);
    }
  }

  /// Among equals that follow each other: the one of the same type, else the one of like depth.
  pugi::xml_node counterpart(pugi::xml_node ours, const std::vector<pugi::xml_node>& theirs,
                             std::size_t from) const {
    pugi::xml_node best = theirs[from];
    std::size_t most = 0;
    for (std::size_t at = from; at < theirs.size(); ++at) {
      if (local_name(theirs[at]) != local_name(ours)) break;
      if (xsi_type(theirs[at]) != xsi_type(ours)) continue;
      const std::size_t size = elements(theirs[at]).size();
      if (size <= most) continue;
      most = size;
      best = theirs[at];
    }
    return best;
  }

  bool typed_;
  std::vector<std::string> found_;
};

}  // namespace

std::string local_name(pugi::xml_node node) {
  const std::string name = node.name();
  const std::size_t colon = name.find(':');
  return colon == std::string::npos ? name : name.substr(colon + 1);
}

std::string xsi_type(pugi::xml_node node) {
  for (const pugi::xml_attribute attribute : node.attributes()) {
    if (!std::string_view(attribute.name()).ends_with(":type")) continue;
    const std::string value = attribute.value();
    const bool xsd = value.starts_with("xsd:");
    const std::size_t colon = value.find(':');
    return xsd || colon == std::string::npos ? value : value.substr(colon + 1);
  }
  return "";
}

std::vector<std::string> differences(pugi::xml_node ours, pugi::xml_node theirs, bool typed) {
  // Network cards and CD-ROM drives of the recorded VMs happen to have other kinds of backing.
  const auto cut = [](pugi::xml_node root) {
    for (const pugi::xpath_node at : root.select_nodes(".//*[local-name()='backing']")) {
      pugi::xml_node device = at.node().parent();
      const std::string type = xsi_type(device);
      if (type == "VirtualVmxnet3" || type == "VirtualCdrom") device.remove_child(at.node());
    }
  };
  cut(ours);
  cut(theirs);
  // A VM of the simulator always has these two; a recorded one may have others instead.
  for (const char* type : {"ParaVirtualSCSIController", "VirtualAHCIController"}) {
    const auto all = [&](pugi::xml_node root) {
      return root.select_nodes(
          (std::string(".//*[local-name()='device'][@*[local-name()='type']='") + type + "']")
              .c_str());
    };
    if (!all(theirs).empty()) continue;
    for (const pugi::xpath_node device : all(ours)) device.parent().remove_child(device.node());
  }
  Walker walker(typed);
  walker.compare(ours, theirs, local_name(theirs));
  return walker.found();
}

}  // namespace shape
