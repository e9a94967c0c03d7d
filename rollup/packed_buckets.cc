#include "rollup/packed_buckets.h"

#include "rollup/chunk.h"

namespace plimsoll::rollup {

void PackedBuckets::Put(uint32_t container, const Bucket& bucket) {
  std::string& blob = chunks_[ChunkOf(container)];
  std::string with;
  bool is_in = false;
  Bucket other;
  for (ChunkReader in(ChunkOf(container), blob); in.Next() && in.Read(other, tier_);) {
    if (!is_in && in.container() > container) {
      PutBucket(with, container, bucket, tier_);
      is_in = true;
    }
    PutBucket(with, in.container(), other, tier_);
  }
  if (!is_in) PutBucket(with, container, bucket, tier_);
  with.shrink_to_fit();
  blob = std::move(with);
}

std::optional<Bucket> PackedBuckets::Find(uint32_t container) const {
  const auto chunk = chunks_.find(ChunkOf(container));
  if (chunk == chunks_.end()) return std::nullopt;
  ChunkReader in(chunk->first, chunk->second);
  Bucket bucket;
  if (!in.Seek(container) || !in.Read(bucket, tier_)) return std::nullopt;
  return bucket;
}

std::optional<Bucket> PackedBuckets::Take(uint32_t container) {
  const auto chunk = chunks_.find(ChunkOf(container));
  if (chunk == chunks_.end()) return std::nullopt;
  std::string without;
  std::optional<Bucket> taken;
  Bucket bucket;
  for (ChunkReader in(chunk->first, chunk->second); in.Next() && in.Read(bucket, tier_);) {
    if (in.container() == container)
      taken = bucket;
    else
      PutBucket(without, in.container(), bucket, tier_);
  }
  if (without.empty())
    chunks_.erase(chunk);
  else if (taken)
    chunk->second = std::move(without);
  return taken;
}

void PackedBuckets::ForEach(const std::function<void(uint32_t, const Bucket&)>& see) const {
  Bucket bucket;
  for (const auto& [chunk, blob] : chunks_)
    for (ChunkReader in(chunk, blob); in.Next() && in.Read(bucket, tier_);) see(in.container(), bucket);
}

}  // namespace plimsoll::rollup
