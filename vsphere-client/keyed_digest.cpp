#include "vsphere-client/keyed_digest.h"

#include <openssl/evp.h>

#include <cstdint>
#include <limits>
#include <new>
#include <stdexcept>

namespace vsphere {
namespace {

constexpr std::array<unsigned char, 12> kNonce{};

void check(int code) {
  if (code != 1) throw std::logic_error("AES-128-GCM of OpenSSL does not work");
}

}  // namespace

void KeyedDigest::Free::operator()(evp_cipher_ctx_st* context) const {
  EVP_CIPHER_CTX_free(context);
}

KeyedDigest::KeyedDigest(std::string_view key) : context_(EVP_CIPHER_CTX_new()) {
  if (!context_) throw std::bad_alloc();
  if (key.size() != kKeyBytes) throw std::logic_error("the key of a digest has a wrong length");
  check(EVP_EncryptInit_ex(context_.get(), EVP_aes_128_gcm(), nullptr,
                           reinterpret_cast<const unsigned char*>(key.data()), kNonce.data()));
}

void KeyedDigest::restart() {
  check(EVP_EncryptInit_ex(context_.get(), nullptr, nullptr, nullptr, kNonce.data()));
}

void KeyedDigest::take(const void* bytes, std::size_t size) {
  if (size > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw std::logic_error("too many bytes for one digest");
  }
  int written = 0;
  check(EVP_EncryptUpdate(context_.get(), nullptr, &written,
                          static_cast<const unsigned char*>(bytes), static_cast<int>(size)));
}

KeyedDigest& KeyedDigest::add(std::string_view bytes) {
  const std::uint64_t size = bytes.size();
  take(&size, sizeof size);
  if (size > 0) take(bytes.data(), bytes.size());
  return *this;
}

KeyedDigest::Value KeyedDigest::finish() {
  Value value{};
  int written = 0;
  check(EVP_EncryptFinal_ex(context_.get(), nullptr, &written));
  check(EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(value.size()),
                            value.data()));
  restart();
  return value;
}

}  // namespace vsphere
