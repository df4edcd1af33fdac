#include "vsphere-client/fault.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "vsphere-client/printable.h"
#include "vsphere-client/xml_read.h"

namespace vsphere {
namespace {

using namespace std::string_view_literals;

constexpr std::array kNotExecuted = {
    "InvalidArgument"sv,   "InvalidLocale"sv,         "InvalidLogin"sv,      "InvalidName"sv,
    "InvalidPowerState"sv, "InvalidProperty"sv,       "InvalidRequest"sv,    "InvalidState"sv,
    "InvalidType"sv,       "ManagedObjectNotFound"sv, "MethodDisabled"sv,    "MethodNotFound"sv,
    "NoPermission"sv,      "NotAuthenticated"sv,      "NotEnoughLicenses"sv, "NotImplemented"sv,
    "NotSupported"sv,      "PasswordExpired"sv,       "RestrictedVersion"sv, "TaskInProgress"sv,
};

/// A fault's own words when the server sent no text: the one field that says what is the matter.
std::string field_text(pugi::xml_node fault) {
  for (const char* name : {"reason", "name", "invalidProperty", "method", "file", "datastore"}) {
    const pugi::xml_node field = child_named(fault, name);
    if (field) return std::string(name) + " " + text_of(field);
  }
  return {};
}

std::string made_message(std::string_view type, pugi::xml_node node) {
  if (type == "NotAuthenticated") return "the session is not authenticated";
  if (type == "NoPermission") return "permission is missing";
  if (type == "ManagedObjectNotFound") return "the object does not exist or no longer does";
  std::string message = "the server gave no text";
  const std::string field = field_text(node);
  if (!field.empty()) message += ", only " + field;
  return message;
}

void read_notes(pugi::xml_node message, Fault& out) {
  const std::string key = text_of(child_named(message, "key"));
  const std::string text = text_of(child_named(message, "message"));
  if (key.empty() && text.empty()) return;
  out.notes.push_back(text.empty() ? key : key.empty() ? text : key + ": " + text);
}

void read_causes(pugi::xml_node cause, Fault& out) {
  for (; cause; cause = child_named(child_named(cause, "fault"), "faultCause")) {
    const pugi::xml_node fault = child_named(cause, "fault");
    std::string type(xsi_type(fault));
    std::string message = text_of(child_named(cause, "localizedMessage"));
    for (const pugi::xml_node child : Children(fault)) {
      if (local_name(child) == "faultMessage") read_notes(child, out);
    }
    if (message.empty()) message = made_message(type, fault);
    out.causes.push_back({std::move(type), std::move(message)});
  }
}

/// Fields of the fault itself; `text` is what the server said beside them.
Fault read_fields(std::string_view type, pugi::xml_node node, std::string text) {
  Fault fault;
  fault.type = type;
  for (const pugi::xml_node child : Children(node)) {
    const std::string_view name = local_name(child);
    if (name == "privilegeId") {
      fault.privilege = text_of(child);
    } else if (name == "obj" || name == "object" || name == "task") {
      fault.object = ref_of(child);
    } else if (name == "faultMessage") {
      read_notes(child, fault);
    } else if (name == "faultCause") {
      read_causes(child, fault);
    }
  }
  fault.message = text.empty() ? made_message(fault.type, node) : std::move(text);
  return fault;
}

std::string advice(const Fault& fault) {
  switch (kind_of(fault)) {
    case ErrorKind::Login:
      return "check user name and password; nothing is tried again, so that the account is not "
             "locked";
    case ErrorKind::NotAuthenticated:
      return "log in again";
    case ErrorKind::NoPermission:
      return fault.privilege.empty() ? "grant the account the missing privilege"
                                     : "grant the account " + printable(fault.privilege);
    case ErrorKind::NotFound:
      return "scan again";
    case ErrorKind::Unreachable:
    case ErrorKind::Tls:
    case ErrorKind::Transport:
    case ErrorKind::Protocol:
    case ErrorKind::Fault:
    case ErrorKind::Interrupted:
      break;
  }
  return "see the server's log (vpxd.log) for the cause";
}

}  // namespace

Fault read_localized_fault(pugi::xml_node localized) {
  const pugi::xml_node node = child_named(localized, "fault");
  return read_fields(xsi_type(node), node, text_of(child_named(localized, "localizedMessage")));
}

Fault read_soap_fault(pugi::xml_node soap_fault) {
  pugi::xml_node node;
  bool ambiguous = false;
  for (const pugi::xml_node child : Children(child_named(soap_fault, "detail"))) {
    if (child.type() != pugi::node_element) continue;
    ambiguous = static_cast<bool>(node);
    if (!node) node = child;
  }
  // Which of two the server means is not ours to guess: what is known of the effect hangs on it.
  if (ambiguous) return read_fields({}, node, text_of(child_named(soap_fault, "faultstring")));
  std::string_view type = xsi_type(node);
  if (type.empty()) {
    type = local_name(node);
    constexpr std::string_view kTail = "Fault";
    if (type.size() > kTail.size() && type.substr(type.size() - kTail.size()) == kTail) {
      type.remove_suffix(kTail.size());
    }
  }
  return read_fields(type, node, text_of(child_named(soap_fault, "faultstring")));
}

ErrorKind kind_of(const Fault& fault) {
  if (fault.type == "InvalidLogin" || fault.type == "PasswordExpired") return ErrorKind::Login;
  if (fault.type == "NotAuthenticated") return ErrorKind::NotAuthenticated;
  if (fault.type == "NoPermission") return ErrorKind::NoPermission;
  if (fault.type == "ManagedObjectNotFound") return ErrorKind::NotFound;
  return ErrorKind::Fault;
}

Outcome outcome_of(const Fault& fault) {
  const bool early =
      std::find(kNotExecuted.begin(), kNotExecuted.end(), fault.type) != kNotExecuted.end();
  return early ? Outcome::NotExecuted : Outcome::Unknown;
}

Error fault_error(std::string_view operation, Fault fault) {
  std::string what = std::string(operation) + ": " + printable(fault.message);
  if (!fault.type.empty()) what += " [" + printable(fault.type, 80) + "]";
  if (!fault.object.empty()) {
    what += " on " + printable(fault.object.type, 80) + " " + printable(fault.object.value, 80);
  }
  constexpr std::size_t kCausesTold = 3;  // the rest is in fault().causes
  for (std::size_t i = 0; i < std::min(kCausesTold, fault.causes.size()); ++i) {
    what += "; because " + printable(fault.causes[i].message);
  }
  what += "; " + advice(fault);
  const ErrorKind kind = kind_of(fault);
  const Outcome outcome = outcome_of(fault);
  return Error(kind, outcome, what, std::move(fault));
}

}  // namespace vsphere
