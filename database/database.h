#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "database/writer_lock.h"
#include "model/clock.h"
#include "model/result.h"

namespace plimsoll {

// The newest schema this program knows; stands in the file's user_version.
constexpr int kSchemaVersion = 4;
// "Plim", big-endian: says whose file it is.
constexpr int32_t kApplicationId = 0x506c696d;

// Why the file could not be read or written.
struct Fault {
  // kBound: storage.max_size is too small for what must be kept. After kOther: why it is not even begun with;
  // kTaken: another Plimsoll writes the file.
  enum class Reason {
    kFull,
    kReadOnly,
    kBusy,
    kIo,
    kCorrupt,
    kDeleted,
    kBound,
    kOther,
    kNewer,
    kForeign,
    kTaken
  };
  Reason reason = Reason::kOther;
  Error error;
};
const char* ReasonName(Fault::Reason reason);  // "full", "readonly", ...
Fault FaultOf(const SQLite::Exception& exception);

template <typename T>
using Outcome = tl::expected<T, Fault>;

// One connection to the store's file. Belongs to one thread at a time. But for
// the two that open, methods throw SQLite::Exception; whoever answers to the
// outside of the room catches it and asks FaultOf().
class Database {
 public:
  // Makes the folder, the file and the schema where missing, and migrates an
  // older schema. Fails with kNewer for a schema above ours, kForeign for
  // what is no history of ours, kCorrupt for one that is damaged, kTaken
  // while another Plimsoll has it open for writing.
  // Checkpoints happen only in Checkpoint().
  static Outcome<std::unique_ptr<Database>> OpenForWriting(const std::string& path);
  // Never writes and never makes the file. Fails with kForeign and kNewer as above.
  static Outcome<std::unique_ptr<Database>> OpenForReading(const std::string& path);

  Database(const Database&) = delete;
  ~Database();

  // A prepared statement on loan: bound to nothing at first, reset when the loan ends.
  class Loan {
   public:
    explicit Loan(SQLite::Statement& statement) : statement_(&statement) {}
    Loan(Loan&& other) noexcept : statement_(std::exchange(other.statement_, nullptr)) {}
    Loan(const Loan&) = delete;
    ~Loan() {
      if (statement_) statement_->tryReset();
    }
    SQLite::Statement* operator->() const { return statement_; }
    SQLite::Statement& operator*() const { return *statement_; }

   private:
    SQLite::Statement* statement_;
  };
  // Prepares `sql` at its first use and keeps it as long as the connection. The
  // same text must not be on loan twice at once. For texts fixed at build time.
  Loan Prepared(std::string_view sql);

  void Run(const char* sql) { connection_.exec(sql); }
  int64_t Number(const char* sql);  // the first column of the first row; 0 when there is none

  // Everything read until EndRead() is of one state of the file: that of now.
  void BeginRead();
  void EndRead();  // also when there is nothing to end; never throws

  // Statements fail with "interrupted" once `clock` passes `deadline`.
  void Limit(const Clock& clock, MonoTime deadline);
  void Unlimit();

  // Copies the WAL into the file. `truncate`: waits for readers (shortly) and
  // shortens the WAL to nothing. False when readers kept it from being whole.
  bool Checkpoint(bool truncate);
  // Frames in the WAL as of the last commit.
  int wal_frames() const { return wal_frames_; }

  struct Size {
    uint64_t file_bytes = 0, wal_bytes = 0, free_bytes = 0;  // free: pages inside the file without content
    uint64_t page_bytes = 0;  // of all pages as of now; the file follows at the next checkpoint
    uint64_t total() const { return file_bytes + wal_bytes; }
    uint64_t used() const { return page_bytes - free_bytes; }
  };
  Size Measure();
  uint64_t FreeBytes();

  bool in_memory() const { return path_ == ":memory:"; }
  // The path leads no longer to the file that was opened: deleted, or another lies there.
  bool Moved() const;
  // No checkpoint when it closes: the file is given up.
  void Abandon();

  // Device and inode of the file when it was opened; 0 and 0 in memory.
  std::pair<uint64_t, uint64_t> file() const { return {device_, inode_}; }
  const std::string& path() const { return path_; }
  bool made() const { return made_; }  // this opening made the schema
  SQLite::Database& connection() { return connection_; }

 private:
  Database(const std::string& path, int flags, WriterLock lock);
  void PrepareForWriting();
  void Migrate();
  void RememberFile();

  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  const std::string path_;
  WriterLock lock_;  // lifted after the connection is closed
  SQLite::Database connection_;
  std::unordered_map<std::string, SQLite::Statement, TextHash, std::equal_to<>> statements_;
  std::unique_ptr<std::pair<const Clock*, MonoTime>> limit_;
  int wal_frames_ = 0;
  uint64_t device_ = 0, inode_ = 0;
  bool made_ = false;
};

}  // namespace plimsoll
