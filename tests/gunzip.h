#pragma once

#include <zlib.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

// The one gzip member that `bytes` must be; "" when it is not.
inline std::string Gunzip(std::string_view bytes) {
  if (bytes.size() < 18) return "";
  uint32_t size = 0;  // ISIZE, little-endian, at the end
  std::memcpy(&size, bytes.data() + bytes.size() - 4, 4);
  std::string text(size + 1, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return "";
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  const bool whole = inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  text.resize(text.size() - stream.avail_out);
  return whole && text.size() == size ? text : "";
}
