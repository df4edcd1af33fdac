#include "vsphere-client/foreign_reply.h"

#include <algorithm>
#include <cctype>

#include "vsphere-client/printable.h"

namespace vsphere {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string html_title(std::string_view head, const std::string& lowered) {
  const std::size_t tag = lowered.find("<title");
  if (tag == std::string::npos) return {};
  const std::size_t from = lowered.find('>', tag);
  if (from == std::string::npos) return {};
  const std::size_t to = std::min(lowered.find("</title", from), head.size());
  return printable(head.substr(from + 1, to - from - 1), 120);
}

std::string quoted(const std::string& text) { return std::string("'").append(text).append("'"); }

std::string what_came(std::string_view content_type, std::string_view head) {
  if (head.find_first_not_of(" \t\r\n") == std::string_view::npos) return "an empty body";
  const std::string lowered = lower(head);
  if (lowered.find("<html") != std::string::npos ||
      lowered.find("<!doctype html") != std::string::npos) {
    const std::string title = html_title(head, lowered);
    return title.empty() ? "an HTML page without a title" : "an HTML page titled " + quoted(title);
  }
  std::string out = quoted(printable(head, 120));
  if (!content_type.empty()) out.append(" (").append(printable(content_type, 60)).append(")");
  return out;
}

bool is_redirect(int status) { return status >= 300 && status < 400; }

const char* advice(int status) {
  if (is_redirect(status))
    return "redirects are never followed: give the address they lead to as url";
  switch (status) {
    case 401:
    case 403:
    case 407:
      return "something before the vSphere API wants its own login; check the url and proxies";
    case 404:
    case 405:
      return "there is no vSphere API at this address; check the url, it ends in /sdk";
    case 429:
    case 502:
    case 503:
    case 504:
      return "the service is starting, overloaded or down; try again later";
    default:
      return "check that the url leads to a vCenter or ESXi host and not to another web server";
  }
}

}  // namespace

Error foreign_reply(std::string_view operation, int status, std::string_view content_type,
                    std::string_view head, std::string_view reason) {
  const bool refused =
      is_redirect(status) || status == 401 || status == 403 || status == 404 || status == 405;
  std::string what = std::string(operation) + ": the server answered HTTP " +
                     std::to_string(status) + " with " + what_came(content_type, head) +
                     ", not with a SOAP reply";
  if (!reason.empty()) what += " (" + std::string(reason) + ")";
  return Error(ErrorKind::Protocol, refused ? Outcome::NotExecuted : Outcome::Unknown,
               what + "; " + advice(status));
}

}  // namespace vsphere
