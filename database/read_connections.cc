#include "database/read_connections.h"

namespace plimsoll {
namespace {

using std::chrono::seconds;

constexpr size_t kMost = 2;
constexpr auto kLongestRead = seconds(2);  // so that no reader keeps the WAL from being emptied
constexpr auto kLongestWait = seconds(5);
constexpr auto kIdleFor = seconds(30);

}  // namespace

ReadConnections::Lease::Lease(ReadConnections& from, std::unique_ptr<Database> own, uint64_t generation)
    : from_(&from), own_(std::move(own)), database_(own_.get()), generation_(generation) {
  database_->Limit(from.clock_, from.clock_.Mono() + kLongestRead);
}

ReadConnections::Lease::Lease(ReadConnections& from, std::unique_lock<std::mutex> writer, Database& database)
    : from_(&from), writer_(std::move(writer)), database_(&database) {
  database_->Limit(from.clock_, from.clock_.Mono() + kLongestRead);
}

ReadConnections::Lease::Lease(Lease&& other) noexcept
    : from_(std::exchange(other.from_, nullptr)),
      own_(std::move(other.own_)),
      writer_(std::move(other.writer_)),
      database_(std::exchange(other.database_, nullptr)),
      generation_(other.generation_) {}

ReadConnections::Lease::~Lease() {
  if (!database_) return;
  database_->EndRead();
  database_->Unlimit();
  if (own_) from_->Return(std::move(own_), generation_);
}

ReadConnections::ReadConnections(std::string path, WriteConnection& writer, const Clock& clock)
    : path_(std::move(path)), writer_(writer), clock_(clock) {}

Result<ReadConnections::Lease> ReadConnections::Take() {
  if (path_ == ":memory:") {
    std::unique_lock lock(writer_.mutex);
    if (!writer_.database) return Fail("the store is not open");
    return Lease(*this, std::move(lock), *writer_.database);
  }
  std::unique_lock lock(mutex_);
  if (!came_back_.wait_for(lock, kLongestWait, [this] { return lent_ < kMost; }))
    return Fail("the store is busy with other questions");
  ++lent_;
  const uint64_t generation = generation_;
  if (!idle_.empty()) {
    std::unique_ptr<Database> database = std::move(idle_.back().database);
    idle_.pop_back();
    return Lease(*this, std::move(database), generation);
  }
  lock.unlock();
  auto opened = Database::OpenForReading(path_);
  if (opened) return Lease(*this, std::move(*opened), generation);
  lock.lock();
  --lent_;
  came_back_.notify_one();
  return tl::unexpected(opened.error().error);
}

void ReadConnections::Return(std::unique_ptr<Database> database, uint64_t generation) {
  const std::lock_guard lock(mutex_);
  --lent_;
  if (generation == generation_) idle_.push_back({std::move(database), clock_.Mono()});
  came_back_.notify_one();
}

void ReadConnections::Forget() {
  const std::lock_guard lock(mutex_);
  ++generation_;
  idle_.clear();
}

void ReadConnections::CloseIdle() {
  const std::lock_guard lock(mutex_);
  std::erase_if(idle_, [now = clock_.Mono()](const Idle& idle) { return now - idle.since >= kIdleFor; });
}

}  // namespace plimsoll
