#include "tests/support/certificates.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>

namespace testing_support {
namespace {

struct Freer {
  void operator()(X509* value) const { X509_free(value); }
  void operator()(EVP_PKEY* value) const { EVP_PKEY_free(value); }
  void operator()(BIO* value) const { BIO_free(value); }
  void operator()(X509_EXTENSION* value) const { X509_EXTENSION_free(value); }
};
template <typename T>
using Owned = std::unique_ptr<T, Freer>;

void require(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(std::string("making a test certificate: ") + what);
}

std::string text_of(BIO* bio) {
  char* start = nullptr;
  const long length = BIO_get_mem_data(bio, &start);
  return {start, static_cast<std::size_t>(length)};
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ",") + name;
  return all;
}

std::string thumbprint_of(const X509* certificate) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  require(X509_digest(certificate, EVP_sha256(), digest, &length) == 1, "digest");
  std::string hex;
  for (unsigned i = 0; i < length; ++i) {
    char pair[3];
    std::snprintf(pair, sizeof pair, "%02X", digest[i]);
    hex += pair;
  }
  return hex;
}

void fill(X509* certificate, EVP_PKEY* key, const CertificateSpec& spec) {
  static std::atomic<long> serial{1};
  constexpr long kDay = 24 * 60 * 60;
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), spec.valid_from_days * kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate), spec.valid_to_days * kDay);
  X509_set_pubkey(certificate, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(spec.common_name.c_str()), -1,
                             -1, 0);
}

}  // namespace

Certificate make_certificate(const CertificateSpec& spec, const Certificate* issuer) {
  const Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
  const Owned<X509> certificate(X509_new());
  require(key != nullptr && certificate != nullptr, "key");
  fill(certificate.get(), key.get(), spec);

  Owned<X509> signer;
  Owned<EVP_PKEY> signer_key;
  if (issuer != nullptr) {
    const Owned<BIO> pem(BIO_new_mem_buf(issuer->pem.data(), static_cast<int>(issuer->pem.size())));
    signer.reset(PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr));
    const Owned<BIO> key_pem(
        BIO_new_mem_buf(issuer->key_pem.data(), static_cast<int>(issuer->key_pem.size())));
    signer_key.reset(PEM_read_bio_PrivateKey(key_pem.get(), nullptr, nullptr, nullptr));
    require(signer != nullptr && signer_key != nullptr, "issuer");
  }
  X509* parent = signer ? signer.get() : certificate.get();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(parent));
  add_extension(certificate.get(), parent, NID_basic_constraints,
                spec.authority ? "critical,CA:TRUE" : "CA:FALSE");
  if (!spec.names.empty()) {
    add_extension(certificate.get(), parent, NID_subject_alt_name, joined(spec.names));
  }
  EVP_PKEY* signing = signer_key ? signer_key.get() : key.get();
  require(X509_sign(certificate.get(), signing, EVP_sha256()) > 0, "signature");

  const Owned<BIO> pem(BIO_new(BIO_s_mem()));
  const Owned<BIO> key_pem(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_X509(pem.get(), certificate.get()) == 1 &&
              PEM_write_bio_PrivateKey(key_pem.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                       nullptr) == 1,
          "PEM");
  return {text_of(pem.get()), text_of(key_pem.get()), thumbprint_of(certificate.get())};
}

TemporaryFile::TemporaryFile(const std::string& text)
    : path_((std::filesystem::temp_directory_path() / "deltakeep-test-XXXXXX").string()) {
  const int fd = mkstemp(path_.data());
  require(fd >= 0, "temporary file");
  const bool written = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(fd);
  require(written, "temporary file");
}

TemporaryFile::~TemporaryFile() { unlink(path_.c_str()); }

}  // namespace testing_support
