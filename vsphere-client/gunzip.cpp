#include "vsphere-client/gunzip.h"

#include <cstddef>
#include <new>

namespace vsphere {
namespace {

constexpr int kGzipOnly = 15 + 16;  // largest window, gzip header and checksum required
constexpr std::size_t kPiece = std::size_t{64} << 10;

}  // namespace

Gunzip::Gunzip() : plain_(kPiece) {
  if (inflateInit2(&stream_, kGzipOnly) != Z_OK) throw std::bad_alloc();
}

Gunzip::~Gunzip() { inflateEnd(&stream_); }

Gunzip::Result Gunzip::feed(std::string_view packed, const Out& out) {
  // zlib never writes to its input; its type is older than const.
  stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream_.avail_in = static_cast<uInt>(packed.size());
  do {
    if (finished_) return stream_.avail_in == 0 ? Result::Ok : Result::Broken;
    stream_.next_out = reinterpret_cast<Bytef*>(plain_.data());
    stream_.avail_out = static_cast<uInt>(plain_.size());
    const int code = inflate(&stream_, Z_NO_FLUSH);
    // Z_BUF_ERROR: all input is used and nothing more comes out of it, which is no failure.
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) return Result::Broken;
    finished_ = code == Z_STREAM_END;
    const std::size_t length = plain_.size() - stream_.avail_out;
    if (length > 0 && !out({plain_.data(), length})) return Result::Stopped;
  } while (stream_.avail_out == 0 || stream_.avail_in > 0);
  return Result::Ok;
}

}  // namespace vsphere
