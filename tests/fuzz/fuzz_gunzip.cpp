// Unpacking gives the same verdict and bytes however the input is cut, and stops when told to.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "vsphere-client/gunzip.h"

namespace {

using vsphere::Gunzip;

struct Unpacked {
  Gunzip::Result result = Gunzip::Result::Ok;
  bool finished = false;
  std::string plain;
};

constexpr std::size_t kLimit = std::size_t{1} << 20;

Unpacked unpack(std::string_view packed, std::size_t piece) {
  Unpacked got;
  Gunzip gunzip;
  while (!packed.empty() && got.result == Gunzip::Result::Ok) {
    const std::string_view part = packed.substr(0, piece);
    got.result = gunzip.feed(part, [&got](std::string_view plain) {
      got.plain += plain;
      return got.plain.size() <= kLimit;
    });
    packed.remove_prefix(part.size());
  }
  got.finished = gunzip.finished();
  return got;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view packed(reinterpret_cast<const char*>(data), size);
  const Unpacked whole = unpack(packed, size + 1);
  if (whole.result == Gunzip::Result::Stopped) return 0;  // over the limit, at another byte
  const Unpacked pieces = unpack(packed, 1 + size % 7);
  const bool same = whole.result == pieces.result && whole.finished == pieces.finished;
  if (!same || (whole.result == Gunzip::Result::Ok && whole.plain != pieces.plain)) std::abort();
  return 0;
}
