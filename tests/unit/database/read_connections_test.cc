#include "database/read_connections.h"

#include <gtest/gtest.h>

#include "manual_clock.h"
#include "temp_folder.h"

namespace plimsoll {
namespace {

TEST(ReadConnectionsTest, TwoAtMostAndTheyAreKept) {
  ManualClock clock;
  const TempFolder folder;
  const std::string path = folder / "plimsoll.db";
  WriteConnection writer;
  writer.database = std::move(*Database::OpenForWriting(path));
  ReadConnections readers(path, writer, clock);
  const Database* first;
  {
    auto one = readers.Take();
    auto two = readers.Take();
    ASSERT_TRUE(one && two);
    first = &**one;
    EXPECT_NE(&**one, &**two);
    EXPECT_EQ((*two)->Number("SELECT count(*) FROM container"), 0);
  }
  auto again = readers.Take();
  ASSERT_TRUE(again);
  EXPECT_EQ(&**again, first);
}

TEST(ReadConnectionsTest, InMemoryTheWritersConnectionIsLent) {
  ManualClock clock;
  WriteConnection writer;
  writer.database = std::move(*Database::OpenForWriting(":memory:"));
  ReadConnections readers(":memory:", writer, clock);
  {
    auto lease = readers.Take();
    ASSERT_TRUE(lease);
    EXPECT_EQ(&**lease, writer.database.get());
    (*lease)->BeginRead();
    EXPECT_FALSE(writer.mutex.try_lock());
  }
  const std::unique_lock free(writer.mutex, std::try_to_lock);
  EXPECT_TRUE(free.owns_lock());
}

}  // namespace
}  // namespace plimsoll
