// A secret inside its element never survives scrubbing, whatever stands before and behind it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "vsphere-client/scrub.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view kSecret = "s3cr3t-hunter2";
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.find(kSecret) != std::string_view::npos) return 0;
  const std::size_t half = size / 2;
  std::string body(text.substr(0, half));
  body.append("<password>").append(kSecret).append("</password>").append(text.substr(half));
  const std::string clean = vsphere::Scrubber().body(body);
  if (clean.find(kSecret) != std::string::npos) std::abort();
  return 0;
}
