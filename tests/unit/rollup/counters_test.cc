#include "rollup/counters.h"

#include <gtest/gtest.h>

namespace plimsoll::rollup {
namespace {

BlockIo Device(uint32_t minor, uint64_t bytes, bool counted_elsewhere) {
  BlockIo io;
  io.major = 253;
  io.minor = minor;
  io.read_bytes = io.write_bytes = bytes;
  io.counted_elsewhere = counted_elsewhere;
  return io;
}

ContainerSample Sample(uint64_t bytes) {
  ContainerSample sample;
  sample.block_known = true;
  sample.block = {Device(0, bytes, false), Device(1, bytes, true)};
  return sample;
}

// A volume and the disk below it, which counts the same bytes once more.
TEST(CountersTest, BytesThatAnotherDeviceCountsAreRecordedOnce) {
  Counters counters = Counters::Zero();
  Reading reading;
  counters.Advance(Sample(1000), reading);
  EXPECT_EQ(reading.block_read_bytes, 1000u);
  counters.Advance(Sample(1500), reading);
  EXPECT_EQ(reading.block_read_bytes, 500u);
  EXPECT_EQ(reading.block_write_bytes, 500u);
  EXPECT_EQ(Meter::Of(counters).block_read_bytes, 1500u);
  EXPECT_EQ(Meter::Of(counters).block_write_bytes, 1500u);
}

// Which of the two counts may change while it runs: no step is taken twice, and none from 0.
TEST(CountersTest, ADeviceThatBeginsToCountGoesOnFromWhereItIs) {
  Counters counters = Counters::Zero();
  Reading reading;
  counters.Advance(Sample(1000), reading);
  ContainerSample other = Sample(1200);
  other.block[0].counted_elsewhere = true;
  other.block[1].counted_elsewhere = false;
  counters.Advance(other, reading);
  EXPECT_EQ(reading.block_read_bytes, 200u);
}

}  // namespace
}  // namespace plimsoll::rollup
