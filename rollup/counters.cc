#include "rollup/counters.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace plimsoll::rollup {
namespace {

uint64_t Increase(uint64_t before, uint64_t now) { return now >= before ? now - before : now; }

void Step(Figure& basis, const Figure& now, Figure& increase) {
  if (!now) return;
  if (basis) increase = Increase(*basis, *now);
  basis = now;
}

// Increase of one part of a sum; a part that the basis did not have began at 0.
void AddStep(Figure& sum, const Figure& before, const Figure& now) {
  if (now) sum = sum.value_or(0) + Increase(before.value_or(0), *now);
}

bool WentBack(const Figure& before, const Figure& now) { return before && (!now || *now < *before); }

bool Is(const Counters::Port& port, const NetInterface& net) {
  return std::strcmp(port.name.c_str(), net.name.c_str()) == 0;
}
bool Is(const Counters::Disk& disk, const BlockIo& io) {
  return disk.major == io.major && disk.minor == io.minor;
}
Counters::Port PartOf(const NetInterface& net) { return {net.name}; }
Counters::Disk PartOf(const BlockIo& io) { return {io.major, io.minor, {}, {}}; }

// The part that is `now`, mostly at the place `guess`; a new one has counted nothing.
template <typename Part, typename Now>
Part& Known(std::vector<Part>& parts, const Now& now, size_t guess) {
  if (guess < parts.size() && Is(parts[guess], now)) return parts[guess];
  const auto found =
      std::find_if(parts.begin(), parts.end(), [&now](const Part& part) { return Is(part, now); });
  return found == parts.end() ? parts.emplace_back(PartOf(now)) : *found;
}

// Calls advance(part, its counters now), true when one of them went back, for
// each; forgets the parts that vanished. True when any vanished or went back.
template <typename Part, typename Now, typename Fn>
bool AdvanceEach(std::vector<Part>& parts, const std::vector<Now>& seen, Fn advance) {
  bool back = false;
  for (size_t i = 0; i < seen.size(); ++i) back = advance(Known(parts, seen[i], i), seen[i]) || back;
  if (parts.size() <= seen.size()) return back;
  std::erase_if(parts, [&seen](const Part& part) {
    return std::none_of(seen.begin(), seen.end(), [&part](const Now& now) { return Is(part, now); });
  });
  return true;
}

bool AdvanceNet(Counters& counters, const ContainerSample& sample, Reading& reading) {
  if (!sample.net_known) return false;
  uint64_t rx = 0, tx = 0;
  const bool back = AdvanceEach(counters.net, sample.net, [&](Counters::Port& port, const NetInterface& now) {
    const bool is_less = now.rx_bytes < port.rx_bytes || now.tx_bytes < port.tx_bytes;
    rx += Increase(port.rx_bytes, now.rx_bytes);
    tx += Increase(port.tx_bytes, now.tx_bytes);
    port.rx_bytes = now.rx_bytes;
    port.tx_bytes = now.tx_bytes;
    return is_less;
  });
  if (!std::exchange(counters.net_known, true)) return false;
  reading.net_rx_bytes = rx;
  reading.net_tx_bytes = tx;
  return back;
}

bool AdvanceBlock(Counters& counters, const ContainerSample& sample, Reading& reading) {
  if (!sample.block_known) return false;
  Figure read = 0, write = 0;
  const bool back = AdvanceEach(counters.block, sample.block, [&](Counters::Disk& disk, const BlockIo& now) {
    const bool is_less =
        WentBack(disk.read_bytes, now.read_bytes) || WentBack(disk.write_bytes, now.write_bytes);
    disk.counted_elsewhere = now.counted_elsewhere;
    if (!now.counted_elsewhere) {
      AddStep(read, disk.read_bytes, now.read_bytes);
      AddStep(write, disk.write_bytes, now.write_bytes);
    }
    if (now.read_bytes) disk.read_bytes = now.read_bytes;
    if (now.write_bytes) disk.write_bytes = now.write_bytes;
    return is_less;
  });
  if (!std::exchange(counters.block_known, true)) return false;
  reading.block_read_bytes = read;
  reading.block_write_bytes = write;
  return back;
}

}  // namespace

Counters Counters::Zero() {
  Counters zero;
  zero.cpu_us = zero.periods = zero.throttled_periods = zero.oom_kills = 0;
  zero.net_known = zero.block_known = true;
  return zero;
}

bool Counters::Advance(const ContainerSample& sample, Reading& reading) {
  // Whole microseconds of the total, not of the increase: what is cut off here is told by the next.
  const Figure now_us = sample.cpu.usage_ns ? Figure(*sample.cpu.usage_ns / 1000) : std::nullopt;
  bool back = WentBack(cpu_us, now_us) && now_us;
  Step(cpu_us, now_us, reading.cpu_us);
  Step(periods, sample.cpu.periods, reading.periods);
  Step(throttled_periods, sample.cpu.throttled_periods, reading.throttled_periods);
  Step(oom_kills, sample.memory.oom_kills, reading.oom_kills);
  back = AdvanceNet(*this, sample, reading) || back;
  return AdvanceBlock(*this, sample, reading) || back;
}

Meter Meter::Of(const Counters& counters) {
  Meter meter;
  meter.cpu_us = counters.cpu_us;
  meter.periods = counters.periods;
  meter.throttled_periods = counters.throttled_periods;
  meter.oom_kills = counters.oom_kills;
  if (counters.net_known) meter.net_rx_bytes = meter.net_tx_bytes = 0;
  for (const Counters::Port& port : counters.net) {
    *meter.net_rx_bytes += port.rx_bytes;
    *meter.net_tx_bytes += port.tx_bytes;
  }
  if (counters.block_known) meter.block_read_bytes = meter.block_write_bytes = 0;
  for (const Counters::Disk& disk : counters.block) {
    if (disk.counted_elsewhere) continue;
    *meter.block_read_bytes += disk.read_bytes.value_or(0);
    *meter.block_write_bytes += disk.write_bytes.value_or(0);
  }
  return meter;
}

void Meter::Add(const Reading& increases) {
  EachCounter(*this, increases, [](Figure& sum, const Figure& more) {
    if (sum && more) *sum += *more;
  });
}

void Meter::Increases(const Meter& now, Reading& reading) const {
  Meter increase;
  EachCounter(increase, *this, [](Figure& a, const Figure& b) { a = b; });
  EachCounter(increase, now, [](Figure& basis, const Figure& n) {
    basis = basis && n && *n >= *basis ? Figure(*n - *basis) : std::nullopt;
  });
  EachCounter(reading, increase, [](Figure& a, const Figure& b) { a = b; });
}

}  // namespace plimsoll::rollup
