#include "rollup/recorder.h"

#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <thread>

#include "database/milliseconds.h"
#include "database/writer_lock.h"
#include "model/log.h"
#include "rollup/bucket_rows.h"

namespace plimsoll::rollup {
namespace {

constexpr auto kLookEvery = std::chrono::minutes(1);
constexpr auto kDescribeEvery = std::chrono::minutes(1);
// A disk that damages every new file must not fill up with them.
constexpr auto kBetweenSetAsides = std::chrono::minutes(10);
constexpr const char* kForgotten = "forgotten";  // containers whose end could not be written

// "20231114T221320Z"
std::string Stamp(WallTime time) {
  const time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  struct tm utc;
  char text[32];
  ::gmtime_r(&seconds, &utc);
  std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc);
  return text;
}

// `base`, or `base`-2, `base`-3 ..., whichever does not exist.
std::string Unused(const std::string& base) {
  std::string name = base;
  for (int n = 2; ::access(name.c_str(), F_OK) == 0; ++n) name = base + "-" + std::to_string(n);
  return name;
}

void BindFigure(SQLite::Statement& statement, int at, const Figure& figure) {
  if (figure) statement.bind(at, static_cast<int64_t>(*figure));
}

}  // namespace

Recorder::Recorder(const StorageConfig& config, const Clock& clock, WriteConnection& writer,
                   OpenBuckets& open, ReadConnections& readers)
    : path_(config.path),
      clock_(clock),
      writer_(writer),
      open_(open),
      readers_(readers),
      tiers_(open),
      retention_(config, clock) {
  status_.path = path_;
  status_.schema_version = kSchemaVersion;
  for (int reason = 0; reason <= static_cast<int>(Fault::Reason::kOther); ++reason)
    errors_[ReasonName(static_cast<Fault::Reason>(reason))] = 0;
  errors_[kForgotten] = 0;
}

Recorder::~Recorder() = default;

Result<void> Recorder::Open() {
  // The one that is being replaced may still be ending.
  for (int looks = 0; looks < 40 && WriterLock::IsTaken(path_); ++looks)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const std::lock_guard lock(writer_.mutex);
  // Without the file alerts would begin anew: a backup that holds it for a moment is waited for.
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  do {
    if (OpenFile()) return {};
  } while (writing_ == Fault::Reason::kBusy && std::chrono::steady_clock::now() < until);
  for (const auto fatal : {Fault::Reason::kNewer, Fault::Reason::kForeign, Fault::Reason::kTaken})
    if (writing_ == fatal) return Fail(status().last_error);
  return {};
}

void Recorder::Configure(const StorageConfig& config) {
  const std::lock_guard lock(writer_.mutex);
  retention_.Configure(config);
}

// Opens the file when it is not, a new one in place of a damaged one.
bool Recorder::OpenFile() {
  if (writer_.database) return true;
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto opened = Database::OpenForWriting(path_);
    if (!opened) {
      Failed(std::move(opened.error()), writing_);
      if (writing_ != Fault::Reason::kCorrupt) return false;
      continue;
    }
    writer_.database = std::move(*opened);
    try {
      Adopt(*writer_.database);
      return true;
    } catch (const SQLite::Exception& exception) {
      Failed(FaultOf(exception), writing_);
      writer_.database.reset();
    }
  }
  return false;
}

void Recorder::Adopt(Database& database) {
  const bool same = adopted_ && !database.made() && database.file() == file_;
  if (same) return;
  register_.Adopt(database, database.made());
  if (!database.made()) tiers_.Restore(database);
  if (!database.made() || !adopted_) ledger_.Restore(database);
  if (adopted_) ledger_.MeterAll();
  tick_ = std::max(tick_, database.Number("SELECT max(id) FROM tick"));
  file_ = database.file();
  adopted_ = true;
  described_at_.reset();
}

Recorder::Tick Recorder::Record(const FramePtr& frame, uint64_t scrapes) {
  const std::lock_guard lock(writer_.mutex);
  scrapes_ += scrapes;
  newest_wall_ = frame->set->wall;
  LookForFile();
  OpenFile();
  const Roll& roll = register_.Call(*frame->set, writer_.database.get());
  if (!roll.forgotten.empty()) CountForgotten(roll.forgotten.size());
  ledger_.Read(*frame, roll);
  Tick tick;
  tick.readings = Readings(frame);
  if (companion_) companion_->Step(*tick.readings);
  tick.written = Write(*frame);
  if (companion_) companion_->Ended(tick.written);
  if (!tick.written) ledger_.Refused();
  return tick;
}

std::shared_ptr<const ReadingSet> Recorder::Readings(const FramePtr& frame) const {
  auto readings = std::make_shared<ReadingSet>();
  readings->frame = frame;
  for (size_t i = 0; i < ledger_.living().size(); ++i)
    if (ledger_.living()[i].container != 0)
      readings->containers.push_back({ledger_.living()[i], &frame->set->containers[i]});
  return readings;
}

bool Recorder::Write(const Frame& frame) {
  const MonoTime begin = clock_.Mono();
  if (!writer_.database) return false;
  Database& database = *writer_.database;
  uint64_t closed = 0;
  try {
    SQLite::Transaction transaction(database.connection(), SQLite::TransactionBehavior::IMMEDIATE);
    closed = tiers_.Close(database, frame.set->wall);
    WriteTick(database, frame, tick_ + 1);
    if (companion_) companion_->Write(database);
    const auto hold = open_.Hold();
    transaction.commit();
    tiers_.Recorded(ledger_.due());
  } catch (const SQLite::Exception& exception) {
    Failed(FaultOf(exception), writing_);
    if ((exception.getErrorCode() & 0xff) == SQLITE_CONSTRAINT) CatchUp();
    return false;
  }
  ++tick_;
  scrapes_ = 0;
  register_.Written();
  ledger_.Recorded();
  Succeeded();
  const std::lock_guard lock(status_mutex_);
  ++status_.ticks_written;
  status_.rows_written += ledger_.due().size() + closed;
  status_.last_write = clock_.Mono() - begin;
  return true;
}

// Somebody else wrote ticks into the file.
void Recorder::CatchUp() {
  try {
    if (writer_.database) tick_ = std::max(tick_, writer_.database->Number("SELECT max(id) FROM tick"));
  } catch (const SQLite::Exception&) {
    // Told already: the next tick meets the same.
  }
}

void Recorder::WriteTick(Database& database, const Frame& frame, int64_t tick) {
  const int64_t tick_ms = ledger_.tick_ms();
  {
    const auto put = database.Prepared(
        "INSERT INTO tick (id, at_ms, elapsed_ms, scrapes, host_cpu_centipercent, host_memory_used, "
        "host_memory_total) VALUES (?, ?, ?, ?, ?, ?, ?)");
    put->bind(1, tick);
    put->bind(2, ToMs(frame.set->wall));
    put->bind(3, tick_ms);
    put->bind(4, static_cast<int64_t>(scrapes_));
    if (frame.host.cpu_percent)
      put->bind(5, static_cast<int64_t>(std::llround(*frame.host.cpu_percent * 100)));
    BindFigure(*put, 6, frame.host.memory_used);
    BindFigure(*put, 7, frame.host.memory_total);
    put->exec();
  }
  PutReadings(database, tick, ledger_.due(), static_cast<uint64_t>(tick_ms));
  register_.Write(database, *frame.set);
  ledger_.WriteMeters(database, tick);
}

void Recorder::Maintain() {
  const std::lock_guard lock(writer_.mutex);
  readers_.CloseIdle();
  if (!writer_.database) return;
  try {
    // On a full disk a WAL that is copied as a whole can be written over from its beginning.
    if (writing_ == Fault::Reason::kFull) writer_.database->Checkpoint(false);
    if (writing_) return;
    if (Retain(*writer_.database))
      maintaining_.reset();
    else
      Count({Fault::Reason::kBound,
             Error{"storage.max_size cannot be held: what must be kept, the names and labels of containers "
                   "above all, takes more; raise storage.max_size"}},
            maintaining_);
  } catch (const SQLite::Exception& exception) {
    Failed(FaultOf(exception), maintaining_);
  }
}

// False when the greatest size cannot be held.
bool Recorder::Retain(Database& database) {
  const Retention::Work work =
      retention_.Step(database, newest_wall_, [this](uint32_t id) { return register_.lives(id); });
  retention_.BoundWal(database);
  {
    const std::lock_guard lock(status_mutex_);
    status_.rows_deleted += work.deleted;
    status_.size_bound_drops += work.dropped;
  }
  const MonoTime now = clock_.Mono();
  const bool whole = !described_at_ || now - *described_at_ >= kDescribeEvery;
  if (whole) described_at_ = now;
  Describe(database, whole);
  return !work.bound_unmet;
}

void Recorder::Describe(Database& database, bool whole) {
  const Database::Size size = database.Measure();
  std::vector<StoreStatus::TierStatus> tiers;
  if (whole)
    for (const Tier tier : {Tier::kRaw, Tier::kMinute, Tier::kHour, Tier::kDay}) {
      const Extent extent = ExtentOf(database, tier);
      tiers.push_back({tier, extent.oldest, extent.newest, extent.rows});
    }
  const std::lock_guard lock(status_mutex_);
  status_.file_bytes = size.file_bytes;
  status_.wal_bytes = size.wal_bytes;
  status_.free_bytes = size.free_bytes;
  if (whole) status_.tiers = std::move(tiers);
}

void Recorder::Close() {
  const std::lock_guard lock(writer_.mutex);
  readers_.Forget();
  writer_.database.reset();
}

StoreStatus Recorder::status() const {
  const std::lock_guard lock(status_mutex_);
  StoreStatus status = status_;
  status.write_errors.assign(errors_.begin(), errors_.end());
  return status;
}

// Once a minute: does the path still lead to the file that is open?
void Recorder::LookForFile() {
  const MonoTime now = clock_.Mono();
  if (!writer_.database || (looked_at_ && now - *looked_at_ < kLookEvery)) return;
  looked_at_ = now;
  if (!writer_.database->Moved()) return;
  Count({Fault::Reason::kDeleted, Error{path_ + ": was deleted or replaced; another is begun"}}, writing_);
  GiveUpFile();
}

void Recorder::Failed(Fault fault, Episode& episode) {
  if (writer_.database && writer_.database->Moved()) fault.reason = Fault::Reason::kDeleted;
  Count(fault, episode);
  switch (fault.reason) {
    case Fault::Reason::kCorrupt:
      SetAside();
      return;
    case Fault::Reason::kDeleted:
      GiveUpFile();
      return;
    case Fault::Reason::kReadOnly:
      // A connection that could not write when it was opened never can.
      writer_.database.reset();
      return;
    default:
      return;
  }
}

void Recorder::CountForgotten(size_t containers) {
  const std::lock_guard lock(status_mutex_);
  if (uint64_t& forgotten = errors_[kForgotten]; (forgotten += containers) == containers)
    log::Warn("too many containers ended while history cannot be written; the longest ended are forgotten");
}

// Logged when the reason changes, not at every tick.
void Recorder::Count(const Fault& fault, Episode& episode) {
  const char* const reason = ReasonName(fault.reason);
  if (episode != fault.reason)
    log::Error(&episode == &writing_ ? "history is not recorded" : "history's file is not kept in order",
               {{"reason", reason}, {"err", fault.error.message}});
  episode = fault.reason;
  const std::lock_guard lock(status_mutex_);
  ++errors_[reason];
  if (&episode == &writing_) status_.writing = false;
  status_.last_error = fault.error.message;
}

void Recorder::Succeeded() {
  if (writing_) log::Info("history is recorded again", {{"file", path_}});
  writing_.reset();
  const std::lock_guard lock(status_mutex_);
  status_.writing = true;
  if (!maintaining_) status_.last_error.clear();
}

void Recorder::GiveUpFile() {
  if (writer_.database) writer_.database->Abandon();
  writer_.database.reset();
  readers_.Forget();
}

// Puts the damaged file out of the way, with what belongs to it.
bool Recorder::SetAside() {
  GiveUpFile();
  const MonoTime now = clock_.Mono();
  if (path_ == ":memory:" || (set_aside_at_ && now - *set_aside_at_ < kBetweenSetAsides)) return false;
  const std::string aside = Unused(path_ + ".corrupt-" + Stamp(clock_.Wall()));
  if (::rename(path_.c_str(), aside.c_str()) != 0) {
    log::Error("a damaged file cannot be set aside", {{"file", path_}, {"err", std::strerror(errno)}});
    return false;
  }
  ::rename((path_ + "-wal").c_str(), (aside + "-wal").c_str());
  ::rename((path_ + "-shm").c_str(), (aside + "-shm").c_str());
  set_aside_at_ = now;
  log::Error("a damaged history file was set aside; a new one is begun", {{"file", aside}});
  const std::lock_guard lock(status_mutex_);
  ++status_.damaged_files;
  return true;
}

}  // namespace plimsoll::rollup
