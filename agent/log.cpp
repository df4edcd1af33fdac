#include "agent/log.h"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "agent/cli/safe_text.h"

namespace agent {
namespace {

constexpr std::size_t kValueLimit = 1000;

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::Debug:
      return spdlog::level::debug;
    case LogLevel::Info:
      return spdlog::level::info;
    case LogLevel::Warning:
      return spdlog::level::warn;
    case LogLevel::Error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string quoted(std::string_view raw) {
  const std::string text = safe_text(raw, Charset::Utf8, kValueLimit);
  if (!text.empty() && text.find_first_of(" \"=") == std::string::npos) return text;
  std::string result = "\"";
  for (const char letter : text) {
    if (letter == '"') result += '\\';
    result += letter;
  }
  return result + '"';
}

}  // namespace

struct Log::Impl {
  Impl(std::ostream& out, LogLevel least)
      : logger("deltakeep", std::make_shared<spdlog::sinks::ostream_sink_mt>(out, true)) {
    logger.set_level(level_of(least));
    logger.set_pattern("time=%Y-%m-%dT%H:%M:%S.%eZ level=%l %v", spdlog::pattern_time_type::utc);
  }
  spdlog::logger logger;
};

Log::Log(std::ostream& out, LogLevel least) : impl_(std::make_unique<Impl>(out, least)) {}
Log::~Log() = default;

void Log::write(LogLevel level, std::string_view message,
                std::initializer_list<Field> fields) const {
  if (!impl_->logger.should_log(level_of(level))) return;
  std::string line = "msg=" + quoted(message);
  for (const auto& [key, value] : fields) {
    line += ' ';
    line += key;
    line += '=';
    line += quoted(value);
  }
  // Through "{}": the line holds text of others and must not be taken for a format.
  impl_->logger.log(level_of(level), "{}", line);
}

}  // namespace agent
