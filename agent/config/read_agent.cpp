// [agent] and [limits].
#include <charconv>

#include "agent/cli/safe_text.h"
#include "agent/cli/utf8.h"
#include "agent/config/quantity.h"
#include "agent/config/schedule_text.h"
#include "agent/config/sections.h"
#include "agent/config/url.h"

namespace agent {
namespace {

constexpr std::chrono::hours kLeastKept{7 * 24};

struct Listen {
  std::string host;
  int port = 0;
};

std::optional<Listen> parse_listen(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  Listen listen{.host = text.substr(0, colon)};
  const bool v6 = listen.host.starts_with("[") && listen.host.ends_with("]");
  if (!v6 && listen.host.find(':') != std::string::npos) return std::nullopt;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data() + colon + 1, end, listen.port);
  if (problem != std::errc{} || stop != end || listen.port < 0 || listen.port > 65535) {
    return std::nullopt;
  }
  return listen;
}

void check_listen(Fields& fields, const Config& config) {
  if (config.listen.empty()) return;
  const std::optional<Listen> listen = parse_listen(config.listen);
  if (!listen) {
    return fields.problem("listen", fields.name("listen") + " is \"" + safe_text(config.listen) +
                                        "\"; expected ADDRESS:PORT such as \"127.0.0.1:9872\"");
  }
  if (is_loopback(listen->host)) return;
  if (config.token_file.empty() || config.tls_cert.empty()) {
    fields.problem("listen", fields.name("listen") +
                                 " is open to other machines; that needs token_file and tls_cert");
  }
}

}  // namespace

void read_name(Fields& fields, const char* kind, std::string& out) {
  fields.text("name", out);
  if (!fields.has("name")) fields.problem("name", fields.where() + " needs a name");
  if (out.empty()) return;
  const bool trimmed = out.front() != ' ' && out.back() != ' ';
  if (safe_text(out) != out || count_code_points(out) > 64 || !trimmed) {
    fields.problem("name", fields.name("name") +
                               " must be one line of at most 64 visible characters, without "
                               "blanks at its ends");
  }
  fields.rename(std::string(kind) + " \"" + safe_text(out, Charset::Utf8, 64) + "\"");
}

void read_agent(const Node& table, Reading& reading) {
  Fields fields(table, "[agent]", reading.problems);
  Config& config = reading.config;
  fields.text("state", config.state);
  fields.text("timezone", config.timezone);
  if (const auto problem = zone_problem(config.timezone)) {
    fields.problem("timezone", fields.name("timezone") + ": " + *problem);
  }
  fields.parsed("keep_journal", config.keep_journal, parse_duration,
                "a duration such as \"400d\" or \"52w\"");
  if (config.keep_journal < kLeastKept) {
    fields.problem("keep_journal", fields.name("keep_journal") +
                                       " is less than \"7d\": what was done last week is what "
                                       "people ask about");
  }
  fields.text("listen", config.listen);
  fields.text("token_file", config.token_file);
  fields.text("tls_cert", config.tls_cert);
  fields.text("tls_key", config.tls_key);
  if (config.tls_cert.empty() != config.tls_key.empty()) {
    const char* given = config.tls_cert.empty() ? "tls_key" : "tls_cert";
    fields.problem(given, "tls_cert and tls_key of [agent] go together");
  }
  check_listen(fields, config);
  fields.finish();
}

void read_limits(const Node& table, Reading& reading) {
  Fields fields(table, "[limits]", reading.problems);
  LimitsConfig& limits = reading.config.limits;
  fields.integer("per_vcenter", limits.per_vcenter, 1, 256);
  fields.integer("per_host", limits.per_host, 1, 256);
  fields.integer("per_datastore", limits.per_datastore, 1, 256);
  fields.finish();
}

}  // namespace agent
