#include "vsphere-client/version.h"

#include <curl/curl.h>

namespace vsphere {

std::string libcurl_version() { return curl_version_info(CURLVERSION_NOW)->version; }

std::string tls_version() {
  const char* version = curl_version_info(CURLVERSION_NOW)->ssl_version;
  return version == nullptr ? "no TLS" : version;
}

}  // namespace vsphere
