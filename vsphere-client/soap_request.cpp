#include <stdexcept>

#include "vsphere-client/methods.h"
#include "vsphere-client/soap.h"
#include "vsphere-client/utf8.h"

namespace vsphere {
namespace {

void append_escaped(std::string& out, std::string_view value, std::string_view element) {
  const char* p = value.data();
  const char* const end = p + value.size();
  while (p < end) {
    const Utf8Char next = decode_utf8(p, end);
    const bool valid = next.status == Utf8Char::Status::Valid;
    if (!valid ||
        (next.code < 0x20 && next.code != '\t' && next.code != '\n' && next.code != '\r')) {
      throw Error(ErrorKind::Protocol, Outcome::NotExecuted,
                  "writing <" + std::string(element) +
                      ">: the value holds a character that XML cannot carry; nothing was sent");
    }
    switch (*p) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\r':
        out += "&#13;";
        break;
      default:
        out.append(p, next.bytes);
    }
    p += next.bytes;
  }
}

}  // namespace

SoapRequest::SoapRequest(std::string_view method, const MoRef& self) : method_(method) {
  if (!is_soap_method(method)) {
    throw std::logic_error("SOAP method " + method_ + " does not stand in the method table");
  }
  ref("_this", self);
}

SoapRequest& SoapRequest::text(std::string_view element, std::string_view value) {
  body_.append("<").append(element).append(">");
  append_escaped(body_, value, element);
  body_.append("</").append(element).append(">");
  return *this;
}

SoapRequest& SoapRequest::typed_text(std::string_view element, std::string_view type,
                                     std::string_view value) {
  open(element, type);
  append_escaped(body_, value, element);
  return close();
}

SoapRequest& SoapRequest::flag(std::string_view element, bool value) {
  return text(element, value ? "true" : "false");
}

SoapRequest& SoapRequest::number(std::string_view element, long long value) {
  return text(element, std::to_string(value));
}

SoapRequest& SoapRequest::ref(std::string_view element, const MoRef& value) {
  body_.append("<").append(element).append(" type=\"");
  append_escaped(body_, value.type, element);
  body_.append("\">");
  append_escaped(body_, value.value, element);
  body_.append("</").append(element).append(">");
  return *this;
}

SoapRequest& SoapRequest::open(std::string_view element, std::string_view type) {
  body_.append("<").append(element);
  if (!type.empty()) {
    body_.append(" xsi:type=\"");
    append_escaped(body_, type, element);
    body_.append("\"");
  }
  body_.append(">");
  open_.emplace_back(element);
  return *this;
}

SoapRequest& SoapRequest::close() {
  if (open_.empty())
    throw std::logic_error("closes an element of " + method_ + " that is not open");
  body_.append("</").append(open_.back()).append(">");
  open_.pop_back();
  return *this;
}

std::string SoapRequest::envelope(std::string_view operation_id) const {
  if (!open_.empty())
    throw std::logic_error("<" + open_.back() + "> of " + method_ + " is still open");
  std::string out =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\""
      " xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\""
      " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">";
  if (!operation_id.empty()) {
    out += "<soapenv:Header><operationID>";
    append_escaped(out, operation_id, "operationID");
    out += "</operationID></soapenv:Header>";
  }
  out.append("<soapenv:Body><").append(method_).append(" xmlns=\"urn:vim25\">").append(body_);
  out.append("</").append(method_).append("></soapenv:Body></soapenv:Envelope>");
  return out;
}

}  // namespace vsphere
