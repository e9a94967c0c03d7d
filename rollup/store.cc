#include "rollup/store.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "database/read_connections.h"
#include "rollup/alert_settings.h"
#include "rollup/history_reader.h"
#include "rollup/open_buckets.h"
#include "rollup/recorder.h"

namespace plimsoll::rollup {
namespace {

constexpr size_t kQueue = 8;
constexpr auto kLongestStop = std::chrono::seconds(1);

class FileStore final : public Store {
 public:
  FileStore(const StorageConfig& config, const Clock& clock)
      : clock_(clock),
        readers_(config.path, writer_, clock),
        recorder_(config, clock, writer_, open_, readers_),
        history_(readers_, open_) {}
  ~FileStore() override { FileStore::Stop(); }

  Result<void> Open() { return recorder_.Open(); }

  void Attach(Companion& companion) override { recorder_.Attach(companion); }

  void Start(OnReadings on_readings, OnWrite on_write) override {
    on_readings_ = std::move(on_readings);
    on_write_ = std::move(on_write);
    thread_ = std::thread([this] { Work(); });
  }

  void Stop() override {
    {
      const std::lock_guard lock(mutex_);
      if (!stop_by_) stop_by_ = clock_.Mono() + kLongestStop;
    }
    came_.notify_all();
    if (thread_.joinable()) thread_.join();
    recorder_.Close();
  }

  void Observe(FramePtr frame) override {
    if (!frame->set_is_new) return;
    {
      const std::lock_guard lock(mutex_);
      if (stop_by_) return;
      if (queue_.size() == kQueue) {
        queue_.pop_front();
        ++dropped_;
      }
      queue_.push_back(std::move(frame));
    }
    came_.notify_one();
  }

  void NoteScrape() override { scrapes_.fetch_add(1, std::memory_order_relaxed); }
  void Reconfigure(const StorageConfig& config) override { recorder_.Configure(config); }

  std::shared_ptr<const ReadingSet> newest() const override {
    const std::lock_guard lock(mutex_);
    return newest_;
  }

  StoreStatus status() const override {
    StoreStatus status = recorder_.status();
    const std::lock_guard lock(mutex_);
    status.frames_dropped = dropped_;
    return status;
  }

  History& history() override { return history_; }

  Result<void> Change(const std::function<void(Database&)>& work) override {
    const std::lock_guard lock(writer_.mutex);
    if (!writer_.database) return Fail("the store's file is not open");
    try {
      SQLite::Transaction transaction(writer_.database->connection(), SQLite::TransactionBehavior::IMMEDIATE);
      work(*writer_.database);
      transaction.commit();
      return {};
    } catch (const SQLite::Exception& exception) {
      return tl::unexpected(FaultOf(exception).error);
    }
  }

  Result<void> Read(const std::function<void(Database&)>& work) override {
    auto lease = readers_.Take();
    if (!lease) return tl::unexpected(lease.error());
    try {
      (*lease)->BeginRead();
      work(**lease);
      return {};
    } catch (const SQLite::Exception& exception) {
      return tl::unexpected(FaultOf(exception).error);
    }
  }

  Result<std::vector<std::pair<uint32_t, AlertSetting>>> AlertSettings() override {
    return rollup::AlertSettings(writer_);
  }
  Result<std::optional<AlertSetting>> FindAlertSetting(uint32_t container) override {
    return rollup::FindAlertSetting(writer_, container);
  }
  Result<AlertSetting> PutAlertSetting(uint32_t container, const AlertSetting& setting) override {
    return rollup::PutAlertSetting(writer_, container, setting, clock_.Wall());
  }

 private:
  // The oldest frame that waits; null when it is time to stop.
  FramePtr Next() {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [this] { return stop_by_ || !queue_.empty(); });
    if (queue_.empty() || (stop_by_ && clock_.Mono() >= *stop_by_)) return nullptr;
    FramePtr frame = std::move(queue_.front());
    queue_.pop_front();
    return frame;
  }

  void Work() {
    while (const FramePtr frame = Next()) {
      const MonoTime begin = clock_.Mono();
      Recorder::Tick tick = recorder_.Record(frame, scrapes_.exchange(0, std::memory_order_relaxed));
      if (on_write_) on_write_(clock_.Mono() - begin, tick.written);
      {
        const std::lock_guard lock(mutex_);
        newest_ = tick.readings;
      }
      if (on_readings_) on_readings_(std::move(tick.readings));
      recorder_.Maintain();
    }
  }

  const Clock& clock_;
  WriteConnection writer_;
  OpenBuckets open_;
  ReadConnections readers_;
  Recorder recorder_;
  HistoryReader history_;

  OnReadings on_readings_;
  OnWrite on_write_;
  std::thread thread_;
  std::atomic<uint64_t> scrapes_{0};

  mutable std::mutex mutex_;
  std::condition_variable came_;
  std::deque<FramePtr> queue_;
  std::optional<MonoTime> stop_by_;
  uint64_t dropped_ = 0;
  std::shared_ptr<const ReadingSet> newest_;
};

}  // namespace

Result<std::unique_ptr<Store>> Store::Open(const StorageConfig& config, const Clock& clock) {
  auto store = std::make_unique<FileStore>(config, clock);
  if (const Result<void> opened = store->Open(); !opened) return tl::unexpected(opened.error());
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace plimsoll::rollup
