#include "rollup/store.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "rig.h"
#include "text_file.h"

namespace plimsoll::rollup {
namespace {

// Counts what the store tells, and lets a test wait for it.
class Listener {
 public:
  Store::OnReadings readings() {
    return [this](std::shared_ptr<const ReadingSet> set) {
      std::unique_lock lock(mutex_);
      sets_.push_back(std::move(set));
      told_.notify_all();
      told_.wait(lock, [this] { return !held_; });
    };
  }
  Store::OnWrite writes() {
    return [this](std::chrono::nanoseconds, bool written) {
      const std::lock_guard lock(mutex_);
      ++(written ? written_ : refused_);
    };
  }
  // The store's thread stays in its next call until released.
  void Hold(bool hold) {
    const std::lock_guard lock(mutex_);
    held_ = hold;
    told_.notify_all();
  }
  bool WaitFor(size_t sets) {
    std::unique_lock lock(mutex_);
    return told_.wait_for(lock, 20s, [&] { return sets_.size() >= sets; });
  }
  std::shared_ptr<const ReadingSet> set(size_t i) {
    const std::lock_guard lock(mutex_);
    return sets_.at(i);
  }
  int written() {
    const std::lock_guard lock(mutex_);
    return written_;
  }
  int refused() {
    const std::lock_guard lock(mutex_);
    return refused_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable told_;
  std::vector<std::shared_ptr<const ReadingSet>> sets_;
  int written_ = 0, refused_ = 0;
  bool held_ = false;
};

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() : path(folder / "plimsoll.db"), host(clock) {}

  void Begin(const StorageConfig& config) {
    auto opened = Store::Open(config, clock);
    ASSERT_TRUE(opened) << opened.error().message;
    store = std::move(*opened);
    store->Start(listener.readings(), listener.writes());
  }
  void Beat() {
    clock.Pass(10s);
    store->Observe(host.Beat());
  }

  ManualClock clock;
  TempFolder folder;
  std::string path;
  FrameMaker host;
  Listener listener;
  std::unique_ptr<Store> store;
};

TEST_F(StoreTest, EverySetIsReadToldAndWritten) {
  Begin(At(path));
  host.Run("web");
  host.RunPlain("/system.slice");
  EXPECT_FALSE(store->newest());
  for (size_t i = 1; i <= 5; ++i) {
    store->NoteScrape();
    Beat();
    ASSERT_TRUE(listener.WaitFor(i));
  }
  EXPECT_EQ(listener.set(4), store->newest());
  ASSERT_EQ(store->newest()->containers.size(), 1u);
  EXPECT_EQ(store->newest()->containers[0].sample->who->name, "web");
  store->Stop();
  EXPECT_EQ(listener.written(), 5);
  const StoreStatus status = store->status();
  EXPECT_TRUE(status.writing);
  EXPECT_EQ(status.ticks_written, 5u);
  EXPECT_EQ(status.rows_written, 6u) << "five readings and a minute that closed";
  EXPECT_EQ(status.schema_version, kSchemaVersion);
  EXPECT_GT(status.file_bytes, 0u);
  ASSERT_EQ(status.tiers.size(), 4u);
  EXPECT_TRUE(status.tiers[0].oldest);
  const auto file = Database::OpenForReading(path);
  EXPECT_EQ((*file)->Number("SELECT sum(scrapes) FROM tick"), 5);
}

TEST_F(StoreTest, FramesOfTheHostAloneAreLeftOut) {
  Begin(At(path));
  Beat();
  ASSERT_TRUE(listener.WaitFor(1));
  store->Observe(host.HostBeat());
  Beat();
  ASSERT_TRUE(listener.WaitFor(2));
  store->Stop();
  EXPECT_EQ(store->status().ticks_written, 2u);
}

TEST_F(StoreTest, AFullQueueLosesItsOldestFrameAndNoIncrease) {
  Begin(At(path));
  ContainerSample& web = host.Run("web");
  Beat();
  ASSERT_TRUE(listener.WaitFor(1));
  listener.Hold(true);
  Beat();
  ASSERT_TRUE(listener.WaitFor(2));  // the thread is held in this one
  for (int i = 0; i < 12; ++i) {
    *web.cpu.usage_ns += 1'000'000;
    Beat();
  }
  EXPECT_EQ(store->status().frames_dropped, 4u);
  listener.Hold(false);
  ASSERT_TRUE(listener.WaitFor(10));
  EXPECT_EQ(listener.set(2)->containers[0].reading.cpu_us, 5000u);
  EXPECT_EQ(listener.set(2)->containers[0].reading.elapsed_ms, 50'000u);
  store->Stop();
  const auto file = Database::OpenForReading(path);
  EXPECT_EQ(WholeRaw(**file).at(1).cpu_us, 12'000u);
}

TEST_F(StoreTest, StopWritesWhatIsQueuedAndLeavesNoWal) {
  Begin(At(path));
  host.Run("web");
  for (int i = 0; i < 6; ++i) Beat();
  store->Stop();
  EXPECT_EQ(listener.written(), 6);
  EXPECT_FALSE(std::filesystem::exists(path + "-wal"));
  store->Observe(host.Beat());  // too late; nothing happens
  store->Stop();
  EXPECT_EQ(listener.written(), 6);
}

TEST_F(StoreTest, ReadingsAreToldAlsoWhenTheDiskRefuses) {
  Begin(At(path));
  host.Run("web");
  Beat();
  ASSERT_TRUE(listener.WaitFor(1));
  SQLite::Database other(path, SQLite::OPEN_READWRITE, 10'000);  // waits until the first tick is tidied up
  other.exec("BEGIN IMMEDIATE");
  Beat();
  ASSERT_TRUE(listener.WaitFor(2));
  EXPECT_EQ(listener.set(1)->containers.size(), 1u);
  EXPECT_EQ(listener.refused(), 1);
  const StoreStatus status = store->status();
  EXPECT_FALSE(status.writing);
  EXPECT_NE(status.last_error.find("locked"), std::string::npos) << status.last_error;
}

TEST_F(StoreTest, ANewerFileKeepsTheStoreShut) {
  (*Database::OpenForWriting(path))->Run("PRAGMA user_version = 33");
  const auto refused = Store::Open(At(path), clock);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("33"), std::string::npos);
}

TEST_F(StoreTest, AlertSettingsAreKeptWithTheirTimes) {
  for (const std::string& where : {path, std::string(":memory:")}) {
    auto opened = Store::Open(At(where), clock);
    ASSERT_TRUE(opened);
    Store& open = **opened;
    auto none = open.FindAlertSetting(7);
    ASSERT_TRUE(none);
    EXPECT_FALSE(*none);
    const WallTime created = FromMs(ToMs(clock.Wall()));
    ASSERT_TRUE(open.PutAlertSetting(7, {.cpu_threshold = 150, .mem_threshold = 80, .enabled = false}));
    clock.Pass(1h);
    const auto changed = open.PutAlertSetting(7, {.cpu_threshold = 200});
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->created_at, created);
    EXPECT_EQ(changed->updated_at, created + 1h);
    EXPECT_EQ(changed->cpu_threshold, 200);
    EXPECT_FALSE(changed->mem_threshold || changed->enabled) << "what is not said is not kept";
    EXPECT_EQ(**open.FindAlertSetting(7), *changed);
    EXPECT_EQ(*open.PutAlertSetting(7, {}), AlertSetting());
    EXPECT_FALSE(*open.FindAlertSetting(7)) << "nothing was said any more";
  }
}

TEST_F(StoreTest, ACompanionSeesEveryTickAndWritesWithIt) {
  struct Diary final : Companion {
    void Step(const ReadingSet& set) override { seen.push_back(set.containers.size()); }
    void Write(Database& database) override {
      database.Run("INSERT INTO alert_setting VALUES (7, 1, 1, 1, 1, 1)");
    }
    void Ended(bool written) override { ends.push_back(written); }
    std::vector<size_t> seen;
    std::vector<bool> ends;
  } diary;
  auto opened = Store::Open(At(path), clock);
  ASSERT_TRUE(opened);
  store = std::move(*opened);
  store->Attach(diary);
  store->Start(listener.readings(), listener.writes());
  host.Run("web");
  Beat();
  ASSERT_TRUE(listener.WaitFor(1));
  Beat();  // the row is there already: the tick is refused with it
  ASSERT_TRUE(listener.WaitFor(2));
  store->Stop();
  EXPECT_EQ(diary.seen, (std::vector<size_t>{1, 1}));
  EXPECT_EQ(diary.ends, (std::vector<bool>{true, false}));
  const auto file = Database::OpenForReading(path);
  EXPECT_EQ((*file)->Number("SELECT count(*) FROM tick"), 1);
}

TEST_F(StoreTest, AnotherRetentionHoldsFromTheNextTick) {
  Begin(At(path));
  host.Run("web");
  for (size_t i = 1; i <= 40; ++i) {
    Beat();
    ASSERT_TRUE(listener.WaitFor(i));
  }
  StorageConfig shorter = At(path);
  shorter.retention.raw = 120s;
  store->Reconfigure(shorter);
  for (size_t i = 41; i <= 43; ++i) {
    Beat();
    ASSERT_TRUE(listener.WaitFor(i));
  }
  store->Stop();
  const auto file = Database::OpenForReading(path);
  EXPECT_LE((*file)->Number("SELECT count(*) FROM tick"), 12 + 6 + 1) << "two minutes, and the begun one";
  EXPECT_GE((*file)->Number("SELECT count(*) FROM tick"), 12);
}

// What others keep in the store's file.
TEST_F(StoreTest, ChangesAreWholeAndReadByOthers) {
  for (const std::string& where : {path, std::string(":memory:")}) {
    auto opened = Store::Open(At(where), clock);
    ASSERT_TRUE(opened);
    Store& open = **opened;
    ASSERT_TRUE(open.Change(
        [](Database& database) { database.Run("INSERT INTO container VALUES (41, 'name:a', 1, 2)"); }));
    const auto refused = open.Change([](Database& database) {
      database.Run("INSERT INTO container VALUES (42, 'name:b', 1, 2)");
      database.Run("INSERT INTO nowhere VALUES (1)");
    });
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("no such table"), std::string::npos);
    int64_t greatest = 0;
    ASSERT_TRUE(
        open.Read([&](Database& database) { greatest = database.Number("SELECT max(id) FROM container"); }));
    EXPECT_EQ(greatest, 41) << "and nothing of what was refused";
    EXPECT_FALSE(open.Read([](Database& database) { database.Number("SELECT x FROM nowhere"); }));
  }
}

TEST_F(StoreTest, WhileTheFileIsNotOpenNothingOfItIsReadOrChanged) {
  const std::string in_the_way = folder / "later";
  WriteText(in_the_way, "a file where a folder is to be");
  auto opened = Store::Open(At(in_the_way + "/plimsoll.db"), clock);
  ASSERT_TRUE(opened) << "it is tried again";
  Store& open = **opened;
  EXPECT_FALSE(open.Change([](Database&) { ADD_FAILURE() << "nothing to change"; }));
  EXPECT_FALSE(open.Read([](Database&) { ADD_FAILURE() << "nothing to read"; }));
  for (const std::string& why :
       {open.FindAlertSetting(7).error().message, open.AlertSettings().error().message,
        open.PutAlertSetting(7, {}).error().message})
    EXPECT_EQ(why, "alert setting: the store's file is not open");
}

TEST_F(StoreTest, AllAlertSettingsAreTold) {
  auto opened = Store::Open(At(path), clock);
  ASSERT_TRUE(opened);
  Store& open = **opened;
  EXPECT_TRUE(open.AlertSettings()->empty());
  ASSERT_TRUE(open.PutAlertSetting(7, {.cpu_threshold = 150, .mem_threshold = 80, .enabled = false}));
  ASSERT_TRUE(open.PutAlertSetting(9, {.enabled = true}));
  const auto all = open.AlertSettings();
  ASSERT_EQ(all->size(), 2u);
  for (const auto& [container, setting] : *all) EXPECT_EQ(setting, **open.FindAlertSetting(container));
  ASSERT_TRUE(open.Change([](Database& database) { database.Run("DROP TABLE alert_setting"); }));
  EXPECT_TRUE(open.AlertSettings().error().message.starts_with("alert setting: "));
  EXPECT_FALSE(open.PutAlertSetting(7, {}));
}

TEST_F(StoreTest, TheNewestOfThoseThatEndedAreTold) {
  Begin(At(path));
  host.Run("stays");
  for (const char* name : {"first", "second", "third", "fourth"}) {
    ContainerSample& one = host.Run(name);
    Beat();
    host.Stop(one);
    Beat();
  }
  const auto named = [](const EndedContainers& ended) {
    std::string names;
    for (const KnownContainer& one : ended.newest) names += one.revision.name + " ";
    return names + "of " + std::to_string(ended.total);
  };
  while (store->status().ticks_written < 8) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(named(*store->history().Ended({1}, 2)), "fourth third of 4");
  EXPECT_EQ(named(*store->history().Ended({1, 3, 77}, 9)), "fourth third first of 3");
  EXPECT_EQ(named(*store->history().Ended({}, 0)), "of 5");
}

TEST_F(StoreTest, HistoryIsReadWhileItIsWritten) {
  for (const std::string& where : {path, std::string(":memory:")}) {
    Begin(At(where));
    ContainerSample& web = host.Run("web" + where);
    for (int i = 0; i < 12; ++i) {
      *web.cpu.usage_ns += 1'000'000;
      Beat();
      const auto known = store->history().Ended({}, 10);
      ASSERT_TRUE(known) << known.error().message;
    }
    store->Observe(host.Beat());
    while (store->status().ticks_written < 5) std::this_thread::sleep_for(1ms);
    const auto known = store->history().Find(1);
    ASSERT_TRUE(known && *known);
    EXPECT_TRUE((*known)->key.starts_with("name:web"));
    store->Stop();
  }
}

}  // namespace
}  // namespace plimsoll::rollup
