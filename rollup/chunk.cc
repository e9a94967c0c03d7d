#include "rollup/chunk.h"

#include "rollup/varint.h"

namespace plimsoll::rollup {
namespace {

Figure Folded(const Figure& bytes) { return bytes ? Figure(FoldPages(*bytes)) : std::nullopt; }

Figure Unfolded(const Figure& folded) { return folded ? Figure(UnfoldPages(*folded)) : std::nullopt; }

// How far `value` lies from `from`, folded so that a small distance is a small number.
Figure Distance(const Figure& value, uint64_t from) {
  if (!value) return std::nullopt;
  const auto distance = static_cast<int64_t>(*value - from);
  const bool pages = distance % 4096 == 0;
  return Zigzag(pages ? distance / 4096 : distance) << 1 | (pages ? 0 : 1);
}

Figure FromDistance(const Figure& distance, uint64_t from) {
  if (!distance) return std::nullopt;
  const int64_t n = Unzigzag(*distance >> 1);
  return from + static_cast<uint64_t>(*distance & 1 ? n : n * 4096);
}

// Appends an entry whose figures `put` writes.
template <typename Put>
void PutEntry(std::string& blob, uint32_t container, Put put) {
  blob.push_back(static_cast<char>(container % kChunkSize));
  const size_t length_at = blob.size();
  blob.push_back('\0');
  put();
  while (blob.size() > length_at + 1 && blob.back() == '\0') blob.pop_back();  // absent figures at the end
  // No entry has more than 24 figures of 10 bytes; a length above 127 takes a second byte.
  const size_t length = blob.size() - length_at - 1;
  if (length < 0x80) {
    blob[length_at] = static_cast<char>(length);
    return;
  }
  blob[length_at] = static_cast<char>(length | 0x80);
  blob.insert(length_at + 1, 1, static_cast<char>(length >> 7));
}

}  // namespace

void PutReading(std::string& blob, const Reading& r, uint64_t tick_ms) {
  PutEntry(blob, r.container, [&] {
    PutFigure(blob,
              r.elapsed_ms ? Figure(Zigzag(static_cast<int64_t>(*r.elapsed_ms - tick_ms))) : std::nullopt);
    PutFigure(blob, r.cpu_us);
    PutFigure(blob, Folded(r.memory_bytes));
    PutFigure(blob, Folded(r.inactive_file_bytes));
    PutFigure(blob, r.threads);
    PutFigure(blob, r.net_rx_bytes);
    PutFigure(blob, r.net_tx_bytes);
    PutFigure(blob, r.block_read_bytes);
    PutFigure(blob, r.block_write_bytes);
    PutFigure(blob, r.oom_kills);
    PutFigure(blob, r.cpu_pressure);
    PutFigure(blob, r.memory_pressure);
    PutFigure(blob, r.io_pressure);
    PutFigure(blob, r.periods);
    PutFigure(blob, r.throttled_periods);
    PutFigure(blob, r.ended ? Figure(1) : std::nullopt);
  });
}

void PutBucket(std::string& blob, uint32_t container, const Bucket& b, Tier tier) {
  PutEntry(blob, container, [&] {
    const uint64_t average = b.memory_average.value_or(0);
    PutFigure(blob, b.samples);
    PutFigure(blob, b.samples - b.memory_samples);
    PutFigure(blob, Zigzag(static_cast<int64_t>(b.covered_ms) - TierMilliseconds(tier)));
    PutFigure(blob, b.cpu_us);
    PutFigure(blob, b.cpu_min);
    PutFigure(blob, b.cpu_max);
    PutFigure(blob, b.cpu_last);
    PutFigure(blob, Folded(b.memory_average));
    PutFigure(blob, Distance(b.memory_min, average));
    PutFigure(blob, Distance(b.memory_max, average));
    PutFigure(blob, Distance(b.memory_last, average));
    PutFigure(blob, b.net_rx_bytes);
    PutFigure(blob, b.net_tx_bytes);
    PutFigure(blob, b.block_read_bytes);
    PutFigure(blob, b.block_write_bytes);
    PutFigure(blob, b.oom_kills);
    PutFigure(blob, b.periods);
    PutFigure(blob, b.throttled_periods);
  });
}

bool ChunkReader::Next() {
  if (broken_ || rest_.empty()) return false;
  const auto local = static_cast<uint8_t>(rest_.front());
  rest_.remove_prefix(1);
  uint64_t length;
  if (local >= kChunkSize || !TakeVarint(rest_, length) || length > rest_.size()) {
    broken_ = true;
    return false;
  }
  local_ = local;
  entry_ = rest_.substr(0, length);
  rest_.remove_prefix(length);
  return true;
}

bool ChunkReader::Seek(uint32_t wanted) {
  while (Next())
    if (container() >= wanted) return container() == wanted;
  return false;
}

bool ChunkReader::Read(Reading& r, uint64_t tick_ms) {
  std::string_view in = entry_;
  Figure elapsed, memory, inactive, ended;
  const bool whole =
      TakeFigure(in, elapsed) && TakeFigure(in, r.cpu_us) && TakeFigure(in, memory) &&
      TakeFigure(in, inactive) && TakeFigure(in, r.threads) && TakeFigure(in, r.net_rx_bytes) &&
      TakeFigure(in, r.net_tx_bytes) && TakeFigure(in, r.block_read_bytes) &&
      TakeFigure(in, r.block_write_bytes) && TakeFigure(in, r.oom_kills) && TakeFigure(in, r.cpu_pressure) &&
      TakeFigure(in, r.memory_pressure) && TakeFigure(in, r.io_pressure) && TakeFigure(in, r.periods) &&
      TakeFigure(in, r.throttled_periods) && TakeFigure(in, ended);
  r.container = container();
  r.ended = ended.has_value();
  r.elapsed_ms.reset();
  if (elapsed) r.elapsed_ms = tick_ms + static_cast<uint64_t>(Unzigzag(*elapsed));
  r.memory_bytes = Unfolded(memory);
  r.inactive_file_bytes = Unfolded(inactive);
  broken_ = broken_ || !whole;
  return whole;
}

bool ChunkReader::Read(Bucket& b, Tier tier) {
  std::string_view in = entry_;
  Figure samples, without_memory, covered, average, least, greatest, last;
  const bool whole = TakeFigure(in, samples) && TakeFigure(in, without_memory) && TakeFigure(in, covered) &&
                     TakeFigure(in, b.cpu_us) && TakeFigure(in, b.cpu_min) && TakeFigure(in, b.cpu_max) &&
                     TakeFigure(in, b.cpu_last) && TakeFigure(in, average) && TakeFigure(in, least) &&
                     TakeFigure(in, greatest) && TakeFigure(in, last) && TakeFigure(in, b.net_rx_bytes) &&
                     TakeFigure(in, b.net_tx_bytes) && TakeFigure(in, b.block_read_bytes) &&
                     TakeFigure(in, b.block_write_bytes) && TakeFigure(in, b.oom_kills) &&
                     TakeFigure(in, b.periods) && TakeFigure(in, b.throttled_periods);
  b.samples = static_cast<uint32_t>(samples.value_or(0));
  b.memory_samples = static_cast<uint32_t>(samples.value_or(0) - without_memory.value_or(0));
  b.covered_ms = static_cast<uint64_t>(TierMilliseconds(tier) + Unzigzag(covered.value_or(0)));
  b.memory_average = Unfolded(average);
  const uint64_t from = b.memory_average.value_or(0);
  b.memory_min = FromDistance(least, from);
  b.memory_max = FromDistance(greatest, from);
  b.memory_last = FromDistance(last, from);
  broken_ = broken_ || !whole;
  return whole;
}

}  // namespace plimsoll::rollup
