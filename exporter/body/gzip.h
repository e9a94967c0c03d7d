#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "exporter/body/compressor.h"
#include "exporter/body/page_buffer.h"

namespace plimsoll::body {

// One gzip member made of a text that comes in pieces, at the quickest level. Its memory, several hundred
// kilobytes that would lie idle between scrapes, goes with it.
class GzipStream {
 public:
  explicit GzipStream(std::unique_ptr<Compressor> compressor = QuickestCompressor());

  // Both throw std::bad_alloc.
  void Add(std::string_view text) { compressor_->Feed(text, false, made_); }
  // The whole member, `text` its end; nothing can be added then.
  std::string Finish(std::string_view text);

 private:
  static std::unique_ptr<Compressor> QuickestCompressor();

  std::unique_ptr<Compressor> compressor_;
  PageBuffer made_;
};

// `text` as one gzip member. Throws std::bad_alloc.
std::string Gzip(std::string_view text);

}  // namespace plimsoll::body
