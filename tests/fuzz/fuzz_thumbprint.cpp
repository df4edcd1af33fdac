// Thumbprints and known-hosts files: what is accepted is a whole SHA-256 in one form, whatever the
// text around it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>

#include "vsphere-client/curl_transport.h"
#include "vsphere-client/known_hosts.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_normal(const std::string& normal) {
  require(normal.size() == 64);
  require(normal.find_first_not_of("0123456789ABCDEF") == std::string::npos);
  require(vsphere::normal_thumbprint(normal) == normal);
  require(vsphere::normal_thumbprint(vsphere::pretty_thumbprint(normal)) == normal);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto normal = vsphere::normal_thumbprint(text)) check_normal(*normal);

  // First line: the host that is looked for. The rest: the file.
  const auto end = text.find('\n');
  const std::string_view host = text.substr(0, end);
  std::istringstream file{std::string(end == std::string_view::npos ? "" : text.substr(end + 1))};
  if (const auto found = vsphere::find_known_host(file, host)) check_normal(*found);
  return 0;
}
