#include "vsphere-client/xml_read.h"

#include <cstring>

#include "vsphere-client/error.h"
#include "vsphere-client/printable.h"

namespace vsphere {
namespace {

constexpr std::string_view kXsi = "http://www.w3.org/2001/XMLSchema-instance";

std::string_view after_colon(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

/// True when the nearest declaration of the prefix, here or further out, is XMLSchema-instance.
bool is_xsi_prefix(pugi::xml_node node, std::string_view prefix) {
  for (; node; node = node.parent()) {
    for (auto attribute = node.first_attribute(); attribute;
         attribute = attribute.next_attribute()) {
      const std::string_view name = attribute.name();
      if (name.size() == prefix.size() + 6 && name.substr(0, 6) == "xmlns:" &&
          name.substr(6) == prefix) {
        return attribute.value() == kXsi;
      }
    }
  }
  return false;
}

/// Takes exactly `digits` digits off the front.
bool take_digits(std::string_view& text, std::size_t digits, int& out) {
  if (text.size() < digits) return false;
  out = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return false;
    out = out * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return true;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

/// ".038368": what is finer than a microsecond is cut off.
bool take_fraction(std::string_view& text, std::chrono::microseconds& out) {
  out = std::chrono::microseconds{0};
  if (!take(text, '.')) return true;
  int unit = 100'000;
  std::size_t digits = 0;
  for (int digit = 0; take_digits(text, 1, digit); ++digits, unit /= 10) {
    out += std::chrono::microseconds{digit * unit};
  }
  return digits > 0;
}

bool take_zone(std::string_view& text, std::chrono::minutes& out) {
  out = std::chrono::minutes{0};
  if (text.empty() || take(text, 'Z')) return true;
  const bool west = text.front() == '-';
  int hours = 0;
  int minutes = 0;
  if (!west && text.front() != '+') return false;
  text.remove_prefix(1);
  if (!take_digits(text, 2, hours) || !take(text, ':') || !take_digits(text, 2, minutes))
    return false;
  if (hours > 14 || minutes > 59) return false;
  out = std::chrono::minutes{(west ? -1 : 1) * (hours * 60 + minutes)};
  return true;
}

}  // namespace

std::string_view local_name(pugi::xml_node node) { return after_colon(node.name()); }

pugi::xml_node child_named(pugi::xml_node parent, std::string_view local) {
  for (const pugi::xml_node child : Children(parent)) {
    if (local_name(child) == local) return child;
  }
  return {};
}

std::string_view text_view(pugi::xml_node node, std::string& spare) {
  const std::string_view first = node.value();
  if (!node.first_child()) return first;
  spare = first;
  for (const pugi::xml_node child : Children(node)) {
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata)
      spare += child.value();
  }
  return spare;
}

std::string text_of(pugi::xml_node node) {
  std::string spare;
  const std::string_view text = text_view(node, spare);
  if (text.data() == spare.data()) return spare;
  return std::string(text);
}

MoRef ref_of(pugi::xml_node node) { return {node.attribute("type").value(), text_of(node)}; }

std::vector<MoRef> refs_of(pugi::xml_node array) {
  std::vector<MoRef> refs;
  for (const pugi::xml_node child : Children(array)) {
    if (child.type() == pugi::node_element) refs.push_back(ref_of(child));
  }
  return refs;
}

std::string_view xsi_type(pugi::xml_node node) {
  for (auto attribute = node.first_attribute(); attribute; attribute = attribute.next_attribute()) {
    const std::string_view name = attribute.name();
    constexpr std::string_view kTail = ":type";
    if (name.size() <= kTail.size() || name.substr(name.size() - kTail.size()) != kTail) continue;
    if (is_xsi_prefix(node, name.substr(0, name.size() - kTail.size()))) {
      return after_colon(attribute.value());
    }
  }
  return {};
}

void refuse_value(pugi::xml_node node, const Place& place, const char* expected) {
  throw Error(ErrorKind::Protocol, Outcome::Unknown,
              "reading " + printable(place.path) + " of " + printable(place.object.type) + " " +
                  printable(place.object.value) + ": the server sent '" +
                  printable(text_of(node), 60) + "' in <" + printable(node.name(), 60) +
                  ">, expected " + expected + "; report this with the server's version");
}

bool read_flag(pugi::xml_node node, const Place& place) {
  std::string spare;
  const std::string_view text = text_view(node, spare);
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  refuse_value(node, place, "true or false");
}

Time read_time(pugi::xml_node node, const Place& place) {
  std::string spare;
  Time time{};
  if (!parse_time(text_view(node, spare), time)) refuse_value(node, place, "a date and time");
  return time;
}

bool parse_time(std::string_view text, Time& out) {
  namespace chr = std::chrono;
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  chr::microseconds fraction{0};
  chr::minutes offset{0};
  const bool shaped = take_digits(text, 4, year) && take(text, '-') &&
                      take_digits(text, 2, month) && take(text, '-') && take_digits(text, 2, day) &&
                      take(text, 'T') && take_digits(text, 2, hour) && take(text, ':') &&
                      take_digits(text, 2, minute) && take(text, ':') &&
                      take_digits(text, 2, second) && take_fraction(text, fraction) &&
                      take_zone(text, offset) && text.empty();
  if (!shaped || hour > 23 || minute > 59 || second > 59) return false;
  const chr::year_month_day date{chr::year{year}, chr::month{static_cast<unsigned>(month)},
                                 chr::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return false;
  out = chr::sys_days{date} + chr::hours{hour} + chr::minutes{minute} + chr::seconds{second} +
        fraction - offset;
  return true;
}

}  // namespace vsphere
