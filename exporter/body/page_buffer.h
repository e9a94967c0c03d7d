#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

namespace plimsoll::body {

// A growing buffer that lives in pages of its own and gives every one of them
// back to the kernel when it dies. A body of megabytes is needed for some
// milliseconds a scrape; malloc would keep its pages for the rest of the time.
class PageBuffer {
 public:
  // `capacity` bytes are mapped at once; untouched ones cost nothing. The first
  // `certain` of them will be written: asking for their pages in one go is a
  // third cheaper than a fault for each. Throws std::bad_alloc.
  explicit PageBuffer(size_t capacity, size_t certain = 0) : PageBuffer(capacity, certain, {}) {}
  // Instead of growing it gives what it holds to `drain`, and begins anew; text() is what is left at the end.
  PageBuffer(size_t capacity, size_t certain, std::function<void(std::string_view)> drain);
  ~PageBuffer();
  PageBuffer(const PageBuffer&) = delete;
  PageBuffer& operator=(const PageBuffer&) = delete;

  // Where the next `n` bytes may be written. Valid until the next call. Throws std::bad_alloc.
  char* Room(size_t n) {
    if (capacity_ - size_ < n) Grow(n);
    return data_ + size_;
  }
  // Everything before `end`, which lies within the last Room(), was written.
  void Written(const char* end) { size_ = static_cast<size_t>(end - data_); }

  void Append(std::string_view text);

  std::string_view text() const { return {data_, size_}; }
  size_t size() const { return size_; }

 private:
  void Grow(size_t n);

  const std::function<void(std::string_view)> drain_;
  char* data_;
  size_t size_ = 0;
  size_t capacity_;
};

}  // namespace plimsoll::body
