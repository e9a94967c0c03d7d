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

// A database in memory, one page after another: what the captured one is too small to have.
class Bolt {
 public:
  static constexpr size_t kPage = 4096;

  Bolt() : bytes_(2 * kPage, '\0') {
    std::string meta;
    for (const uint32_t number : {0xED0CDAEDu, 2u, static_cast<uint32_t>(kPage), 0u}) Put(meta, number);
    for (const uint64_t number : {2, 0, 0, 9, 7})
      Put(meta, number);  // root, sequence, free list, pages, transaction
    uint64_t sum = 14695981039346656037u;
    for (const char c : meta) sum = (sum ^ static_cast<unsigned char>(c)) * 1099511628211u;
    Put(meta, sum);
    bytes_.replace(16, meta.size(), meta);
  }
  void Leaf(const std::vector<std::pair<std::string, std::string>>& entries) {
    std::string elements, texts;
    for (const auto& [key, value] : entries) {
      const size_t at = 16 * (entries.size() - elements.size() / 16) + texts.size();
      Put(elements, uint32_t{0});
      Put(elements, static_cast<uint32_t>(at));
      Put(elements, static_cast<uint32_t>(key.size()));
      Put(elements, static_cast<uint32_t>(value.size()));
      texts += key + value;
    }
    Page(2, entries.size(), elements + texts);
  }
  void Branch(const std::vector<std::pair<std::string, uint64_t>>& children) {
    std::string elements, keys;
    for (const auto& [key, page] : children) {
      const size_t at = 16 * (children.size() - elements.size() / 16) + keys.size();
      Put(elements, static_cast<uint32_t>(at));
      Put(elements, static_cast<uint32_t>(key.size()));
      Put(elements, page);
      keys += key;
    }
    Page(1, children.size(), elements + keys);
  }
  std::string& bytes() { return bytes_; }

 private:
  template <typename Number>
  static void Put(std::string& into, Number number) {
    into.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  void Page(uint16_t flags, size_t count, const std::string& content) {
    std::string page;
    Put(page, uint64_t{bytes_.size() / kPage});
    Put(page, flags);
    Put(page, static_cast<uint16_t>(count));
    Put(page, uint32_t{0});
    page += content;
    page.resize(kPage);
    bytes_ += page;
  }
  std::string bytes_;
};

TEST(BoltBranchTest, TheChildThatMayHoldAKeyIsSearched) {
  Bolt bolt;
  bolt.Branch({{"b", 3}, {"m", 4}});
  bolt.Leaf({{"b", "1"}, {"c", "2"}});
  bolt.Leaf({{"m", "3"}, {"z", "4"}});
  const auto file = BoltFile::Open(ReaderOf(bolt.bytes()));
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->Get({"b"})->value(), "1");
  EXPECT_EQ(file->Get({"c"})->value(), "2");
  EXPECT_EQ(file->Get({"m"})->value(), "3");
  EXPECT_EQ(file->Get({"z"})->value(), "4");
  for (const char* absent : {"a", "l", "zz"}) EXPECT_FALSE(file->Get({absent})->has_value()) << absent;
}

TEST(BoltBranchTest, AnEmptyBranchHoldsNothing) {
  Bolt bolt;
  bolt.Branch({});
  EXPECT_FALSE(BoltFile::Open(ReaderOf(bolt.bytes()))->Get({"a"})->has_value());
}

TEST(BoltBranchTest, AChildThatIsNotThereOrLeadsBackIsAnError) {
  Bolt astray;
  astray.Branch({{"a", 17}});
  EXPECT_FALSE(BoltFile::Open(ReaderOf(astray.bytes()))->Get({"a"}));
  Bolt circle;
  circle.Branch({{"a", 2}});
  const auto found = BoltFile::Open(ReaderOf(circle.bytes()))->Get({"a"});
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message, testing::HasSubstr("makes no sense"));
}

}  // namespace
}  // namespace plimsoll::runtime
