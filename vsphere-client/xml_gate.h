// Lets a SOAP 1.1 reply through in one pass over chunks of any size, refuses what such a reply may
// not hold, and cuts repeated elements out of it, so that a page never has to fit in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vsphere-client/xml_scan.h"

namespace vsphere {

/// What it checks: bytes (UTF-8, no NUL), references (the five of XML and those to a Unicode scalar
/// value other than NUL), no DOCTYPE, no processing instruction but the XML declaration, every open
/// element against the depth limit, the size of items and frame, one Envelope with at most one
/// Header and one Body of one child, and nothing but white space around them. Control characters
/// other than NUL pass: servers do send them, and one odd description must not hide an inventory.
/// What it leaves to the parser, which sees every byte that passed: the inside of tags and whether
/// the names of start and end tags agree.
/// The outcome does not depend on how the reply was cut into chunks.
class XmlGate {
 public:
  struct Limits {
    std::uint64_t item_bytes;
    std::uint64_t frame_bytes;
    int depth;
  };
  /// The only child of Body: its local name, and whether it is in the namespace of SOAP.
  using BodySink = std::function<void(std::string_view local_name, bool is_soap)>;
  /// One whole item, which may be overwritten; valid during the call.
  using ItemSink = std::function<void(char* xml, std::size_t size)>;

  /// `item`: a bare local name matches children of the response element and of its <returnval>; a
  /// path like "returnval/filterSet/objectSet" matches exactly so below the response element; ""
  /// cuts nothing.
  XmlGate(std::string_view item, Limits limits, BodySink body, ItemSink items);

  void feed(std::string_view chunk);  ///< throws GateRefusal, and what the sinks throw
  void finish() const;                ///< throws GateRefusal unless the envelope came whole

  /// The reply without its items; whole after finish.
  std::string take_frame() { return std::move(frame_); }
  /// Until then what arrived may be anything, an HTML page for instance.
  bool saw_envelope() const { return saw_envelope_; }
  /// "xmlns:P" for each prefix P that stands for XMLSchema-instance around the current item.
  const std::vector<std::string>& inherited_xsi() const { return inherited_xsi_; }

 private:
  struct Binding {
    int depth;
    std::string prefix, uri;
  };
  struct QName {
    std::string_view prefix, local;
  };

  void scan();
  const char* markup(const char* p, const char* limit);
  const char* declaration(const char* p, const char* limit);
  const char* section(const char* p, const char* limit);
  void open_element(const char* tag, const char* tag_end);
  void close_element(const char* tag_end);
  void enter_outer(const char* tag, const char* tag_end);
  void enter_envelope_part(QName name);
  bool enter_path(std::string_view local);
  void start_item(const char* tag);
  void bind_namespaces(const char* attributes, const char* tag_end);
  std::string_view resolve(std::string_view prefix) const;
  void keep_frame(const char* until);
  const char* limit() const;
  [[noreturn]] void refuse_size() const;

  std::vector<std::vector<std::string>> paths_;
  Limits limits_;
  BodySink body_;
  ItemSink items_;

  std::string buffer_;          ///< what is not yet done with: an open item and an open token
  std::size_t pos_ = 0;         ///< first byte of buffer_ that was not looked at
  std::size_t frame_from_ = 0;  ///< first byte of buffer_ that frame_ does not hold yet
  std::size_t item_from_ = 0;
  std::string frame_;
  std::uint64_t passed_ = 0;  ///< bytes that left buffer_
  int depth_ = 0;
  int item_depth_ = 0;                ///< depth of the open item, 0 when none is open
  int outer_depth_;                   ///< deeper elements can be neither an item nor around one
  std::vector<std::size_t> matched_;  ///< per path: leading parts that are open
  std::vector<Binding> bindings_;
  std::vector<std::string> inherited_xsi_;
  bool saw_envelope_ = false, root_closed_ = false, saw_header_ = false;
  bool saw_body_ = false, in_body_ = false, saw_child_ = false, in_response_ = false;
};

}  // namespace vsphere
