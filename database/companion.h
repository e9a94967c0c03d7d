#pragma once

#include "database/database.h"
#include "model/reading.h"

namespace plimsoll {

// Who sees each tick before it is recorded and writes into the same
// transaction. Called on the store's thread, in this order.
class Companion {
 public:
  virtual ~Companion() = default;
  // Always, also while there is no file.
  virtual void Step(const ReadingSet& set) = 0;
  // Inside the tick's transaction, which what it throws ends. Not while there is no file.
  virtual void Write(Database& database) = 0;
  // The tick is on disk, or it is not: then what Write() wrote is undone.
  virtual void Ended(bool written) = 0;
};

}  // namespace plimsoll
