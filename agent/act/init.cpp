#include "agent/act/init.h"

#include <unistd.h>

#include <filesystem>
#include <utility>

#include "agent/act/connection.h"
#include "agent/act/private_file.h"
#include "vsphere-client/curl_transport.h"

namespace agent {
namespace {

namespace fs = std::filesystem;

std::string variable(const Environment& environment, const std::string& name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string{} : found->second;
}

std::string needed(const std::string& given, const char* flag, const std::string& question,
                   const Dialogue& dialogue) {
  if (!given.empty()) return given;
  const std::string answer = dialogue.interactive ? dialogue.ask(question) : std::string{};
  if (!answer.empty()) return answer;
  throw Error("usage", ExitCode::Usage,
              std::string("init needs ") + flag + "; it can only ask on a terminal");
}

std::string default_config_file(const Environment& environment) {
  if (::geteuid() == 0) return "/etc/deltakeep/deltakeep.toml";
  std::string base = variable(environment, "XDG_CONFIG_HOME");
  if (base.empty()) base = variable(environment, "HOME") + "/.config";
  return base + "/deltakeep/deltakeep.toml";
}

std::string default_state_file(const Environment& environment) {
  if (::geteuid() == 0) return "/var/lib/deltakeep/state.db";
  std::string base = variable(environment, "XDG_STATE_HOME");
  if (base.empty()) base = variable(environment, "HOME") + "/.local/state";
  return base + "/deltakeep/state.db";
}

// "https://vc.example.com:8443/sdk" -> "vc"; an address keeps its dots as dashes.
std::string endpoint_name(const std::string& url) {
  std::string host = base_url(url);
  host = host.substr(host.find("://") + 3);
  host = host.substr(0, host.find(':'));
  const bool address = host.find_first_not_of("0123456789.") == std::string::npos;
  if (!address) host = host.substr(0, host.find('.'));
  for (char& letter : host) {
    if (letter == '.' || letter == '[' || letter == ']') letter = '-';
  }
  return host.empty() ? "vcenter" : host;
}

std::string normal_url(std::string url) {
  if (url.find("://") == std::string::npos) url = "https://" + url;
  if (!url.starts_with("https://")) {
    throw Error("usage", ExitCode::Usage, "init needs an https:// URL, not \"" + url + "\"");
  }
  if (url.find('@') != std::string::npos) {
    throw Error(
        "usage", ExitCode::Usage,
        "leave user and password out of the URL: it would end up in shell history and logs");
  }
  return base_url(url) + "/sdk";
}

bool system_store_verifies(const std::string& url, const std::stop_token& stop) {
  vsphere::CurlOptions options;
  options.base_url = base_url(url);
  vsphere::CurlTransport transport(options, stop);
  try {
    transport.send({.channel = vsphere::Channel::Calls,
                    .verb = vsphere::Verb::Get,
                    .path = "/sdk/vimServiceVersions.xml",
                    .headers = {},
                    .body = {},
                    .operation = "vimServiceVersions",
                    .first_byte_timeout = std::chrono::milliseconds(0)},
                   [](int, std::string_view) {});
    return true;
  } catch (const vsphere::Error& error) {
    if (error.kind() != vsphere::ErrorKind::Tls) throw;
    return false;
  }
}

// The system store needs no pin; anything else is pinned only after a person compared it.
std::string settle_trust(const InitRequest& request, const std::string& url,
                         const std::stop_token& stop, const Dialogue& dialogue) {
  if (request.accept_thumbprint.empty() && system_store_verifies(url, stop)) return {};
  const std::string shown = vsphere::fetch_thumbprint(base_url(url), stop);
  const std::string pretty = vsphere::pretty_thumbprint(shown);
  if (!request.accept_thumbprint.empty()) {
    const auto accepted = vsphere::normal_thumbprint(request.accept_thumbprint);
    if (accepted && *accepted == shown) return shown;
    throw Error("refused", ExitCode::Refused,
                "the server at " + url + " shows the certificate\n  SHA256 " + pretty +
                    "\nwhich is not the one in --accept-thumbprint:\n  " +
                    request.accept_thumbprint + "\nNothing was written.");
  }
  dialogue.say("No CA of this system vouches for " + url + ". It shows the certificate");
  dialogue.say("  SHA256 " + pretty);
  dialogue.say("Compare it on the server's console, or there with");
  dialogue.say("  openssl x509 -noout -fingerprint -sha256 -in /etc/vmware-vpx/ssl/rui.crt");
  if (dialogue.interactive && dialogue.confirm("Is that the server's certificate?")) return shown;
  throw Error("refused", ExitCode::Refused,
              "the certificate was not confirmed, nothing was written; run again with "
              "--accept-thumbprint " +
                  shown + " once you have compared it");
}

// Named after its configuration: two servers may share the first label of their names, and the
// second must not take the place of the first one's password.
std::string new_password_file(const std::string& config_file, bool force) {
  const std::string file = fs::absolute(config_file).replace_extension(".pass").string();
  if (!fs::exists(file) || force) return file;
  throw Error("exists", ExitCode::Failed,
              file +
                  " exists and may hold another server's password; name another configuration "
                  "with --output, give --password-file, or replace both with --force");
}

std::string toml_string(const std::string& text) {
  std::string quoted = "\"";
  for (const char letter : text) {
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) {
      throw Error("usage", ExitCode::Usage, "an answer has a control character in it");
    }
    if (letter == '"' || letter == '\\') quoted += '\\';
    quoted += letter;
  }
  return quoted + "\"";
}

}  // namespace

std::string config_text(const InitAnswers& answers) {
  std::string text =
      "# deltakeep configuration; `deltakeep config check` reads it and says what is wrong.\n"
      "# Every key and its default: deltakeep.toml.example, installed beside the manual.\n\n"
      "[agent]\nstate = " +
      toml_string(answers.state) +
      "\n# timezone = \"Europe/Berlin\"   # IANA name, default UTC; schedules and keep rules count "
      "in it\n\n"
      "[[vcenter]]\nname = " +
      toml_string(answers.name) + "\nurl = " + toml_string(answers.url) +
      "\nusername = " + toml_string(answers.username) +
      "\npassword_file = " + toml_string(answers.password_file) +
      "\nmode = \"observe\"             # nothing on this server is ever changed; \"act\" arms "
      "it\n";
  if (answers.thumbprint.empty()) {
    text +=
        "# verified by the system's CA store; ca_file = \"...\" or thumbprint = \"...\" narrow "
        "that\n";
  } else {
    text += "thumbprint = " + toml_string(vsphere::pretty_thumbprint(answers.thumbprint)) + "\n";
  }
  return text;
}

InitResponse handle(const InitRequest& request, const Environment& environment,
                    const std::stop_token& stop, const Dialogue& dialogue) {
  InitResponse response;
  response.config_file = request.output.empty() ? default_config_file(environment) : request.output;
  if (fs::exists(response.config_file) && !request.force) {
    throw Error("exists", ExitCode::Failed,
                response.config_file +
                    " exists; name another file with --output, or replace it "
                    "with --force");
  }
  const std::string url =
      normal_url(needed(request.url, "--url", "vCenter or ESXi host: ", dialogue));
  response.endpoint = endpoint_name(url);
  const std::string pin = settle_trust(request, url, stop, dialogue);
  if (!pin.empty()) response.thumbprint = vsphere::pretty_thumbprint(pin);
  const std::string username =
      needed(request.username, "--username", "User name (user@domain): ", dialogue);

  VcenterConfig vcenter;
  vcenter.name = response.endpoint;
  vcenter.url = url;
  vcenter.username = username;
  if (!pin.empty()) vcenter.thumbprints = {pin};
  Environment trial = environment;
  std::string password;
  if (request.password_file.empty()) {
    response.password_file = new_password_file(response.config_file, request.force);
    password = dialogue.interactive ? dialogue.ask_secret("Password: ") : std::string{};
    if (password.empty()) {
      throw Error("usage", ExitCode::Usage,
                  "init needs --password-file; it can only ask for a password on a terminal");
    }
    vcenter.password_env = "DELTAKEEP_INIT_PASSWORD";
    trial["DELTAKEEP_INIT_PASSWORD"] = password;
  } else {
    response.password_file = fs::absolute(request.password_file).string();
    vcenter.password_file = response.password_file;
  }

  const auto connection = connect(vcenter, trial, stop);
  response.product = connection->endpoint.product;
  response.api = connection->endpoint.api;
  const std::string text =
      config_text({.name = response.endpoint,
                   .url = url,
                   .username = username,
                   .password_file = response.password_file,
                   .thumbprint = pin,
                   .state = request.state.empty() ? default_state_file(environment)
                                                  : fs::absolute(request.state).string()});
  const ConfigResult parsed = parse_config(text, response.config_file, environment);
  if (!parsed.problems.empty()) {
    throw Error("config", ExitCode::Usage,
                "these answers make no valid configuration: " + parsed.problems.front().text());
  }
  if (!password.empty()) write_private_file(response.password_file, password + "\n");
  write_private_file(response.config_file, text);
  return response;
}

}  // namespace agent
