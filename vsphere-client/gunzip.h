// Unpacks a gzip body while it arrives, and knows whether it was whole: libcurl's own unpacking
// takes a body that was cut short for a good one.
#pragma once

#include <zlib.h>

#include <functional>
#include <string_view>
#include <vector>

namespace vsphere {

class Gunzip {
 public:
  Gunzip();
  ~Gunzip();
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  /// Gets at most 64 KiB at a time; false stops the unpacking at once.
  using Out = std::function<bool(std::string_view plain)>;
  enum class Result { Ok, Broken, Stopped };
  /// Broken: not gzip, wrong checksum, or bytes behind its end.
  Result feed(std::string_view packed, const Out& out);
  /// True once the end and its checksum were read.
  bool finished() const { return finished_; }

 private:
  z_stream stream_{};
  std::vector<char> plain_;
  bool finished_ = false;
};

}  // namespace vsphere
