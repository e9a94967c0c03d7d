#include "exporter/runtime/bolt_file.h"

#include <cstring>

#include "unit/runtime/fixture.h"

namespace plimsoll::runtime {
namespace {

constexpr const char* kEnded = "ea048371dc3ec5f2fe6c6dcac3e2d4d00ceb8e4429eac1895e8d9c9362306d6e";

BoltFile::ReadAt ReaderOf(const std::string& bytes) {
  return [&bytes](uint64_t offset, char* into, size_t size) {
    if (offset > bytes.size() || size > bytes.size() - offset) return false;
    std::memcpy(into, bytes.data() + offset, size);
    return true;
  };
}

class BoltFileTest : public testing::Test {
 protected:
  std::string bytes_ = FixtureText("podman-4.3.1/storage/libpod/bolt_state.db");
};

TEST_F(BoltFileTest, FindsValuesAtTheEndOfBuckets) {
  const auto file = BoltFile::Open(ReaderOf(bytes_));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_GT(file->transaction(), 10u);
  EXPECT_EQ(file->Get({"exit-code", kEnded})->value(), "5");
  EXPECT_EQ(file->Get({"runtime-config", "graph-root"})->value(), "/srv/fx/storage");
  EXPECT_THAT(file->Get({"ctr", kEnded, "config"})->value(), testing::HasSubstr("\"name\":\"ended\""));
}

TEST_F(BoltFileTest, AbsenceIsNoError) {
  const auto file = BoltFile::Open(ReaderOf(bytes_));
  ASSERT_TRUE(file);
  EXPECT_FALSE(file->Get({"nowhere"})->has_value());
  EXPECT_FALSE(file->Get({"ctr", FullId('0'), "config"})->has_value());
  EXPECT_FALSE(file->Get({"ctr", kEnded, "no such key"})->has_value());
  EXPECT_FALSE(file->Get({"ctr", kEnded})->has_value());                 // a bucket, not a value
  EXPECT_FALSE(file->Get({"exit-code", kEnded, "below"})->has_value());  // a value, not a bucket
  EXPECT_FALSE(file->Get({})->has_value());
}

TEST_F(BoltFileTest, TheOlderMetaServesWhenTheNewerIsTorn) {
  const uint64_t newest = BoltFile::Open(ReaderOf(bytes_))->transaction();
  for (const size_t meta : {size_t{0}, size_t{4096}}) {
    std::string torn = bytes_;
    torn[meta + 16 + 48] ^= 1;  // its transaction number no longer fits its checksum
    const auto file = BoltFile::Open(ReaderOf(torn));
    ASSERT_TRUE(file);
    EXPECT_TRUE(file->transaction() == newest || file->transaction() == newest - 1);
  }
  std::string both = bytes_;
  both[16 + 48] ^= 1;
  both[4096 + 16 + 48] ^= 1;
  EXPECT_FALSE(BoltFile::Open(ReaderOf(both)));
}

TEST_F(BoltFileTest, CutOrDamagedAnywhereNeverDoesMoreThanFail) {
  int failed = 0;
  for (size_t at = 0; at < bytes_.size(); at += 61) {
    const std::string cut = bytes_.substr(0, at);
    if (const auto file = BoltFile::Open(ReaderOf(cut)); file && file->Get({"ctr", kEnded, "config"}))
      continue;
    ++failed;
  }
  EXPECT_GT(failed, 0);
  for (size_t at = 8192; at < bytes_.size(); at += 37) {
    std::string damaged = bytes_;
    damaged[at] = static_cast<char>(~damaged[at]);
    const auto file = BoltFile::Open(ReaderOf(damaged));
    ASSERT_TRUE(file);
    (void)file->Get({"ctr", kEnded, "state"});
  }
}

TEST_F(BoltFileTest, NoDatabaseIsAnError) {
  const std::string empty;
  EXPECT_FALSE(BoltFile::Open(ReaderOf(empty)));
  const std::string zeros(8192, '\0');
  EXPECT_THAT(BoltFile::Open(ReaderOf(zeros)).error().message, testing::HasSubstr("no valid meta"));
}

}  // namespace
}  // namespace plimsoll::runtime
