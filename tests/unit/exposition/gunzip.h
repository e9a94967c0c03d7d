#pragma once

#include <libdeflate.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace plimsoll::exposition::testing {

// The one gzip member that `bytes` must be; "" when it is not.
inline std::string Gunzip(std::string_view bytes) {
  if (bytes.size() < 18) return "";
  uint32_t size = 0;  // ISIZE, little-endian, at the end
  std::memcpy(&size, bytes.data() + bytes.size() - 4, 4);
  std::string text(size, '\0');
  libdeflate_decompressor* decompressor = libdeflate_alloc_decompressor();
  size_t taken = 0, made = 0;
  const auto result = libdeflate_gzip_decompress_ex(decompressor, bytes.data(), bytes.size(), text.data(),
                                                    text.size(), &taken, &made);
  libdeflate_free_decompressor(decompressor);
  return result == LIBDEFLATE_SUCCESS && taken == bytes.size() && made == size ? text : "";
}

}  // namespace plimsoll::exposition::testing
