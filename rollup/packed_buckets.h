#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "rollup/bucket.h"

namespace plimsoll::rollup {

// Buckets of one tier that nothing is added to, by container, in the form in
// which the file holds them: about 50 bytes each instead of 300. Not thread-safe.
class PackedBuckets {
 public:
  explicit PackedBuckets(Tier tier) : tier_(tier) {}

  // There is none of that container yet.
  void Put(uint32_t container, const Bucket& bucket);
  std::optional<Bucket> Find(uint32_t container) const;
  std::optional<Bucket> Take(uint32_t container);
  void ForEach(const std::function<void(uint32_t container, const Bucket&)>& see) const;  // in order

  bool empty() const { return chunks_.empty(); }
  void clear() { chunks_.clear(); }

 private:
  Tier tier_;
  std::map<uint32_t, std::string> chunks_;  // blobs as chunk.h has them, none of them empty
};

}  // namespace plimsoll::rollup
