#pragma once

// What one thread allocates while it counts. For one .cc of a program: it
// replaces operator new.

#include <cstdlib>
#include <new>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PLIMSOLL_COUNTS_ALLOCATIONS 0  // the sanitizers bring their own operator new
#else
#define PLIMSOLL_COUNTS_ALLOCATIONS 1
#endif

namespace {
thread_local bool counting = false;
thread_local int allocations = 0;
}  // namespace

#if PLIMSOLL_COUNTS_ALLOCATIONS
// Where gcc inlines one of the pair alone it takes them for two kinds of memory.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
void* operator new(size_t size) {
  if (counting) ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
#endif
