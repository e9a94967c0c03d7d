#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/reading.h"
#include "rollup/bucket.h"

namespace plimsoll::rollup {

// How figures lie in the file. A row of the tables `sample`, `minute`, `hour`
// and `day` holds those of up to 32 containers, of numbers 32 n .. 32 n + 31, in one blob:
//
//   blob   := entry*                      sorted by container
//   entry  := container % 32 (one byte), length in bytes (varint), figure*
//   figure := varint, 0 for absent, n + 1 for n; figures at the end may be missing
//
// A row a container would cost 33 bytes for a reading and 62 for a minute, of
// which 13 and 20 are SQLite's own (measured, tests/bench/README.md); this
// takes about half and a tenth of the inserts, while the history of one
// container still touches only its own chunk of each tick or bucket.
constexpr uint32_t kChunkSize = 32;
constexpr uint32_t ChunkOf(uint32_t container) { return container / kChunkSize; }

// `tick_ms`: how long the tick took as a whole (table tick); most readings
// elapsed just as long, and cost one byte then.
void PutReading(std::string& blob, const Reading& reading, uint64_t tick_ms);
void PutBucket(std::string& blob, uint32_t container, const Bucket& bucket, Tier tier);

// Reads a blob from its beginning. What is not as above ends it early, with broken() true.
class ChunkReader {
 public:
  ChunkReader(uint32_t chunk, std::string_view blob) : chunk_(chunk), rest_(blob) {}

  // The next entry, in order. False at the end.
  bool Next();
  // Goes forward to `container`. False when it is not there.
  bool Seek(uint32_t container);

  uint32_t container() const { return chunk_ * kChunkSize + local_; }
  bool Read(Reading& reading, uint64_t tick_ms);
  bool Read(Bucket& bucket, Tier tier);
  bool broken() const { return broken_; }

 private:
  const uint32_t chunk_;
  std::string_view rest_, entry_;
  uint8_t local_ = 0;
  bool broken_ = false;
};

}  // namespace plimsoll::rollup
