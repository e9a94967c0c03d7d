#include "rollup/counters.h"

#include <algorithm>
#include <cstring>

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

Counters::Port* PortNamed(std::vector<Counters::Port>& ports, const char* name, size_t guess) {
  const auto is = [name](const Counters::Port& port) { return std::strcmp(port.name.c_str(), name) == 0; };
  if (guess < ports.size() && is(ports[guess])) return &ports[guess];
  const auto found = std::find_if(ports.begin(), ports.end(), is);
  return found == ports.end() ? nullptr : &*found;
}

Counters::Disk* DiskNumbered(std::vector<Counters::Disk>& disks, const BlockIo& io, size_t guess) {
  const auto is = [&io](const Counters::Disk& d) { return d.major == io.major && d.minor == io.minor; };
  if (guess < disks.size() && is(disks[guess])) return &disks[guess];
  const auto found = std::find_if(disks.begin(), disks.end(), is);
  return found == disks.end() ? nullptr : &*found;
}

bool AdvanceNet(Counters& counters, const ContainerSample& sample, Reading& reading) {
  if (!sample.net_known) return false;
  const bool basis = counters.net_known;
  bool back = false;
  size_t met = 0;
  uint64_t rx = 0, tx = 0;
  const size_t before = counters.net.size();
  for (size_t i = 0; i < sample.net.size(); ++i) {
    const NetInterface& now = sample.net[i];
    Counters::Port* port = PortNamed(counters.net, now.name.c_str(), i);
    if (port) {
      ++met;
    } else {
      port = &counters.net.emplace_back();
      port->name = now.name;
    }
    back = back || now.rx_bytes < port->rx_bytes || now.tx_bytes < port->tx_bytes;
    rx += Increase(port->rx_bytes, now.rx_bytes);
    tx += Increase(port->tx_bytes, now.tx_bytes);
    port->rx_bytes = now.rx_bytes;
    port->tx_bytes = now.tx_bytes;
  }
  if (met < before) {
    back = true;
    std::erase_if(counters.net, [&](const Counters::Port& port) {
      return std::none_of(sample.net.begin(), sample.net.end(), [&](const NetInterface& now) {
        return std::strcmp(now.name.c_str(), port.name.c_str()) == 0;
      });
    });
  }
  counters.net_known = true;
  if (!basis) return false;
  reading.net_rx_bytes = rx;
  reading.net_tx_bytes = tx;
  return back;
}

bool AdvanceBlock(Counters& counters, const ContainerSample& sample, Reading& reading) {
  if (!sample.block_known) return false;
  const bool basis = counters.block_known;
  bool back = false;
  size_t met = 0;
  Figure read = 0, write = 0;
  const size_t before = counters.block.size();
  for (size_t i = 0; i < sample.block.size(); ++i) {
    const BlockIo& now = sample.block[i];
    Counters::Disk* disk = DiskNumbered(counters.block, now, i);
    if (disk)
      ++met;
    else
      disk = &counters.block.emplace_back(Counters::Disk{now.major, now.minor, {}, {}});
    back = back || WentBack(disk->read_bytes, now.read_bytes) || WentBack(disk->write_bytes, now.write_bytes);
    AddStep(read, disk->read_bytes, now.read_bytes);
    AddStep(write, disk->write_bytes, now.write_bytes);
    if (now.read_bytes) disk->read_bytes = now.read_bytes;
    if (now.write_bytes) disk->write_bytes = now.write_bytes;
  }
  if (met < before) {
    back = true;
    std::erase_if(counters.block, [&](const Counters::Disk& disk) {
      return std::none_of(sample.block.begin(), sample.block.end(), [&](const BlockIo& now) {
        return now.major == disk.major && now.minor == disk.minor;
      });
    });
  }
  counters.block_known = true;
  if (!basis) return false;
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
