#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/runtime/careful_open.h"
#include "model/result.h"

namespace plimsoll::runtime {

// Reads single values out of a bbolt database (Podman's bolt_state.db) that
// another process may be writing. Touches only the pages on the way.
//
// The file is pages of equal size. The first two are metas that name the root
// page and carry a transaction number and a checksum; writers alternate between
// them, so the valid one with the higher number is the newest state. A page is a
// header {u64 id, u16 flags, u16 count, u32 overflow} and elements; branch
// elements {u32 pos, u32 ksize, u64 page} and leaf elements {u32 flags, u32 pos, u32 ksize,
// u32 vsize} point at their keys relative to themselves. A value that is a bucket
// is {u64 root page, u64 sequence}, with a small bucket's page inline when the root is 0.
// Writers never touch a page of the newest state; only two transactions later is
// it used again. All numbers are in the writer's byte order.
class BoltFile {
 public:
  // Copies `size` bytes at `offset`; false when the file does not have them.
  using ReadAt = std::function<bool(uint64_t offset, char* into, size_t size)>;

  // Of an open file, `most_bytes` in all: whoever writes it can make pages that lead to one another on and
  // on.
  static ReadAt ReaderOf(Descriptor file, uint64_t most_bytes);

  // `read_at` must outlive nothing: it is copied. Fails when neither meta is valid.
  static Result<BoltFile> Open(ReadAt read_at);

  // The value at the end of a path of buckets; nullopt when some part is not there.
  Result<std::optional<std::string>> Get(std::initializer_list<std::string_view> path) const;

  uint64_t transaction() const { return transaction_; }

  static constexpr size_t kMaxPageBytes = size_t{16} << 20;

 private:
  struct Value {
    bool is_bucket = false;
    std::string bytes;
  };
  BoltFile(ReadAt read_at, uint32_t page_size, uint64_t root, uint64_t transaction);
  Result<std::string> ReadPage(uint64_t page) const;
  Result<std::optional<Value>> Search(std::string page, std::string_view key) const;

  ReadAt read_at_;
  uint32_t page_size_ = 0;
  uint64_t root_ = 0;
  uint64_t transaction_ = 0;
};

}  // namespace plimsoll::runtime
