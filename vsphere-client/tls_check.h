// Looks at the certificate during the handshake, before a byte of the request leaves: pins its
// SHA-256, and remembers what was shown for the message.
#pragma once

#include <string>
#include <string_view>

#include "vsphere-client/curl_transport.h"

namespace vsphere {

/// One per connection handle; must outlive it.
struct TlsCheck {
  TlsTrust trust;
  std::string shown;      ///< the leaf's SHA-256 of the last handshake, normal form; "" before any
  int verify_error = 0;   ///< an X509_V_ERR_ code of the last handshake
  bool mismatch = false;  ///< thumbprint mode, and none of ours was shown

  void forget_last();
};

/// To be called from CURLOPT_SSL_CTX_FUNCTION, with the SSL_CTX it was given.
void install_tls_check(void* ssl_ctx, TlsCheck& check);

/// Compares in constant time.
bool same_thumbprint(std::string_view a, std::string_view b);

/// True when the libcurl that is loaded uses OpenSSL: another flavour would skip the check above.
bool curl_uses_openssl();

}  // namespace vsphere
