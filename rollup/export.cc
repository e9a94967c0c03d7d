#include "rollup/export.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

#include "database/database.h"
#include "database/milliseconds.h"
#include "rollup/chunk.h"
#include "rollup/revision.h"

namespace plimsoll::rollup {
namespace {

// A counter's value at the last reading, counted on from the `meter` rows.
struct Meters {
  static constexpr size_t kCount = 8;
  std::array<Figure, kCount> values;
};

// The columns of `meter`, in the order of Meters::values, and what a reading adds to each.
constexpr const char* kMeterSql =
    "SELECT tick, cpu_us, net_rx_bytes, net_tx_bytes, block_read_bytes, block_write_bytes, periods,"
    " throttled_periods, oom_kills FROM meter WHERE container = ? AND tick >= ? AND tick <= ? ORDER BY tick";
constexpr Figure Reading::*kIncreases[Meters::kCount] = {&Reading::cpu_us,
                                                         &Reading::net_rx_bytes,
                                                         &Reading::net_tx_bytes,
                                                         &Reading::block_read_bytes,
                                                         &Reading::block_write_bytes,
                                                         &Reading::periods,
                                                         &Reading::throttled_periods,
                                                         &Reading::oom_kills};

struct Family {
  const char* name;  // without _total
  const char* help;
  int meter;  // index into Meters::values, -1: a gauge
  Figure (*gauge)(const Reading&);
  int decimals;                 // the figure is in units of 10^-decimals
  const char* extra;            // a further label of every sample, or ""
  std::string Revision::*part;  // what stands in label `part_label`, where it is known
  const char* part_label;
};

Figure WorkingSet(const Reading& r) { return r.memory_bytes; }
Figure Threads(const Reading& r) { return r.threads; }
Figure Usage(const Reading& r) {
  if (!r.memory_bytes || !r.inactive_file_bytes) return std::nullopt;
  return *r.memory_bytes + *r.inactive_file_bytes;
}

// Names, labels and units are those of /metrics. What the readings do not hold
// (per-interface packets, memory by kind, limits) is not exported.
constexpr Family kFamilies[] = {
    {"container_cpu_usage_seconds", "Processor time used, all cores together.", 0, nullptr, 6,
     ",cpu=\"total\"", nullptr, ""},
    {"container_memory_working_set_bytes",
     "Memory charged to the cgroup without the page cache that is easily given back.", -1, WorkingSet, 0, "",
     nullptr, ""},
    {"container_memory_usage_bytes", "All memory charged to the cgroup, page cache included.", -1, Usage, 0,
     "", nullptr, ""},
    {"container_network_receive_bytes", "Bytes received.", 1, nullptr, 0, "", &Revision::interface,
     "interface"},
    {"container_network_transmit_bytes", "Bytes sent.", 2, nullptr, 0, "", &Revision::interface, "interface"},
    {"container_fs_reads_bytes", "Bytes read from the device.", 3, nullptr, 0, "", &Revision::block_device,
     "device"},
    {"container_fs_writes_bytes", "Bytes written to the device.", 4, nullptr, 0, "", &Revision::block_device,
     "device"},
    {"container_cpu_cfs_periods", "Scheduling periods in which the cgroup wanted to run under its quota.", 5,
     nullptr, 0, "", nullptr, ""},
    {"container_cpu_cfs_throttled_periods", "Scheduling periods in which the quota ran out.", 6, nullptr, 0,
     "", nullptr, ""},
    {"container_oom_events", "Processes killed for want of memory.", 7, nullptr, 0, "", nullptr, ""},
    {"container_threads", "Threads in the cgroup and below it.", -1, Threads, 0, "", nullptr, ""},
};

// A label value as OpenMetrics has it between quotes.
std::string Escaped(const std::string& value) {
  std::string text;
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    if (c == '\n')
      text += "\\n";
    else
      text += c;
  }
  return text;
}

struct Stopped {};  // the reader of our text went away

// A stretch of time in ms, [begin, end).
struct Stretch {
  int64_t begin, end;
};

// The stretches of [from, to) in which nobody asked for /metrics.
std::vector<Stretch> Gaps(Database& database, const Export& order) {
  const int64_t from = ToMs(order.from), to = ToMs(order.to), shortest = order.shortest_gap.count();
  if (!order.only_gaps) return {{from, to}};
  auto rows = database.Prepared(
      "SELECT at_ms FROM tick WHERE at_ms >= ? AND at_ms < ? AND scrapes > 0 ORDER BY at_ms");
  rows->bind(1, from - shortest);
  rows->bind(2, to + shortest);
  std::vector<Stretch> gaps;
  int64_t last = from - shortest - 1;  // a scrape before that would not matter
  const auto note = [&](int64_t next) {
    if (next - last > shortest) gaps.push_back({std::max(last + 1, from), std::min(next, to)});
    last = next;
  };
  while (rows->executeStep()) note(rows->getColumn(0).getInt64());
  note(to + shortest + 1);
  std::erase_if(gaps, [](const Stretch& gap) { return gap.begin >= gap.end; });
  return gaps;
}

std::string Decimal(uint64_t figure, int decimals) {
  std::string text = std::to_string(figure);
  if (decimals == 0) return text;
  const auto places = static_cast<size_t>(decimals);
  if (text.size() <= places) text.insert(0, places + 1 - text.size(), '0');
  return text.insert(text.size() - places, 1, '.');
}

// The revision of that time; the first one's word goes for what was before it, too.
const Revision* InForce(const std::vector<Revision>& revisions, int64_t at_ms) {
  const Revision* found = revisions.empty() ? nullptr : &revisions.front();
  for (const Revision& revision : revisions)
    if (ToMs(revision.since) <= at_ms) found = &revision;
  return found;
}

// One container's reading of one tick, and its meter row where it has one there.
struct Row {
  int64_t tick, at_ms;
  Reading reading;
  std::optional<Meters> meters;
};

class Writer {
 public:
  Writer(Database& database, const Export& order)
      : database_(database),
        order_(order),
        gaps_(Gaps(database, order)),
        first_tick_(gaps_.empty() ? std::nullopt : FirstTick(gaps_.front().begin)) {}

  uint64_t WriteAll() {
    const std::vector<uint32_t> containers = Containers();
    const size_t all = std::size(kFamilies) * containers.size();
    size_t done = 0;
    for (const Family& family : kFamilies) {
      const std::string name = family.name;
      text_ += "# TYPE " + name + (family.meter < 0 ? " gauge\n" : " counter\n");
      if (name.ends_with("_bytes") || name.ends_with("_seconds"))
        text_ += "# UNIT " + name + (name.ends_with("_bytes") ? " bytes\n" : " seconds\n");
      text_ += "# HELP " + name + " " + family.help + "\n";
      for (const uint32_t container : containers) {
        WriteContainer(family, container);
        if (order_.progress) order_.progress(static_cast<double>(++done) / static_cast<double>(all));
      }
    }
    text_ += "# EOF\n";
    Flush();
    return samples_;
  }

 private:
  std::vector<uint32_t> Containers() {
    auto rows = database_.Prepared(
        "SELECT id FROM container WHERE last_seen_ms >= ? AND first_seen_ms < ? ORDER BY id");
    constexpr int64_t kRowLags = 2 * 60'000;  // last_seen_ms is written once a minute
    rows->bind(1, ToMs(order_.from) - kRowLags);
    rows->bind(2, ToMs(order_.to) + kRowLags);
    std::vector<uint32_t> ids;
    while (rows->executeStep()) ids.push_back(static_cast<uint32_t>(rows->getColumn(0).getInt64()));
    return ids;
  }

  void WriteContainer(const Family& family, uint32_t container) {
    if (!first_tick_) return;
    const std::vector<Revision> revisions = Revisions(database_, container);
    labelled_ = nullptr;
    Meters now;
    int64_t last_at = INT64_MIN;
    auto gap = gaps_.begin();
    int64_t next_tick = family.meter < 0 ? *first_tick_ : MeteredTick(container);
    // Nobody waits for the reader of our text while the file is being read: a
    // transaction that stays open keeps the WAL from being written over.
    for (std::vector<Row> page; ReadPage(container, next_tick, page);)
      for (const Row& row : page) {
        CountOn(now, row.reading);
        if (row.meters) now = *row.meters;
        // Prometheus takes no sample that is not newer than the one before: where the clock went back, it
        // waits.
        const int64_t at = row.at_ms;
        if (at <= last_at && last_at != INT64_MIN) continue;
        while (gap != gaps_.end() && gap->end <= at) ++gap;
        if (gap == gaps_.end()) {
          if (at >= gaps_.back().end + kClockSlack) return;
          continue;
        }
        if (at < gap->begin) continue;
        last_at = at;
        const Figure figure =
            family.meter < 0 ? family.gauge(row.reading) : now.values[static_cast<size_t>(family.meter)];
        if (figure) WriteSample(family, InForce(revisions, at), *figure, at);
      }
  }

  // Of the ticks from `next_tick` on, in one transaction; moves it beyond them. False when there are none.
  bool ReadPage(uint32_t container, int64_t& next_tick, std::vector<Row>& page) {
    page.clear();
    database_.BeginRead();
    const bool is_more = ReadReadings(container, next_tick, page);
    if (!page.empty()) ReadMeters(container, page);
    database_.EndRead();
    return is_more;
  }

  bool ReadReadings(uint32_t container, int64_t& next_tick, std::vector<Row>& page) {
    const uint32_t chunk_number = ChunkOf(container);
    auto rows = database_.Prepared(
        "SELECT t.id, t.at_ms, t.elapsed_ms, s.readings FROM tick t CROSS JOIN sample s"
        " WHERE t.id >= ? AND s.tick = t.id AND s.chunk = ? ORDER BY t.id LIMIT ?");
    rows->bind(1, next_tick);
    rows->bind(2, static_cast<int64_t>(chunk_number));
    rows->bind(3, kPageTicks);
    bool is_more = false;
    while (rows->executeStep()) {
      is_more = true;
      Row row{rows->getColumn(0).getInt64(), rows->getColumn(1).getInt64(), {}, {}};
      next_tick = row.tick + 1;
      const SQLite::Column blob = rows->getColumn(3);
      ChunkReader chunk(chunk_number,
                        {static_cast<const char*>(blob.getBlob()), static_cast<size_t>(blob.getBytes())});
      if (chunk.Seek(container) &&
          chunk.Read(row.reading, static_cast<uint64_t>(rows->getColumn(2).getInt64())))
        page.push_back(std::move(row));
    }
    return is_more;
  }

  void ReadMeters(uint32_t container, std::vector<Row>& page) {
    auto meters = database_.Prepared(kMeterSql);
    meters->bind(1, static_cast<int64_t>(container));
    meters->bind(2, page.front().tick);
    meters->bind(3, page.back().tick);
    auto row = page.begin();
    while (meters->executeStep()) {
      const int64_t tick = meters->getColumn(0).getInt64();
      while (row->tick < tick) ++row;
      if (row->tick == tick) row->meters = MetersOf(*meters);
    }
  }

  std::optional<int64_t> FirstTick(int64_t from_ms) {
    auto tick = database_.Prepared("SELECT min(id) FROM tick WHERE at_ms >= ?");
    tick->bind(1, from_ms);
    tick->executeStep();
    if (tick->getColumn(0).isNull()) return std::nullopt;
    return tick->getColumn(0).getInt64();
  }

  // From where a counter must be read: its newest meter row before the first gap.
  int64_t MeteredTick(uint32_t container) {
    auto meter = database_.Prepared("SELECT max(tick) FROM meter WHERE container = ? AND tick <= ?");
    meter->bind(1, static_cast<int64_t>(container));
    meter->bind(2, *first_tick_);
    meter->executeStep();
    return meter->getColumn(0).isNull() ? *first_tick_ : meter->getColumn(0).getInt64();
  }

  static void CountOn(Meters& now, const Reading& reading) {
    for (size_t i = 0; i < Meters::kCount; ++i) {
      const Figure& increase = reading.*kIncreases[i];
      if (now.values[i] && increase) *now.values[i] += *increase;
    }
  }

  static Meters MetersOf(SQLite::Statement& row) {
    Meters meters;
    for (size_t i = 0; i < Meters::kCount; ++i) {
      const SQLite::Column value = row.getColumn(static_cast<int>(i) + 1);
      if (!value.isNull()) meters.values[i] = static_cast<uint64_t>(value.getInt64());
    }
    return meters;
  }

  void WriteSample(const Family& family, const Revision* revision, uint64_t figure, int64_t at) {
    if (!revision) return;
    if (revision != labelled_) {
      labels_ = order_.labels(*revision) + family.extra;
      if (family.part && !((*revision).*family.part).empty())
        labels_ += std::string(",") + family.part_label + "=\"" + Escaped((*revision).*family.part) + "\"";
      labelled_ = revision;
    }
    text_ += family.name;
    if (family.meter >= 0) text_ += "_total";
    text_ += labels_;
    text_ += "} ";
    text_ += Decimal(figure, family.decimals);
    text_ += ' ';
    text_ += Decimal(static_cast<uint64_t>(at), 3);
    text_ += '\n';
    ++samples_;
    if (text_.size() >= kPiece) Flush();
  }

  void Flush() {
    if (!order_.write(text_)) throw Stopped();
    text_.clear();
  }

  static constexpr size_t kPiece = 64 << 10;
  static constexpr int kPageTicks = 500;
  static constexpr int64_t kClockSlack =
      3'600'000;  // ticks of later times follow for so long where the clock went back

  Database& database_;
  const Export& order_;
  const std::vector<Stretch> gaps_;
  const std::optional<int64_t> first_tick_;  // in or behind the first gap; the same for all containers
  std::string text_, labels_;
  const Revision* labelled_ = nullptr;  // whose labels `labels_` are
  uint64_t samples_ = 0;
};

}  // namespace

Result<Exported> ExportOpenMetrics(const Export& order) {
  auto database = Database::OpenForReading(order.path);
  if (!database) return tl::unexpected(database.error().error);
  try {
    Exported exported;
    if (auto first = (*database)->Prepared("SELECT min(at_ms) FROM tick"); first->executeStep())
      if (!first->getColumn(0).isNull()) exported.oldest = FromMs(first->getColumn(0).getInt64());
    exported.samples = Writer(**database, order).WriteAll();
    return exported;
  } catch (const SQLite::Exception& exception) {
    return tl::unexpected(FaultOf(exception).error.In("export " + order.path));
  } catch (const Stopped&) {
    return Fail("export: whoever reads the output went away, or there is no room for it");
  }
}

}  // namespace plimsoll::rollup
