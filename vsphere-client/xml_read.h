// Reads values out of parsed replies: whole texts, strict scalars, references and types by
// namespace.
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "pugixml.hpp"
#include "vsphere-client/moref.h"
#include "vsphere-client/session.h"

namespace vsphere {

/// How replies are parsed. White space alone in an element is a value (a snapshot may be called
/// " "); a leaf keeps its text in the element itself, which halves the number of nodes.
constexpr unsigned kReplyParsing = pugi::parse_cdata | pugi::parse_escapes | pugi::parse_eol |
                                   pugi::parse_ws_pcdata_single | pugi::parse_embed_pcdata;

/// Children in order. Steps with one call each into the parser's library, whose own iterators take
/// several; decoding spends most of its time in such loops.
class Children {
 public:
  class Iterator {
   public:
    explicit Iterator(pugi::xml_node node) : node_(node) {}
    pugi::xml_node operator*() const { return node_; }
    Iterator& operator++() {
      node_ = node_.next_sibling();
      return *this;
    }
    /// Only ever compared with the end.
    bool operator!=(const Iterator&) const { return static_cast<bool>(node_); }

   private:
    pugi::xml_node node_;
  };

  explicit Children(pugi::xml_node parent) : first_(parent.first_child()) {}
  Iterator begin() const { return Iterator(first_); }
  Iterator end() const { return Iterator({}); }

 private:
  pugi::xml_node first_;
};

/// Where a value stands, for the message about one that can't be read.
struct Place {
  const MoRef& object;
  std::string_view path;
};

/// Element name without prefix.
std::string_view local_name(pugi::xml_node node);
/// First child element of that local name, an empty node when there is none.
pugi::xml_node child_named(pugi::xml_node parent, std::string_view local);

/// All text directly inside the element, joined; child elements are left out.
std::string text_of(pugi::xml_node node);
/// As text_of without a copy; `spare` holds the text when it had to be joined.
std::string_view text_view(pugi::xml_node node, std::string& spare);

/// <x type="VirtualMachine">vm-1</x>
MoRef ref_of(pugi::xml_node node);
/// All references in an array, or in whatever else holds them.
std::vector<MoRef> refs_of(pugi::xml_node array);
/// Local part of the xsi:type, "" when there is none. The prefix is resolved, not taken by its
/// looks.
std::string_view xsi_type(pugi::xml_node node);

/// Strict reads; Error Protocol naming object and path when the text is not such a value.
bool read_flag(pugi::xml_node node, const Place& place);
Time read_time(pugi::xml_node node, const Place& place);
[[noreturn]] void refuse_value(pugi::xml_node node, const Place& place, const char* expected);

template <class Number>
Number read_number(pugi::xml_node node, const Place& place) {
  std::string spare;
  const std::string_view text = text_view(node, spare);
  Number value{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) refuse_value(node, place, "a number in range");
  return value;
}

/// xsd:dateTime, "2018-10-24T12:41:02.038368Z" or with an offset; without either it is UTC, as
/// vSphere means it. False when it is no such time.
bool parse_time(std::string_view text, Time& out);

}  // namespace vsphere
