#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rollup/bucket.h"

namespace plimsoll::rollup {

// One bucket of one tier of many containers, in the form in which the file
// holds it: about 50 bytes each instead of 300. Not thread-safe.
class PackedBuckets {
 public:
  explicit PackedBuckets(Tier tier) : tier_(tier) {}

  // Each takes in what came after what is there.
  void Append(const std::vector<std::pair<uint32_t, const Bucket*>>& buckets);  // sorted by container
  void Append(uint32_t chunk, std::string_view blob, Tier of);  // a row of the table of tier `of`
  void Append(const PackedBuckets& later);

  std::optional<Bucket> Find(uint32_t container) const;
  std::optional<Bucket> Take(uint32_t container);
  void ForEach(const std::function<void(uint32_t container, const Bucket&)>& see) const;  // in order

  Tier tier() const { return tier_; }
  const std::map<uint32_t, std::string>& chunks() const {
    return chunks_;
  }                     // the table's rows; no blob is empty
  size_t size() const;  // containers
  bool empty() const { return chunks_.empty(); }
  void clear() { chunks_.clear(); }

  friend bool operator==(const PackedBuckets&, const PackedBuckets&) = default;

 private:
  Tier tier_;
  std::map<uint32_t, std::string> chunks_;
};

}  // namespace plimsoll::rollup
