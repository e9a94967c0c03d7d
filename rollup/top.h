#pragma once

#include <unordered_map>
#include <vector>

#include "rollup/history.h"
#include "rollup/open_buckets.h"

namespace plimsoll::rollup {

// The greatest consumers of one period, in one metric. Of every container that
// lived in it there is a share of 24 bytes, not a bucket of 300: on a host where
// containers come and go a day has ten thousands. For one question; not thread-safe.
class TopConsumers {
 public:
  explicit TopConsumers(const TopQuery& query);

  // First, at the moment of the file that Read is to see (OpenBuckets::Hold): what is not closed yet.
  void TakeOpen(const OpenBuckets& open);
  // Throws SQLite::Exception.
  std::vector<Consumer> Read(Database& database);

 private:
  // `amount` for every unit of `weight`: microseconds or bytes by milliseconds, bytes by readings.
  struct Share {
    double amount = 0;
    uint64_t weight = 0;
    bool known = false;  // without one known figure there is no share
  };
  struct Stretch {  // of closed buckets, by number
    Tier tier;
    int64_t first, beyond;
  };
  void Add(uint32_t container, const Bucket& bucket);
  void AddClosed(Database& database, const Stretch& stretch);
  std::optional<double> ValueOf(const Share& share) const;

  const TopQuery query_;
  std::vector<Stretch> closed_;
  std::unordered_map<uint32_t, Share> shares_;
};

}  // namespace plimsoll::rollup
