#include "exporter/runtime/change_list.h"

#include <sys/eventfd.h>
#include <unistd.h>

namespace plimsoll::runtime {

ChangeList::ChangeList() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

ChangeList::~ChangeList() {
  if (fd_ >= 0) ::close(fd_);
}

void ChangeList::Put(const std::string& key, std::shared_ptr<const Container> who) {
  const std::lock_guard lock(mutex_);
  const bool was_empty = changed_.empty();
  changed_[key] = std::move(who);
  if (was_empty && fd_ >= 0) ::eventfd_write(fd_, 1);
}

void ChangeList::Freshen(const std::string& key, std::shared_ptr<const Container> who) {
  const std::lock_guard lock(mutex_);
  const auto found = changed_.find(key);
  if (found != changed_.end()) found->second = std::move(who);
}

std::vector<std::shared_ptr<const Container>> ChangeList::Take() {
  const std::lock_guard lock(mutex_);
  eventfd_t count = 0;
  if (fd_ >= 0) ::eventfd_read(fd_, &count);
  std::vector<std::shared_ptr<const Container>> taken;
  taken.reserve(changed_.size());
  for (auto& [key, who] : changed_) taken.push_back(std::move(who));
  changed_.clear();
  return taken;
}

}  // namespace plimsoll::runtime
