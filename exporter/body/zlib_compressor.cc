#include <zlib.h>

#include <limits>
#include <new>

#include "exporter/body/compressor.h"

namespace plimsoll::body {
namespace {

constexpr int kGzip = 15 + 16;  // the largest window, and a gzip head

class ZlibCompressor final : public Compressor {
 public:
  ZlibCompressor() {
    if (deflateInit2(&stream_, Z_BEST_SPEED, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
  }
  ~ZlibCompressor() override { deflateEnd(&stream_); }

  void Feed(std::string_view text, bool last, PageBuffer& out) override {
    if (text.size() > std::numeric_limits<uInt>::max()) throw std::bad_alloc();
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream_.avail_in = static_cast<uInt>(text.size());
    int result = Z_OK;
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(out.Room(kPiece));
      stream_.avail_out = kPiece;
      result = deflate(&stream_, last ? Z_FINISH : Z_NO_FLUSH);
      out.Written(reinterpret_cast<char*>(stream_.next_out));
    } while (last ? result == Z_OK : stream_.avail_out == 0);
  }

 private:
  z_stream stream_{};
};

}  // namespace

std::unique_ptr<Compressor> MakeZlibCompressor() { return std::make_unique<ZlibCompressor>(); }

}  // namespace plimsoll::body
