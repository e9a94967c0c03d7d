#include "exporter/exposition/store_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

#include "exporter/exposition/catch_up.h"

namespace plimsoll::exposition {
namespace {

using prometheus::Counter;
using prometheus::Gauge;

const prometheus::Histogram::BucketBoundaries kWriteBuckets{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                                            0.01,   0.025,   0.1,    0.5,   2.5};

prometheus::Family<Gauge>& Gauges(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

Counter& OneCounter(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

StoreMetrics::StoreMetrics(prometheus::Registry& registry)
    : registry_(registry),
      durations_(prometheus::BuildHistogram()
                     .Name("plimsoll_store_write_duration_seconds")
                     .Help("Time that recording one tick of all containers took.")
                     .Register(registry_)
                     .Add({}, kWriteBuckets)),
      up_(Gauges(registry, "plimsoll_store_up",
                 "1 if the last tick was written to disk, 0 if it could not be.")
              .Add({})),
      size_(Gauges(
          registry, "plimsoll_store_size_bytes",
          "Size of the store: its file, the write-ahead log beside it, and what is free inside the file.")),
      file_bytes_(size_.Add({{"part", "file"}})),
      wal_bytes_(size_.Add({{"part", "wal"}})),
      free_bytes_(size_.Add({{"part", "free"}})),
      rows_written_(OneCounter(registry, "plimsoll_store_rows_written_total",
                               "Readings and buckets of one container each that were written.")),
      rows_deleted_(OneCounter(registry, "plimsoll_store_rows_deleted_total",
                               "Readings and buckets of one container each that retention deleted.")),
      frames_dropped_(OneCounter(registry, "plimsoll_store_frames_dropped_total",
                                 "Ticks that were not recorded because the disk was too slow.")),
      damaged_files_(OneCounter(registry, "plimsoll_store_damaged_files_total",
                                "Times that a damaged file was set aside and a new one begun.")),
      size_bound_drops_(OneCounter(
          registry, "plimsoll_store_size_bound_dropped_rows_total",
          "Readings, buckets and ended containers that were deleted early to stay below storage.max_size.")),
      write_errors_(prometheus::BuildCounter()
                        .Name("plimsoll_store_write_errors_total")
                        .Help("Failures of the store to write or to maintain its file, by reason.")
                        .Register(registry)) {}

void StoreMetrics::Observe(const StoreFigures& figures) {
  if (figures.write) durations_.Observe(std::chrono::duration<double>(*figures.write).count());
  up_.Set(figures.up ? 1 : 0);
  file_bytes_.Set(static_cast<double>(figures.file_bytes));
  wal_bytes_.Set(static_cast<double>(figures.wal_bytes));
  free_bytes_.Set(static_cast<double>(figures.free_bytes));
  CatchUp(rows_written_, figures.rows_written);
  CatchUp(rows_deleted_, figures.rows_deleted);
  CatchUp(frames_dropped_, figures.frames_dropped);
  CatchUp(damaged_files_, figures.damaged_files);
  CatchUp(size_bound_drops_, figures.size_bound_drops);
  for (const auto& [reason, count] : figures.write_errors)
    CatchUp(write_errors_.Add({{"reason", reason}}), count);
}

}  // namespace plimsoll::exposition
