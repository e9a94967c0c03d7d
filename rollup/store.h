#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "database/companion.h"
#include "model/alert_setting.h"
#include "model/clock.h"
#include "model/reading.h"
#include "model/result.h"
#include "rollup/history.h"

namespace plimsoll::rollup {

// How the store fares; totals since the process began.
struct StoreStatus {
  std::string path;
  int schema_version = 0;
  bool writing = false;    // the last tick went to disk
  std::string last_error;  // empty when writing
  uint64_t file_bytes = 0, wal_bytes = 0,
           free_bytes = 0;  // free: pages inside the file that wait to be given back
  uint64_t ticks_written = 0, rows_written = 0,
           rows_deleted = 0;    // rows: readings and buckets of one container each
  uint64_t frames_dropped = 0;  // the queue was full
  std::vector<std::pair<std::string, uint64_t>>
      write_errors;               // by reason: full readonly busy io corrupt deleted size_bound
                                  // forgotten (containers that ended meanwhile) other
  uint64_t damaged_files = 0;     // set aside
  uint64_t size_bound_drops = 0;  // rows and identities dropped early to hold storage.max_size
  struct TierStatus {
    Tier tier = Tier::kRaw;
    std::optional<WallTime> oldest, newest;
    uint64_t rows = 0;  // readings or buckets of one container each; estimated from chunks
  };
  std::vector<TierStatus> tiers;
  std::chrono::nanoseconds last_write{0};
};

// The one SQLite file, its writing thread and its readers. Thread-safe.
class Store {
 public:
  // Runs on the store's thread after every new set, recorded or not.
  using OnReadings = std::function<void(std::shared_ptr<const ReadingSet>)>;
  // Runs on the store's thread after each write attempt, with its wall duration.
  using OnWrite = std::function<void(std::chrono::nanoseconds, bool written)>;

  // Opens or makes the file. A damaged one is set aside and a new one begun; a
  // path that cannot be written (yet) is tried again, and counted. Fails only for
  // a file of a newer schema, naming both versions, for what is no history of ours, and
  // where another Plimsoll writes it: two would tell receivers the same, or the opposite.
  static Result<std::unique_ptr<Store>> Open(const StorageConfig& config, const Clock& clock);
  virtual ~Store() = default;  // stops

  // Before Start(); outlives the store, or its Stop().
  virtual void Attach(Companion& companion) = 0;
  virtual void Start(OnReadings on_readings, OnWrite on_write) = 0;
  // Writes what is queued, for at most a second, and closes the file.
  virtual void Stop() = 0;

  // A frame was born. Never blocks: when the queue is full the oldest frame in it is dropped and counted.
  virtual void Observe(FramePtr frame) = 0;
  // /metrics was answered. Kept with the next tick, for `plimsoll export --only-gaps`.
  virtual void NoteScrape() = 0;
  // Retention and size bound change with the next tick; the path stays.
  virtual void Reconfigure(const StorageConfig& config) = 0;

  // The newest set as read, with identities; null before the first.
  virtual std::shared_ptr<const ReadingSet> newest() const = 0;
  virtual StoreStatus status() const = 0;
  virtual History& history() = 0;

  // Runs the work in one transaction, all of it or nothing, between two ticks;
  // it may throw SQLite::Exception. Fails when the file is not open or refuses it.
  virtual Result<void> Change(const std::function<void(Database&)>& work) = 0;
  // Runs the work on a connection that only reads.
  virtual Result<void> Read(const std::function<void(Database&)>& work) = 0;

  virtual Result<std::vector<std::pair<uint32_t, AlertSetting>>> AlertSettings() = 0;  // all
  virtual Result<std::optional<AlertSetting>> FindAlertSetting(uint32_t container) = 0;
  // Sets created_at and updated_at itself, and keeps nothing of one that says nothing; answers with what is
  // stored.
  virtual Result<AlertSetting> PutAlertSetting(uint32_t container, const AlertSetting& setting) = 0;
};

}  // namespace plimsoll::rollup
