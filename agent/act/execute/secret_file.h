// A small file whose content is wiped from memory when it is no longer needed.
#pragma once

#include <openssl/crypto.h>

#include <utility>

#include "agent/config/small_file.h"

namespace agent {

class SecretFile {
 public:
  explicit SecretFile(SmallFile file) : file_(std::move(file)) {}
  ~SecretFile() { OPENSSL_cleanse(file_.content.data(), file_.content.size()); }
  SecretFile(const SecretFile&) = delete;
  SecretFile& operator=(const SecretFile&) = delete;
  const SmallFile& get() const { return file_; }

 private:
  SmallFile file_;
};

}  // namespace agent
