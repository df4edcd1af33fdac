// Writes SOAP requests in schema order and reads replies behind a gate, so that nothing beyond this
// file sees XML that was not checked.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pugixml.hpp"
#include "vsphere-client/error.h"
#include "vsphere-client/moref.h"

namespace vsphere {

/// One method call. Elements are written in the order of the calls, which must be the schema's
/// order: the server does not sort.
class SoapRequest {
 public:
  /// `method` must stand in the method table (methods.h); std::logic_error otherwise.
  SoapRequest(std::string_view method, const MoRef& self);

  /// Escaped. Error Protocol, not executed, when XML can't carry the value (NUL and most other
  /// control characters, broken UTF-8); the message never holds the value.
  SoapRequest& text(std::string_view element, std::string_view value);
  /// As text, with an xsi:type, where the schema says no more than xsd:anyType.
  SoapRequest& typed_text(std::string_view element, std::string_view type, std::string_view value);
  SoapRequest& flag(std::string_view element, bool value);
  SoapRequest& number(std::string_view element, long long value);
  SoapRequest& ref(std::string_view element, const MoRef& value);
  /// Opens a nested element; `type` becomes xsi:type when given.
  SoapRequest& open(std::string_view element, std::string_view type = {});
  SoapRequest& close();

  const std::string& method() const { return method_; }
  /// The whole envelope. std::logic_error when an element is still open. `operation_id` goes into
  /// the SOAP header and from there into the server's log; "" for none.
  std::string envelope(std::string_view operation_id = {}) const;

 private:
  std::string method_;
  std::string body_;
  std::vector<std::string> open_;
};

/// Limits on one reply. A broken limit is Error Protocol.
struct ReplyLimits {
  std::uint64_t page_bytes = 64ull << 20;
  std::uint64_t item_bytes = 4ull << 20;
  std::uint64_t frame_bytes = 16ull << 20;  ///< what is left of a reply without its items
  int depth = 64;
};

/// One element cut out of a reply, parsed; valid only during the call.
using ItemSink = std::function<void(pugi::xml_node item)>;

/// The same element as it arrived, before anything was parsed; valid only during the call.
struct RawItem {
  std::string_view xml;
  /// "xmlns:P" of the prefixes that stand for XMLSchema-instance around it: with these and `xml`
  /// all is said that its meaning depends on.
  std::span<const std::string> inherited_xsi;
};
/// Asked before an item is parsed; false passes it over, it then reaches no ItemSink.
using ItemFilter = std::function<bool(const RawItem& item)>;

/// The reply without its cut-out items. `result` is the <XResponse> element.
class SoapReply {
 public:
  SoapReply();
  SoapReply(SoapReply&&) noexcept;
  SoapReply& operator=(SoapReply&&) noexcept;
  ~SoapReply();
  pugi::xml_node result() const;
  /// First <returnval>; an empty node when the call returned nothing, which is not an error.
  pugi::xml_node returnval() const;

 private:
  friend class SoapReader;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Feeds on chunks of one reply, gates them (see xml_gate.h), cuts items, and in the end gives the
/// reply or throws the fault that it carried. What it gives or throws does not depend on how the
/// reply was cut into chunks. Items handed over before an error are whole and stay valid.
class SoapReader {
 public:
  /// `item` is the local name of elements to cut out, among the children of the response and of its
  /// <returnval>; or their path below the response, "returnval/filterSet/objectSet"; "" for none.
  SoapReader(std::string_view operation, std::string_view item, ItemSink sink,
             ReplyLimits limits = {}, ItemFilter filter = {});
  ~SoapReader();
  /// Throws Error Protocol as soon as a limit or the gate is broken.
  void feed(int status, std::string_view chunk);
  /// Throws Error: Protocol for what is not a whole SOAP reply (an HTML page is named as such with
  /// its status), else the fault as Login, NotAuthenticated, NoPermission, NotFound or Fault.
  SoapReply finish(int status, std::string_view content_type);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vsphere
