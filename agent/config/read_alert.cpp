// [[alert]]: where findings are delivered.
#include <stdexcept>

#include "agent/config/sections.h"
#include "agent/config/url.h"

namespace agent {
namespace {

void read_other(Fields& fields, const char* key, bool required, AlertConfig& out) {
  std::string text;
  fields.text(key, text);
  if (required && !fields.has(key)) {
    fields.problem(key, fields.where() + " of type \"" + out.type + "\" needs " + key);
  }
  if (text.find_first_of("\r\n") != std::string::npos) {
    fields.problem(key, fields.name(key) + " has a line break");
  }
  if (!text.empty()) out.other.emplace(key, text);
}

void read_webhook(Fields& fields, AlertConfig& out) {
  fields.text("url", out.url);
  fields.text("secret_file", out.secret_file);
  if (!fields.has("url")) fields.problem("url", "[[alert]] of type \"webhook\" needs a url");
  if (fields.has("secret")) {
    fields.problem("secret",
                   "[[alert]] holds a secret; put it into a file of mode 0600 and name "
                   "that in secret_file");
  }
  if (out.url.empty()) return;
  try {
    check_web_url(out.url);
  } catch (const std::invalid_argument& problem) {
    fields.problem("url", fields.name("url") + ": " + problem.what());
  }
}

void read_mail(Fields& fields, AlertConfig& out) {
  const std::vector<PlacedText> to = fields.placed_texts("to");
  if (!fields.has("to")) fields.problem("to", "[[alert]] of type \"mail\" needs to");
  std::string joined;
  for (const PlacedText& address : to) {
    const bool fits = address.value.find_first_of("\r\n,") == std::string::npos &&
                      address.value.find('@') != std::string::npos;
    if (!fits) fields.problem(address.place, fields.name("to") + " is no mail address");
    joined += (joined.empty() ? "" : ",") + address.value;
  }
  if (!joined.empty()) out.other.emplace("to", joined);
  read_other(fields, "from", true, out);
  read_other(fields, "server", true, out);
  read_other(fields, "username", false, out);
  read_other(fields, "password_file", false, out);
  if (fields.has("password")) {
    fields.problem("password",
                   "[[alert]] holds a password; put it into a file of mode 0600 and "
                   "name that in password_file");
  }
}

void refer(Fields& fields, const char* key, Reference::To to, const std::string& name,
           Reading& reading) {
  if (!name.empty()) reading.references.push_back({to, name, fields.place(key), "[[alert]]"});
}

}  // namespace

void read_alert(const Node& table, Reading& reading) {
  AlertConfig out;
  Fields fields(table, "[[alert]]", reading.problems);
  fields.choice("type", out.type, {"webhook", "mail", "syslog"});
  if (!fields.has("type")) {
    fields.problem("type", "[[alert]] needs a type: \"webhook\", \"mail\" or \"syslog\"");
  }
  fields.choice("min_severity", out.min_severity, {"info", "warning", "critical"});
  fields.text("policy", out.policy);
  fields.text("vcenter", out.vcenter);
  refer(fields, "policy", Reference::To::Policy, out.policy, reading);
  refer(fields, "vcenter", Reference::To::Vcenter, out.vcenter, reading);
  if (out.type == "webhook") read_webhook(fields, out);
  if (out.type == "mail") read_mail(fields, out);
  if (out.type == "syslog") {
    read_other(fields, "facility", false, out);
    read_other(fields, "tag", false, out);
  }
  // Without a type there is no telling which keys belong here.
  if (!out.type.empty()) fields.finish();
  reading.config.alerts.push_back(std::move(out));
}

}  // namespace agent
