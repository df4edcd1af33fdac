#include "vsphere-client/tls_check.h"

#include <curl/curl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <array>

namespace vsphere {
namespace {

std::string leaf_thumbprint(X509_STORE_CTX* context) {
  const X509* leaf = X509_STORE_CTX_get0_cert(context);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (leaf == nullptr || X509_digest(leaf, EVP_sha256(), digest.data(), &length) != 1) return {};
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string hex;
  for (unsigned i = 0; i < length; ++i) {
    hex += kDigits[digest[i] >> 4];
    hex += kDigits[digest[i] & 15];
  }
  return hex;
}

bool pinned(const TlsCheck& check) {
  bool found = false;
  for (const std::string& ours : check.trust.thumbprints) {
    found = same_thumbprint(ours, check.shown) || found;
  }
  return found;
}

int verify(X509_STORE_CTX* context, void* argument) {
  auto& check = *static_cast<TlsCheck*>(argument);
  check.shown = leaf_thumbprint(context);
  switch (check.trust.mode) {
    case TlsTrust::Mode::System:
    case TlsTrust::Mode::CaFile: {
      const int verdict = X509_verify_cert(context);
      check.verify_error = X509_STORE_CTX_get_error(context);
      return verdict;
    }
    case TlsTrust::Mode::Thumbprint:
      if (pinned(check)) return 1;
      check.mismatch = true;
      X509_STORE_CTX_set_error(context, X509_V_ERR_APPLICATION_VERIFICATION);
      return 0;
    case TlsTrust::Mode::Insecure:
      return 1;
  }
  return 0;
}

}  // namespace

void TlsCheck::forget_last() {
  shown.clear();
  verify_error = X509_V_OK;
  mismatch = false;
}

void install_tls_check(void* ssl_ctx, TlsCheck& check) {
  auto* context = static_cast<SSL_CTX*>(ssl_ctx);
  SSL_CTX_set_cert_verify_callback(context, verify, &check);
  if (check.trust.mode == TlsTrust::Mode::Thumbprint) {
    // curl's own check is off in this mode and with it OpenSSL's: without this line the verdict of
    // the callback above would be computed and ignored.
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  }
}

bool same_thumbprint(std::string_view a, std::string_view b) {
  return a.size() == b.size() && !a.empty() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool curl_uses_openssl() {
  const curl_version_info_data* version = curl_version_info(CURLVERSION_NOW);
  const std::string_view flavour = version->ssl_version == nullptr ? "" : version->ssl_version;
  return flavour.substr(0, 7) == "OpenSSL";
}

}  // namespace vsphere
