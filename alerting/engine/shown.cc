#include "alerting/engine/shown.h"

#include <algorithm>

namespace plimsoll::alerting {
namespace {

// A rate of nothing is 0 over any time.
bool StandsStill(const Reading& reading) {
  const Figure* const increases[] = {&reading.cpu_us, &reading.net_rx_bytes, &reading.net_tx_bytes,
                                     &reading.block_read_bytes, &reading.block_write_bytes};
  return std::all_of(std::begin(increases), std::end(increases),
                     [](const Figure* increase) { return increase->value_or(0) == 0; });
}

}  // namespace

Shown ShownBy(const Reading& reading, const ContainerSample& sample) {
  Shown shown{reading, sample.derived.cpu_limit_percent, sample.derived.memory_limit,
              sample.pids.threads_max};
  if (shown.reading.elapsed_ms && StandsStill(reading))
    shown.reading.elapsed_ms = std::min<uint64_t>(*shown.reading.elapsed_ms, 1);
  return shown;
}

}  // namespace plimsoll::alerting
