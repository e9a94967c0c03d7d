// Podman's database as anybody could have left it.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "exporter/runtime/bolt_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto read_at = [data, size](uint64_t offset, char* into, size_t bytes) {
    if (offset > size || bytes > size - offset) return false;
    std::memcpy(into, data + offset, bytes);
    return true;
  };
  const auto file = plimsoll::runtime::BoltFile::Open(read_at);
  if (!file) return 0;
  (void)file->Get({"ctr", "ea048371dc3ec5f2fe6c6dcac3e2d4d00ceb8e4429eac1895e8d9c9362306d6e", "config"});
  (void)file->Get({"runtime-config", "graph-root"});
  return 0;
}
