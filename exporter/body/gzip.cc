#include "exporter/body/gzip.h"

#include <utility>

namespace plimsoll::body {
namespace {

constexpr size_t kRoom = 1 << 20;  // mapped; only what is written takes memory

}  // namespace

std::unique_ptr<Compressor> GzipStream::QuickestCompressor() {
#ifdef PLIMSOLL_ISAL
  return MakeIsalCompressor();
#else
  return MakeZlibCompressor();
#endif
}

GzipStream::GzipStream(std::unique_ptr<Compressor> compressor)
    : compressor_(std::move(compressor)), made_(kRoom) {}

std::string GzipStream::Finish(std::string_view text) {
  compressor_->Feed(text, true, made_);
  return std::string(made_.text());
}

std::string Gzip(std::string_view text) { return GzipStream().Finish(text); }

}  // namespace plimsoll::body
