// [[vcenter]]: where to log in, as whom, and whom to trust.
#include <algorithm>
#include <cctype>
#include <stdexcept>

#include "agent/config/sections.h"
#include "agent/config/url.h"
#include "vsphere-client/curl_transport.h"

namespace agent {
namespace {

void read_url(Fields& fields, VcenterConfig& out, Reading& reading) {
  std::string text;
  fields.text("url", text);
  if (!fields.has("url")) {
    return fields.problem("url",
                          fields.where() + " needs a url, such as \"https://vc.example.com/sdk\"");
  }
  if (text.empty()) return;  // already reported
  try {
    const ServerUrl url = parse_server_url(text);
    if (!url.user.empty() || url.has_password) {
      fields.problem(
          "url", fields.name("url") + " holds a user or password; use username and password_file");
    }
    out.url = url.url;
  } catch (const std::invalid_argument& problem) {
    return fields.problem("url", fields.name("url") + ": " + problem.what());
  }
  const auto [twin, fresh] = reading.vcenter_urls.emplace(out.url, out.name);
  if (!fresh) {
    fields.problem("url", fields.where() + " has the url of vcenter \"" + twin->second +
                              "\"; each server may stand here once");
  }
}

bool is_variable_name(const std::string& text) {
  const bool letters = std::all_of(
      text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
  return letters && std::isdigit(static_cast<unsigned char>(text.front())) == 0;
}

bool is_credential_name(const std::string& text) {
  return text.front() != '.' && std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
         });
}

void read_login(Fields& fields, VcenterConfig& out) {
  fields.text("username", out.username);
  if (!fields.has("username")) fields.problem("username", fields.where() + " needs a username");
  fields.text("password_file", out.password_file);
  fields.text("password_env", out.password_env);
  fields.text("credential", out.credential);
  if (!out.password_env.empty() && !is_variable_name(out.password_env)) {
    fields.problem("password_env", fields.name("password_env") +
                                       " is no name of an environment variable; it names the "
                                       "variable and is not the password");
  }
  if (!out.credential.empty() && !is_credential_name(out.credential)) {
    fields.problem("credential", fields.name("credential") +
                                     " is no name of a systemd credential (LoadCredential=NAME:"
                                     "PATH in the unit)");
  }
  const char* first = nullptr;
  for (const char* key : {"password_file", "password_env", "credential"}) {
    if (!fields.has(key)) continue;
    if (first) {
      fields.problem(key,
                     fields.where() + " has both " + first + " and " + key + "; give one of them");
    } else {
      first = key;
    }
  }
  if (fields.has("password")) {
    fields.problem("password", fields.where() +
                                   " holds a password; put it into a file of mode 0600 and name "
                                   "that in password_file");
  } else if (!first) {
    fields.problem("password_file",
                   fields.where() + " needs password_file, password_env or credential");
  }
}

void read_trust(Fields& fields, VcenterConfig& out) {
  fields.text("ca_file", out.ca_file);
  for (const PlacedText& text : fields.placed_texts("thumbprint")) {
    if (const auto normal = vsphere::normal_thumbprint(text.value)) {
      out.thumbprints.push_back(*normal);
    } else {
      fields.problem(text.place, fields.name("thumbprint") +
                                     " is no SHA-256 fingerprint: 64 hex digits, with or without "
                                     "colons (SHA-1 is not accepted)");
    }
  }
  if (fields.has("ca_file") && fields.has("thumbprint")) {
    fields.problem("thumbprint", fields.where() +
                                     " has both ca_file and thumbprint; a thumbprint takes the "
                                     "place of the CA, so give one of them");
  }
  if (fields.has("insecure")) {
    fields.problem("insecure",
                   "certificates are always verified; for a self-signed one give "
                   "thumbprint (deltakeep init shows it)");
  }
}

}  // namespace

void read_vcenter(const Node& table, Reading& reading) {
  VcenterConfig out;
  Fields fields(table, "[[vcenter]]", reading.problems);
  read_name(fields, "vcenter", out.name);
  std::string mode = "observe";
  fields.choice("mode", mode, {"observe", "act"});
  out.mode = mode == "act" ? Mode::Act : Mode::Observe;
  read_url(fields, out, reading);
  read_login(fields, out);
  read_trust(fields, out);
  fields.boolean("allow_esxi_delete", out.allow_esxi_delete);
  fields.finish();
  if (!out.name.empty() && !reading.vcenter_places.emplace(out.name, fields.place("name")).second) {
    fields.problem("name", fields.where() + " stands further up already");
  }
  reading.config.vcenters.push_back(std::move(out));
}

}  // namespace agent
