// Tells whether bytes are the ones seen before without keeping them: a reply that did not change
// needs no reading.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct evp_cipher_ctx_st;

namespace vsphere {

/// The authentication part of AES-128-GCM (NIST SP 800-38D: GHASH) over a list of byte strings.
/// Under a random key that nobody who chooses the bytes knows, two different lists of up to n
/// blocks of 16 bytes, lengths included, get the same digest with a probability of at most (n + 1)
/// / 2^128: for an object of 4 MiB, the most that is read, less than 2^-109. The nonce is fixed,
/// which makes it no signature: it must never be shown to whom it should convince.
class KeyedDigest {
 public:
  static constexpr std::size_t kKeyBytes = 16;
  static constexpr std::size_t kBytes = 16;
  using Value = std::array<char, kBytes>;

  /// std::logic_error unless the key has kKeyBytes.
  explicit KeyedDigest(std::string_view key);

  /// ("ab", "c") and ("a", "bc") differ.
  KeyedDigest& add(std::string_view bytes);
  /// Of what was added since the last one.
  Value finish();

 private:
  struct Free {
    void operator()(evp_cipher_ctx_st* context) const;
  };
  void restart();
  void take(const void* bytes, std::size_t size);

  std::unique_ptr<evp_cipher_ctx_st, Free> context_;
};

}  // namespace vsphere
