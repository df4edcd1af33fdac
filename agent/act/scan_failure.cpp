#include "agent/act/scan_failure.h"

#include "vsphere-client/scrub.h"

namespace agent {
namespace {

constexpr std::size_t kShortestSecret = 4;
constexpr std::string_view kCut = "...";

std::string password_of(const VcenterConfig& endpoint, const Environment& environment) {
  try {
    return read_password(endpoint, environment);
  } catch (const std::exception&) {
    return {};  // what we cannot read we have not sent, and nobody can send it back
  }
}

// Whole characters only: the rest of one would be shown as an escape.
std::string shortened(const std::string& text) {
  if (text.size() <= kKeptMessage) return text;
  const std::size_t most = kKeptMessage - kCut.size();
  std::size_t end = most;
  while (end + 3 > most && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + std::string(kCut);
}

}  // namespace

std::string without_secrets(std::string_view message, const VcenterConfig& endpoint,
                            const Environment& environment) {
  std::string text = vsphere::Scrubber().body(message);
  const std::string password = password_of(endpoint, environment);
  if (password.size() < kShortestSecret) return text;
  for (std::size_t at = text.find(password); at != std::string::npos;
       at = text.find(password, at + vsphere::kScrubbed.size())) {
    text.replace(at, password.size(), vsphere::kScrubbed);
  }
  return text;
}

void keep_failure(const Failure& failure, const std::string& endpoint, storage::Store& store,
                  const Context& context) {
  if (failure.code == ExitCode::Interrupted) return;  // of our own accord
  try {
    store.note_scan_failure(endpoint, context.clock.now(), failure.kind,
                            shortened(failure.message));
  } catch (const storage::Error& error) {
    if (context.log == nullptr) return;
    context.log->write(LogLevel::Warning, "the failure of the scan was not stored",
                       {{"endpoint", endpoint}, {"why", error.what()}});
  }
}

}  // namespace agent
