#include "rollup/replay.h"

#include <algorithm>
#include <deque>

#include "database/database.h"
#include "database/milliseconds.h"
#include "rollup/alert_settings.h"
#include "rollup/chunk.h"
#include "rollup/replay_known.h"
#include "rollup/replay_minute.h"

namespace plimsoll::rollup {
namespace {

// Read at a time: a megabyte of a thousand containers.
constexpr int kPageTicks = 32;
constexpr int kPageMinutes = 8;
constexpr int64_t kMinuteMs = 60'000;

std::string_view BlobOf(const SQLite::Column& column) {
  return {static_cast<const char*>(column.getBlob()), static_cast<size_t>(column.getBytes())};
}

Figure FigureOf(const SQLite::Column& column) {
  if (column.isNull()) return std::nullopt;
  return static_cast<uint64_t>(column.getInt64());
}

// A row of the table `tick`, and its readings.
struct RawTick {
  int64_t id = 0, at_ms = 0, elapsed_ms = 0;
  HostSample host;
  std::vector<Reading> readings;
};

using Minute = std::pair<int64_t, std::vector<std::pair<uint32_t, Bucket>>>;

class FileReplay final : public Replay {
 public:
  FileReplay(std::unique_ptr<Database> database, const ReplayOrder& order)
      : database_(std::move(database)), known_(order.host_cores) {
    database_->BeginRead();
    FindEnds(ToMs(order.from));
    settings_ = AlertSettings(*database_);
    database_->EndRead();
    auto set = std::make_shared<ContainerSet>();
    set->runtimes = std::make_shared<const std::vector<RuntimeHealth>>();
    frame_ = std::make_shared<Frame>();
    frame_->set_is_new = true;
    frame_->set = set_ = std::move(set);
    tick_.set.frame = frame_;
  }

  Result<const ReplayTick*> Next() override {
    try {
      if (NextOfMinutes() || NextRaw()) return &tick_;
      return nullptr;
    } catch (const SQLite::Exception& exception) {
      database_->EndRead();
      return tl::unexpected(FaultOf(exception).error.In(database_->path()));
    }
  }

  const std::vector<ReplayStretch>& stretches() const override { return stretches_; }
  const std::vector<std::pair<uint32_t, AlertSetting>>& settings() const override { return settings_; }

  double progress() const override {
    if (last_ms_ <= first_ms_ || !is_begun_) return is_begun_ ? 1 : 0;
    return std::clamp(
        static_cast<double>(ToMs(set_->wall) - first_ms_) / static_cast<double>(last_ms_ - first_ms_), 0.0,
        1.0);
  }

 private:
  // Where to begin, and the newest of now. Minutes are played up to the oldest reading.
  void FindEnds(int64_t from_ms) {
    const bool has_ticks = database_->Number("SELECT count(*) FROM (SELECT 1 FROM tick LIMIT 1)") > 0;
    last_tick_ = has_ticks ? database_->Number("SELECT max(id) FROM tick") : 0;
    last_ms_ = database_->Number("SELECT at_ms FROM tick ORDER BY id DESC LIMIT 1");
    int64_t oldest_ms = database_->Number("SELECT at_ms FROM tick ORDER BY id LIMIT 1");
    const auto first = database_->Prepared("SELECT min(id) FROM tick WHERE at_ms >= ?");
    first->bind(1, from_ms);
    first->executeStep();
    after_tick_ = first->getColumn(0).isNull() ? last_tick_ : first->getColumn(0).getInt64() - 1;
    const auto memory = database_->Prepared(
        "SELECT host_memory_total FROM tick WHERE host_memory_total IS NOT NULL ORDER BY id LIMIT 1");
    if (memory->executeStep()) SetHostMemory(FigureOf(memory->getColumn(0)));
    if (!has_ticks) {
      oldest_ms = (database_->Number("SELECT max(bucket) FROM minute") + 1) * kMinuteMs;
      last_ms_ = oldest_ms;
    }
    next_minute_ = -BucketNumber(-from_ms, kMinuteMs);  // rounded up
    beyond_minute_ = BucketNumber(oldest_ms, kMinuteMs);
    const auto minute = database_->Prepared("SELECT min(bucket) FROM minute WHERE bucket >= ?");
    minute->bind(1, next_minute_);
    minute->executeStep();
    const bool has_minutes =
        !minute->getColumn(0).isNull() && minute->getColumn(0).getInt64() < beyond_minute_;
    first_ms_ = has_minutes ? minute->getColumn(0).getInt64() * kMinuteMs : std::max(from_ms, oldest_ms);
  }

  void SetHostMemory(const Figure& bytes) {
    if (bytes) known_.SetHostMemory(*bytes);
  }

  // The next tick of the minutes before the oldest reading. False: there is none any more.
  bool NextOfMinutes() {
    while (minute_tick_ >= minute_.ticks()) {
      if (minutes_.empty() && !ReadMinutes()) return false;
      minute_.Take(minutes_.front().first, std::move(minutes_.front().second));
      minutes_.pop_front();
      minute_tick_ = 0;
    }
    const int64_t at_ms = minute_.number() * kMinuteMs + minute_tick_ * kMinuteMs / minute_.ticks();
    HostSample host;
    Begin(Tier::kMinute, at_ms, at_ms - ToMs(set_->wall), !is_begun_, host);
    for (const Reading& reading : minute_.ReadingsOf(minute_tick_)) Add(reading, at_ms);
    ++minute_tick_;
    return true;
  }

  bool ReadMinutes() {
    database_->BeginRead();
    {
      const auto first =
          database_->Prepared("SELECT min(bucket) FROM minute WHERE bucket >= ? AND bucket < ?");
      first->bind(1, next_minute_);
      first->bind(2, beyond_minute_);
      first->executeStep();
      if (first->getColumn(0).isNull())
        next_minute_ = beyond_minute_;
      else
        next_minute_ = first->getColumn(0).getInt64();
    }
    const int64_t beyond = std::min(next_minute_ + kPageMinutes, beyond_minute_);
    {
      const auto rows = database_->Prepared(
          "SELECT bucket, chunk, buckets FROM minute WHERE bucket >= ? AND bucket < ? ORDER BY bucket, "
          "chunk");
      rows->bind(1, next_minute_);
      rows->bind(2, beyond);
      while (rows->executeStep()) {
        const int64_t number = rows->getColumn(0).getInt64();
        if (minutes_.empty() || minutes_.back().first != number)
          minutes_.emplace_back(number, Minute::second_type());
        const SQLite::Column blob = rows->getColumn(2);
        ChunkReader chunk(rows->getColumn(1).getUInt(), BlobOf(blob));
        Bucket bucket;
        while (chunk.Next() && chunk.Read(bucket, Tier::kMinute))
          minutes_.back().second.emplace_back(chunk.container(), bucket);
      }
    }
    database_->EndRead();
    next_minute_ = beyond;
    return !minutes_.empty();
  }

  bool NextRaw() {
    if (ticks_.empty() && !ReadTicks()) return false;
    const RawTick raw = std::move(ticks_.front());
    ticks_.pop_front();
    // Where nobody measured what passed, the wall's clock has to do.
    const bool by_wall = raw.elapsed_ms == 0 || (is_begun_ && tick_.tier == Tier::kMinute);
    SetHostMemory(raw.host.memory_total);
    Begin(Tier::kRaw, raw.at_ms, by_wall ? raw.at_ms - ToMs(set_->wall) : raw.elapsed_ms,
          !is_begun_ || raw.elapsed_ms == 0, raw.host);
    for (const Reading& reading : raw.readings) Add(reading, raw.at_ms);
    return true;
  }

  bool ReadTicks() {
    database_->BeginRead();
    {
      const auto rows = database_->Prepared(
          "SELECT id, at_ms, elapsed_ms, host_cpu_centipercent, host_memory_used, host_memory_total FROM "
          "tick "
          "WHERE id > ? AND id <= ? ORDER BY id LIMIT ?");
      rows->bind(1, after_tick_);
      rows->bind(2, last_tick_);
      rows->bind(3, kPageTicks);
      while (rows->executeStep()) {
        RawTick& tick = ticks_.emplace_back();
        tick.id = rows->getColumn(0).getInt64();
        tick.at_ms = rows->getColumn(1).getInt64();
        tick.elapsed_ms = rows->getColumn(2).getInt64();
        if (const Figure hundredths = FigureOf(rows->getColumn(3)))
          tick.host.cpu_percent = static_cast<double>(*hundredths) / 100;
        tick.host.memory_used = FigureOf(rows->getColumn(4));
        tick.host.memory_total = FigureOf(rows->getColumn(5));
      }
    }
    if (!ticks_.empty()) {
      ReadReadings();
      after_tick_ = ticks_.back().id;
    }
    database_->EndRead();
    return !ticks_.empty();
  }

  void ReadReadings() {
    const auto rows = database_->Prepared(
        "SELECT tick, chunk, readings FROM sample WHERE tick >= ? AND tick <= ? ORDER BY tick, chunk");
    rows->bind(1, ticks_.front().id);
    rows->bind(2, ticks_.back().id);
    auto tick = ticks_.begin();
    while (rows->executeStep()) {
      while (tick->id < rows->getColumn(0).getInt64()) ++tick;
      if (tick->id != rows->getColumn(0).getInt64()) continue;  // a row without its tick
      const SQLite::Column blob = rows->getColumn(2);
      ChunkReader chunk(rows->getColumn(1).getUInt(), BlobOf(blob));
      Reading reading;
      while (chunk.Next() && chunk.Read(reading, static_cast<uint64_t>(tick->elapsed_ms)))
        tick->readings.push_back(reading);
    }
  }

  void Begin(Tier tier, int64_t at_ms, int64_t elapsed_ms, bool begins_run, const HostSample& host) {
    if (stretches_.empty() || stretches_.back().tier != tier)
      stretches_.push_back({tier, FromMs(at_ms), FromMs(at_ms), 0});
    stretches_.back().to = FromMs(at_ms);
    ++stretches_.back().ticks;
    tick_.tier = tier;
    tick_.begins_run = begins_run;
    tick_.set.containers.clear();
    known_.Forget(at_ms);
    ++set_->number;
    set_->wall = FromMs(at_ms);
    // The first one's is as good as any: only what passes is ever looked at.
    set_->mono = is_begun_ ? set_->mono + std::chrono::milliseconds(std::max<int64_t>(elapsed_ms, 1))
                           : MonoTime(std::chrono::hours(24));
    set_->events.clear();
    frame_->sequence = set_->number;
    frame_->wall = set_->wall;
    frame_->mono = set_->mono;
    frame_->host = host;
    is_begun_ = true;
  }

  void Add(const Reading& reading, int64_t at_ms) {
    const ContainerSample* const sample = known_.SampleOf(*database_, reading.container, at_ms);
    if (sample == nullptr) return;
    if (!reading.ended) {
      tick_.set.containers.push_back({reading, sample, nullptr});
    } else if (reading.oom_kills.value_or(0) > 0) {
      set_->events.push_back(
          {ContainerEvent::Kind::kOom, sample->who, set_->wall, std::nullopt, *reading.oom_kills});
    }
  }

  const std::unique_ptr<Database> database_;
  ReplayKnown known_;
  std::vector<ReplayStretch> stretches_;
  std::vector<std::pair<uint32_t, AlertSetting>> settings_;

  int64_t first_ms_ = 0, last_ms_ = 0;
  int64_t next_minute_ = 0, beyond_minute_ = 0;
  std::deque<Minute> minutes_;
  ReplayMinute minute_;
  uint32_t minute_tick_ = 0;
  int64_t after_tick_ = 0, last_tick_ = 0;
  std::deque<RawTick> ticks_;

  bool is_begun_ = false;
  // What tick_.set shows, written anew for each tick.
  std::shared_ptr<Frame> frame_;
  std::shared_ptr<ContainerSet> set_;
  ReplayTick tick_;
};

}  // namespace

Result<std::unique_ptr<Replay>> Replay::Open(const ReplayOrder& order) {
  auto database = Database::OpenForReading(order.path);
  if (!database) return tl::unexpected(database.error().error);
  try {
    return std::make_unique<FileReplay>(std::move(*database), order);
  } catch (const SQLite::Exception& exception) {
    return tl::unexpected(FaultOf(exception).error.In(order.path));
  }
}

}  // namespace plimsoll::rollup
