#include "exporter/exposition/open_descriptors.h"

#include <dirent.h>
#include <sys/stat.h>

namespace plimsoll::exposition {
namespace {

constexpr std::chrono::minutes kMaxAge{5};
constexpr const char* kFolder = "/proc/self/fd";

std::optional<double> Size() {
  struct stat status {};
  if (stat(kFolder, &status) != 0 || status.st_size <= 0) return std::nullopt;
  return static_cast<double>(status.st_size);
}

std::optional<double> Count() {
  DIR* directory = opendir(kFolder);
  if (directory == nullptr) return std::nullopt;
  double count = 0;
  while (const dirent* entry = readdir(directory)) count += entry->d_name[0] != '.';
  closedir(directory);
  return count - 1;  // the directory itself
}

}  // namespace

OpenDescriptors::OpenDescriptors() : OpenDescriptors(&Size, &Count) {}

std::optional<double> OpenDescriptors::At(MonoTime now) {
  if (const auto size = size_()) return size;
  const std::lock_guard lock(mutex_);
  if (!counted_at_ || now - *counted_at_ >= kMaxAge) {
    counted_ = count_();
    counted_at_ = now;
  }
  return counted_;
}

}  // namespace plimsoll::exposition
