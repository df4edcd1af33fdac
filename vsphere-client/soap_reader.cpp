#include <algorithm>
#include <optional>
#include <utility>

#include "vsphere-client/fault.h"
#include "vsphere-client/foreign_reply.h"
#include "vsphere-client/printable.h"
#include "vsphere-client/soap.h"
#include "vsphere-client/xml_gate.h"
#include "vsphere-client/xml_read.h"

namespace vsphere {

struct SoapReply::Impl {
  std::string frame;  ///< the document points into it
  pugi::xml_document document;
  pugi::xml_node result;
};

SoapReply::SoapReply() : impl_(std::make_unique<Impl>()) {}
SoapReply::SoapReply(SoapReply&&) noexcept = default;
SoapReply& SoapReply::operator=(SoapReply&&) noexcept = default;
SoapReply::~SoapReply() = default;

pugi::xml_node SoapReply::result() const { return impl_->result; }
pugi::xml_node SoapReply::returnval() const { return child_named(impl_->result, "returnval"); }

struct SoapReader::Impl {
  Impl(std::string_view operation_name, std::string_view cut, ItemSink item_sink, ReplyLimits reply,
       ItemFilter item_filter)
      : operation(operation_name),
        sink(std::move(item_sink)),
        filter(std::move(item_filter)),
        limits(reply),
        gate(
            cut, {reply.item_bytes, reply.frame_bytes, reply.depth},
            [this](std::string_view name, bool is_soap) { check_body_child(name, is_soap); },
            [this](char* xml, std::size_t size) { hand_over(xml, size); }) {}

  void check_body_child(std::string_view name, bool is_soap);
  void hand_over(char* xml, std::size_t size);
  void pass_gate(std::string_view chunk);
  [[noreturn]] void refuse(std::string_view reason) const;

  std::string operation;
  ItemSink sink;
  ItemFilter filter;
  ReplyLimits limits;
  XmlGate gate;
  int status = 0;
  std::uint64_t received = 0;
  std::string head;                    ///< of the reply, in case it turns out to be no SOAP
  std::optional<std::string> foreign;  ///< why it did
  bool is_fault = false;
  pugi::xml_document item;  ///< one after the other
};

SoapReader::SoapReader(std::string_view operation, std::string_view item, ItemSink sink,
                       ReplyLimits limits, ItemFilter filter)
    : impl_(std::make_unique<Impl>(operation, item, std::move(sink), limits, std::move(filter))) {}
SoapReader::~SoapReader() = default;

void SoapReader::Impl::refuse(std::string_view reason) const {
  throw Error(ErrorKind::Protocol, Outcome::Unknown,
              operation + ": the reply (HTTP " + std::to_string(status) +
                  ") is not usable: " + std::string(reason) +
                  "; nothing of it counts as done or as read. Try again; if it stays, look for a "
                  "proxy between here and the server");
}

void SoapReader::Impl::check_body_child(std::string_view name, bool is_soap) {
  is_fault = is_soap && name == "Fault";
  if (is_fault) return;
  if (name != operation + "Response") {
    refuse("it answers with <" + printable(name, 80) + ">, expected <" + operation + "Response>");
  }
  if (status != 200) refuse("a result came with a status that is not 200");
}

void SoapReader::Impl::hand_over(char* xml, std::size_t size) {
  if (filter && !filter({.xml = {xml, size}, .inherited_xsi = gate.inherited_xsi()})) return;
  const pugi::xml_parse_result parsed =
      item.load_buffer_inplace(xml, size, kReplyParsing, pugi::encoding_utf8);
  if (!parsed) refuse(std::string("one of its objects is malformed: ") + parsed.description());
  pugi::xml_node node = item.document_element();
  for (const std::string& name : gate.inherited_xsi()) {
    if (node.attribute(name.c_str())) continue;
    node.append_attribute(name.c_str()) = "http://www.w3.org/2001/XMLSchema-instance";
  }
  sink(node);
}

void SoapReader::Impl::pass_gate(std::string_view chunk) {
  if (!foreign) {
    try {
      gate.feed(chunk);
    } catch (const GateRefusal& refusal) {
      if (gate.saw_envelope()) refuse(refusal.what());
      foreign = refusal.what();
    }
  }
  if (foreign && head.size() == kForeignHeadBytes) {
    throw foreign_reply(operation, status, {}, head, *foreign);
  }
}

void SoapReader::feed(int status, std::string_view chunk) {
  Impl& in = *impl_;
  in.status = status;
  in.head.append(chunk.substr(0, kForeignHeadBytes - in.head.size()));
  const std::uint64_t room = in.limits.page_bytes - in.received;
  const bool too_large = chunk.size() > room;
  if (too_large) chunk = chunk.substr(0, static_cast<std::size_t>(room));
  in.received += chunk.size();
  in.pass_gate(chunk);
  if (too_large) {
    in.refuse("it is larger than " + std::to_string(in.limits.page_bytes >> 10) + " KiB");
  }
}

SoapReply SoapReader::finish(int status, std::string_view content_type) {
  Impl& in = *impl_;
  in.status = status;
  if (in.foreign || in.head.find_first_not_of(" \t\r\n") == std::string::npos) {
    throw foreign_reply(in.operation, status, content_type, in.head, in.foreign.value_or(""));
  }
  try {
    in.gate.finish();
  } catch (const GateRefusal& refusal) {
    if (!in.gate.saw_envelope()) {
      throw foreign_reply(in.operation, status, content_type, in.head, refusal.what());
    }
    in.refuse(refusal.what());
  }
  SoapReply reply;
  SoapReply::Impl& out = *reply.impl_;
  out.frame = in.gate.take_frame();
  const pugi::xml_parse_result parsed = out.document.load_buffer_inplace(
      out.frame.data(), out.frame.size(), kReplyParsing, pugi::encoding_utf8);
  if (!parsed) in.refuse(std::string("it is malformed: ") + parsed.description());
  const pugi::xml_node body = child_named(out.document.document_element(), "Body");
  for (const pugi::xml_node child : Children(body)) {
    if (child.type() == pugi::node_element) out.result = child;
  }
  if (!out.result) in.refuse("its Body is empty");
  if (in.is_fault) throw fault_error(in.operation, read_soap_fault(out.result));
  return reply;
}

}  // namespace vsphere
