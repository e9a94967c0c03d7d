#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "database/database.h"
#include "model/clock.h"
#include "model/result.h"

namespace plimsoll {

// The writing connection. Null while the file cannot be opened; who uses it holds the mutex.
struct WriteConnection {
  std::mutex mutex;
  std::unique_ptr<Database> database;
};

// At most two connections that only read, opened at first use and closed when
// nobody asked for a while. `:memory:` has none of its own: there the writing
// one is lent, and the writer waits. Thread-safe.
class ReadConnections {
 public:
  // `writer` outlives this.
  ReadConnections(std::string path, WriteConnection& writer, const Clock& clock);

  // The right to read, until it dies; ends an unfinished BeginRead(). Statements
  // fail as "interrupted" two seconds after the taking.
  class Lease {
   public:
    Lease(Lease&& other) noexcept;
    Lease(const Lease&) = delete;
    ~Lease();
    Database* operator->() const { return database_; }
    Database& operator*() const { return *database_; }

   private:
    friend class ReadConnections;
    Lease(ReadConnections& from, std::unique_ptr<Database> own, uint64_t generation);
    Lease(ReadConnections& from, std::unique_lock<std::mutex> writer, Database& database);

    ReadConnections* from_;
    std::unique_ptr<Database> own_;
    std::unique_lock<std::mutex> writer_;
    Database* database_;
    uint64_t generation_ = 0;
  };

  // Waits while both are lent; fails when none came free in five seconds or the file cannot be opened.
  Result<Lease> Take();

  // The path leads to another file now: what is open is closed when it comes back.
  void Forget();
  // Closes what nobody has used for half a minute.
  void CloseIdle();

 private:
  struct Idle {
    std::unique_ptr<Database> database;
    MonoTime since;
  };
  void Return(std::unique_ptr<Database> database, uint64_t generation);

  const std::string path_;
  WriteConnection& writer_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable came_back_;
  std::vector<Idle> idle_;
  size_t lent_ = 0;
  uint64_t generation_ = 0;
};

}  // namespace plimsoll
