// Makes the certificates that TLS tests need, at test start: none is committed, none expires in the
// tree.
#pragma once

#include <string>
#include <vector>

namespace testing_support {

struct CertificateSpec {
  std::string common_name = "localhost";
  std::vector<std::string> names = {"IP:127.0.0.1", "DNS:localhost"};  ///< subjectAltName
  int valid_from_days = -1;                                            ///< relative to now
  int valid_to_days = 30;
  bool authority = false;  ///< may sign others
};

struct Certificate {
  std::string pem;
  std::string key_pem;
  std::string thumbprint;  ///< SHA-256, 64 upper-case hex digits
};

/// Signed by `issuer`, or by itself when there is none.
Certificate make_certificate(const CertificateSpec& spec, const Certificate* issuer = nullptr);

/// A file with this text, gone at the end of the scope.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace testing_support
