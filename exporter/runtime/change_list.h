#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "model/container.h"

namespace plimsoll::runtime {

// Changed containers on their way to the collector: newest description only,
// one per key. Thread-safe.
class ChangeList {
 public:
  ChangeList();
  ~ChangeList();
  ChangeList(const ChangeList&) = delete;
  ChangeList& operator=(const ChangeList&) = delete;

  void Put(const std::string& key, std::shared_ptr<const Container> who);
  // As Put, but only when an older description waits: whoever asked has this one already.
  void Freshen(const std::string& key, std::shared_ptr<const Container> who);
  std::vector<std::shared_ptr<const Container>> Take();

  int fd() const { return fd_; }  // readable while there is something to take; -1 when the host gave none

 private:
  const int fd_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Container>> changed_;
};

}  // namespace plimsoll::runtime
