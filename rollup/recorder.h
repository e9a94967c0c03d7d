#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "config/config.h"
#include "database/companion.h"
#include "database/database.h"
#include "database/read_connections.h"
#include "model/clock.h"
#include "model/reading.h"
#include "rollup/ledger.h"
#include "rollup/open_buckets.h"
#include "rollup/register.h"
#include "rollup/retention.h"
#include "rollup/store.h"
#include "rollup/tiers.h"

namespace plimsoll::rollup {

// Reads one set after the other and records each in one transaction. A set that
// the disk refuses is read all the same, and its increases go into the next
// that is recorded. Belongs to the store's thread, but for status().
class Recorder {
 public:
  // The others outlive this. Takes the writer's mutex for each call.
  Recorder(const StorageConfig& config, const Clock& clock, WriteConnection& writer, OpenBuckets& open,
           ReadConnections& readers);
  ~Recorder();

  // Fails only for a file that must not be touched: of a newer schema, or of another program.
  Result<void> Open();
  void Configure(const StorageConfig& config);
  // Before the first Record(); outlives this.
  void Attach(Companion& companion) { companion_ = &companion; }

  struct Tick {
    std::shared_ptr<const ReadingSet> readings;
    bool written = false;
  };
  // `scrapes`: answers of /metrics since the set before.
  Tick Record(const FramePtr& frame, uint64_t scrapes);
  // What may wait until others have the readings: retention, checkpoints.
  void Maintain();
  void Close();

  StoreStatus status() const;

 private:
  bool OpenFile();
  void Adopt(Database& database);
  std::shared_ptr<const ReadingSet> Readings(const FramePtr& frame) const;
  bool Write(const Frame& frame);
  void CatchUp();
  void WriteTick(Database& database, const Frame& frame, int64_t tick);
  // `episode`: what failed last of the same work; it is logged when that changes.
  using Episode = std::optional<Fault::Reason>;
  void Failed(Fault fault, Episode& episode);
  void Count(const Fault& fault, Episode& episode);
  void CountForgotten(size_t containers);
  void Succeeded();
  void GiveUpFile();
  bool SetAside();
  void LookForFile();
  bool Retain(Database& database);
  void Describe(Database& database, bool whole);

  const std::string path_;
  const Clock& clock_;
  WriteConnection& writer_;
  OpenBuckets& open_;
  ReadConnections& readers_;
  Companion* companion_ = nullptr;
  Register register_;
  Ledger ledger_;
  Tiers tiers_;
  Retention retention_;

  std::pair<uint64_t, uint64_t> file_{};  // that was adopted last
  bool adopted_ = false;
  int64_t tick_ = 0;  // the newest recorded
  uint64_t scrapes_ = 0;
  WallTime newest_wall_{};
  std::optional<MonoTime> looked_at_, described_at_, set_aside_at_;
  Episode writing_, maintaining_;  // nothing: the last one went well

  mutable std::mutex status_mutex_;
  StoreStatus status_;
  std::map<std::string, uint64_t> errors_;  // by reason; each is there from the start
};

}  // namespace plimsoll::rollup
