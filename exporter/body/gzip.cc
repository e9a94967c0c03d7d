#include "exporter/body/gzip.h"

#include <libdeflate.h>

#include <memory>
#include <new>

#include "exporter/body/page_buffer.h"

namespace plimsoll::body {

std::string Gzip(std::string_view text) {
  // Made anew each time: its tables are several hundred kilobytes that would
  // lie idle between scrapes, and making them costs a fraction of using them.
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(1), libdeflate_free_compressor);
  if (!compressor) throw std::bad_alloc();
  const size_t bound = libdeflate_gzip_compress_bound(compressor.get(), text.size());
  PageBuffer room(bound);
  char* to = room.Room(bound);
  return std::string(to, libdeflate_gzip_compress(compressor.get(), text.data(), text.size(), to, bound));
}

}  // namespace plimsoll::body
