// Preloaded into the program under strain: its wall clock is the machine's and so many nanoseconds, which
// somebody else writes into the file $STEPPED_CLOCK (8 bytes). Everything else stays as it is: the monotonic
// clock, timers, times of files. A program that waits until a wall time would need more; Plimsoll waits by
// the monotonic clock.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace {

constexpr int64_t kSecond = 1'000'000'000;

const std::atomic<int64_t>* Map() {
  static const std::atomic<int64_t> none{0};
  const char* path = std::getenv("STEPPED_CLOCK");
  const int fd = path ? ::open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0) return &none;
  void* page = ::mmap(nullptr, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
  ::close(fd);
  return page == MAP_FAILED ? &none : static_cast<const std::atomic<int64_t>*>(page);
}

int64_t Step() {
  static const std::atomic<int64_t>* const step = Map();
  return step->load(std::memory_order_relaxed);
}

int Real(clockid_t clock, timespec* at) {
  static const auto real =
      reinterpret_cast<int (*)(clockid_t, timespec*)>(::dlsym(RTLD_NEXT, "clock_gettime"));
  return real(clock, at);
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* at) noexcept {
  const int result = Real(clock, at);
  if (result != 0 || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return result;
  const int64_t now = at->tv_sec * kSecond + at->tv_nsec + Step();
  at->tv_sec = now / kSecond;
  at->tv_nsec = now % kSecond;
  return 0;
}

int gettimeofday(timeval* at, void*) noexcept {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  at->tv_sec = now.tv_sec;
  at->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* at) noexcept {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (at) *at = now.tv_sec;
  return now.tv_sec;
}
}
