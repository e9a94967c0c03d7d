#pragma once

#include <memory>
#include <string_view>

#include "exporter/body/page_buffer.h"

namespace plimsoll::body {

// Makes one gzip member of the texts it is fed, at a library's quickest level.
class Compressor {
 public:
  virtual ~Compressor() = default;
  // Appends to `out` what is made of `text` so far; all of the rest when it is the `last`. Throws
  // std::bad_alloc.
  virtual void Feed(std::string_view text, bool last, PageBuffer& out) = 0;

 protected:
  static constexpr size_t kPiece = 64 * 1024;
};

// Only where the build found ISA-L.
std::unique_ptr<Compressor> MakeIsalCompressor();
// At eight times its cost, on any system.
std::unique_ptr<Compressor> MakeZlibCompressor();

}  // namespace plimsoll::body
