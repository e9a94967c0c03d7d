#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace plimsoll {
class Database;
}

// The rows that say who a container was: `container`, `revision` and `meter`.
// Numbers are never given twice, so that readings and buckets whose identity is
// gone are nobody's, and wait for their own time. All throw SQLite::Exception.
namespace plimsoll::rollup {

// What they take in the file, estimated from some of them and rather too much than too little.
uint64_t IdentityBytes(Database& database);

struct KnownIdentity {
  uint32_t id = 0;
  int64_t last_seen_ms = 0;
  bool needed = false;  // the API set an alert for it, or an open alert tells of it
};
// Those with numbers above `after`, in their order.
std::vector<KnownIdentity> IdentitiesAfter(Database& database, uint32_t after, uint32_t most);
// Those that nothing needs, the longest unseen first.
std::vector<uint32_t> LongestUnseen(Database& database, uint32_t most);

void DeleteIdentity(Database& database, uint32_t id);
// Meters before the oldest tick, and revisions that were over before the oldest row.
void DeleteOutlived(Database& database, uint32_t id, int64_t oldest_tick, int64_t oldest_ms);

}  // namespace plimsoll::rollup
