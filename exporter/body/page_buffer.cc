#include "exporter/body/page_buffer.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace plimsoll::body {
namespace {

constexpr size_t kGranule = 64 * 1024;

size_t RoundUp(size_t n) { return (n + kGranule - 1) / kGranule * kGranule; }

}  // namespace

PageBuffer::PageBuffer(size_t capacity, size_t certain, std::function<void(std::string_view)> drain)
    : drain_(std::move(drain)), capacity_(RoundUp(std::max<size_t>(capacity, 1))) {
  void* pages =
      mmap(nullptr, capacity_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  data_ = static_cast<char*>(pages);
#ifdef MADV_POPULATE_WRITE  // Linux 5.14; older kernels refuse and fault page by page
  if (certain > 0) (void)madvise(data_, std::min(certain, capacity_), MADV_POPULATE_WRITE);
#endif
}

PageBuffer::~PageBuffer() { munmap(data_, capacity_); }

void PageBuffer::Grow(size_t n) {
  if (drain_) {
    drain_(text());
    size_ = 0;
    if (n <= capacity_) return;  // a single piece may be larger
  }
  const size_t wanted = RoundUp(std::max(capacity_ * 2, size_ + n));
  void* pages = mremap(data_, capacity_, wanted, MREMAP_MAYMOVE);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  data_ = static_cast<char*>(pages);
  capacity_ = wanted;
}

void PageBuffer::Append(std::string_view text) {
  char* to = Room(text.size());
  if (!text.empty()) std::memcpy(to, text.data(), text.size());
  Written(to + text.size());
}

}  // namespace plimsoll::body
