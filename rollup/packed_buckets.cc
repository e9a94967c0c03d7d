#include "rollup/packed_buckets.h"

#include <array>

#include "rollup/chunk.h"

namespace plimsoll::rollup {
namespace {

using Unpacked = std::array<Bucket, kChunkSize>;  // by container; empty ones are not there

void AppendTo(Unpacked& buckets, uint32_t chunk, std::string_view blob, Tier tier) {
  Bucket bucket;
  for (ChunkReader in(chunk, blob); in.Next() && in.Read(bucket, tier);)
    buckets[in.container() % kChunkSize].Append(bucket);
}

std::string Packed(const Unpacked& buckets, uint32_t chunk, Tier tier) {
  std::string blob;
  for (uint32_t local = 0; local < kChunkSize; ++local)
    if (!buckets[local].empty()) PutBucket(blob, chunk * kChunkSize + local, buckets[local], tier);
  blob.shrink_to_fit();
  return blob;
}

}  // namespace

void PackedBuckets::Append(const std::vector<std::pair<uint32_t, const Bucket*>>& buckets) {
  for (auto at = buckets.begin(); at != buckets.end();) {
    const uint32_t chunk = ChunkOf(at->first);
    std::string& blob = chunks_[chunk];
    Unpacked all;
    AppendTo(all, chunk, blob, tier_);
    for (; at != buckets.end() && ChunkOf(at->first) == chunk; ++at)
      all[at->first % kChunkSize].Append(*at->second);
    blob = Packed(all, chunk, tier_);
  }
}

void PackedBuckets::Append(uint32_t chunk, std::string_view blob, Tier of) {
  Unpacked all;
  const auto own = chunks_.find(chunk);
  if (own != chunks_.end()) AppendTo(all, chunk, own->second, tier_);
  AppendTo(all, chunk, blob, of);
  if (std::string packed = Packed(all, chunk, tier_); !packed.empty()) chunks_[chunk] = std::move(packed);
}

void PackedBuckets::Append(const PackedBuckets& later) {
  for (const auto& [chunk, blob] : later.chunks_) Append(chunk, blob, later.tier_);
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
  Unpacked all;
  AppendTo(all, chunk->first, chunk->second, tier_);
  Bucket& one = all[container % kChunkSize];
  if (one.empty()) return std::nullopt;
  const Bucket taken = std::exchange(one, {});
  chunk->second = Packed(all, chunk->first, tier_);
  if (chunk->second.empty()) chunks_.erase(chunk);
  return taken;
}

void PackedBuckets::ForEach(const std::function<void(uint32_t, const Bucket&)>& see) const {
  Bucket bucket;
  for (const auto& [chunk, blob] : chunks_)
    for (ChunkReader in(chunk, blob); in.Next() && in.Read(bucket, tier_);) see(in.container(), bucket);
}

size_t PackedBuckets::size() const {
  size_t containers = 0;
  for (const auto& [chunk, blob] : chunks_)
    for (ChunkReader in(chunk, blob); in.Next();) ++containers;
  return containers;
}

}  // namespace plimsoll::rollup
