#include "database/database.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>

#include "database/store_file.h"

namespace plimsoll {

extern const char kSchemaSql[];   // database/schema.sql
extern const char kSchema2Sql[];  // database/schema_2.sql
extern const char kSchema3Sql[];  // database/schema_3.sql
extern const char kSchema4Sql[];  // database/schema_4.sql

namespace {

// What leads from version n to n + 1, n being the place in the list.
const char* const kMigrations[] = {kSchemaSql, kSchema2Sql, kSchema3Sql, kSchema4Sql};
static_assert(std::size(kMigrations) == kSchemaVersion);

constexpr int kBusyTimeoutMs = 200;  // what a foreign process' lock may cost a tick
constexpr uint64_t kPageSize = 4096;
constexpr int kProgressOps = 4000;  // virtual machine steps between two looks at the clock

Fault Refusal(Fault::Reason reason, std::string message) { return Fault{reason, Error{std::move(message)}}; }

// The faults that are found while opening, carried through SQLite's own exceptions' way.
struct Refused {
  Fault fault;
};

Fault::Reason ReasonOf(int code, int extended) {
  if (extended == SQLITE_READONLY_DBMOVED || extended == SQLITE_IOERR_VNODE) return Fault::Reason::kDeleted;
  switch (code) {
    case SQLITE_FULL:
      return Fault::Reason::kFull;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return Fault::Reason::kReadOnly;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Fault::Reason::kBusy;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return Fault::Reason::kIo;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Fault::Reason::kCorrupt;
    default:
      return Fault::Reason::kOther;
  }
}

void MakeFolder(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (folder.empty()) return;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) return;
  const bool read_only = error == std::errc::read_only_file_system || error == std::errc::permission_denied;
  const bool full = error == std::errc::no_space_on_device;
  throw Refused{Refusal(read_only ? Fault::Reason::kReadOnly
                        : full    ? Fault::Reason::kFull
                                  : Fault::Reason::kIo,
                        "make folder " + folder.string() + ": " + error.message())};
}

template <typename Open>
Outcome<std::unique_ptr<Database>> Opened(const std::string& path, Open open) {
  try {
    return open();
  } catch (const Refused& refused) {
    return tl::unexpected(refused.fault);
  } catch (const SQLite::Exception& exception) {
    Fault fault = FaultOf(exception);
    fault.error = fault.error.In(path);
    return tl::unexpected(std::move(fault));
  }
}

}  // namespace

const char* ReasonName(Fault::Reason reason) {
  switch (reason) {
    case Fault::Reason::kFull:
      return "full";
    case Fault::Reason::kReadOnly:
      return "readonly";
    case Fault::Reason::kBusy:
    case Fault::Reason::kTaken:
      return "busy";
    case Fault::Reason::kIo:
      return "io";
    case Fault::Reason::kCorrupt:
      return "corrupt";
    case Fault::Reason::kDeleted:
      return "deleted";
    case Fault::Reason::kBound:
      return "size_bound";
    case Fault::Reason::kNewer:
    case Fault::Reason::kForeign:
    case Fault::Reason::kOther:
      break;
  }
  return "other";
}

Fault FaultOf(const SQLite::Exception& exception) {
  return Fault{ReasonOf(exception.getErrorCode() & 0xff, exception.getExtendedErrorCode()),
               Error{exception.what()}};
}

Outcome<std::unique_ptr<Database>> Database::OpenForWriting(const std::string& path) {
  return Opened(path, [&] {
    WriterLock lock;
    if (path != ":memory:") {
      if (auto fault = WhyNotAHistory(path)) throw Refused{std::move(*fault)};
      MakeFolder(path);
      auto taken = WriterLock::Take(path);
      if (!taken) throw Refused{Refusal(Fault::Reason::kTaken, taken.error().message)};
      lock = std::move(*taken);
    }
    std::unique_ptr<Database> database(
        new Database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, std::move(lock)));
    database->PrepareForWriting();
    return database;
  });
}

Outcome<std::unique_ptr<Database>> Database::OpenForReading(const std::string& path) {
  return Opened(path, [&] {
    if (path != ":memory:" && ::access(path.c_str(), F_OK) != 0)
      throw Refused{Refusal(Fault::Reason::kIo, path + ": " + std::strerror(errno))};
    if (auto fault = WhyNotAHistory(path)) throw Refused{std::move(*fault)};
    std::unique_ptr<Database> database(new Database(path, SQLite::OPEN_READONLY, WriterLock()));
    database->Run("PRAGMA query_only = 1; PRAGMA cache_size = -512; PRAGMA temp_store = MEMORY");
    database->Abandon();  // checkpoints are the writer's
    if (auto fault = WhyNotAHistory(path, database->Number("PRAGMA application_id"),
                                    database->Number("PRAGMA user_version")))
      throw Refused{std::move(*fault)};
    return database;
  });
}

Database::Database(const std::string& path, int flags, WriterLock lock)
    : path_(path), lock_(std::move(lock)), connection_(path, flags, kBusyTimeoutMs) {
  sqlite3_extended_result_codes(connection_.getHandle(), 1);
  RememberFile();
}

Database::~Database() = default;

void Database::RememberFile() {
  struct stat status;
  if (in_memory() || ::stat(path_.c_str(), &status) != 0) return;
  device_ = status.st_dev;
  inode_ = status.st_ino;
}

bool Database::Moved() const {
  struct stat status;
  if (in_memory()) return false;
  return ::stat(path_.c_str(), &status) != 0 || status.st_dev != device_ || status.st_ino != inode_;
}

void Database::Abandon() {
  sqlite3_db_config(connection_.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

void Database::PrepareForWriting() {
  const bool empty = Number("SELECT count(*) FROM sqlite_schema") == 0;
  const int64_t owner = Number("PRAGMA application_id");
  if (!empty || owner != 0)
    if (auto fault = WhyNotAHistory(path_, owner, Number("PRAGMA user_version")))
      throw Refused{std::move(*fault)};
  // Both hold only for a file without tables, and switching to WAL writes its first page.
  if (empty) Run("PRAGMA page_size = 4096; PRAGMA auto_vacuum = INCREMENTAL");
  Run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -1024; "
      "PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 4194304");
  // Takes the place of SQLite's own checkpoint at 1000 frames.
  sqlite3_wal_hook(
      connection_.getHandle(),
      [](void* self, sqlite3*, const char*, int frames) {
        static_cast<Database*>(self)->wal_frames_ = frames;
        return SQLITE_OK;
      },
      this);
  Migrate();
}

void Database::Migrate() {
  const int64_t version = Number("PRAGMA user_version");
  if (version == kSchemaVersion) return;
  SQLite::Transaction transaction(connection_, SQLite::TransactionBehavior::IMMEDIATE);
  for (int64_t from = version; from < kSchemaVersion; ++from) Run(kMigrations[from]);
  Run(("PRAGMA application_id = " + std::to_string(kApplicationId)).c_str());
  Run(("PRAGMA user_version = " + std::to_string(kSchemaVersion)).c_str());
  transaction.commit();
  made_ = version == 0;
}

Database::Loan Database::Prepared(std::string_view sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) {
    found->second.clearBindings();
    return Loan(found->second);
  }
  std::string text(sql);
  SQLite::Statement statement(connection_, text);
  return Loan(statements_.emplace(std::move(text), std::move(statement)).first->second);
}

int64_t Database::Number(const char* sql) {
  SQLite::Statement statement(connection_, sql);
  return statement.executeStep() ? statement.getColumn(0).getInt64() : 0;
}

void Database::BeginRead() {
  Run("BEGIN");
  // BEGIN alone reads nothing yet: the first SELECT fixes the state.
  Prepared("SELECT 1 FROM sqlite_schema LIMIT 1")->executeStep();
}

void Database::EndRead() {
  if (!sqlite3_get_autocommit(connection_.getHandle())) connection_.tryExec("ROLLBACK");
}

void Database::Limit(const Clock& clock, MonoTime deadline) {
  limit_ = std::make_unique<std::pair<const Clock*, MonoTime>>(&clock, deadline);
  sqlite3_progress_handler(
      connection_.getHandle(), kProgressOps,
      [](void* limit) {
        const auto& [ticking, end] = *static_cast<std::pair<const Clock*, MonoTime>*>(limit);
        return ticking->Mono() > end ? 1 : 0;
      },
      limit_.get());
}

void Database::Unlimit() {
  sqlite3_progress_handler(connection_.getHandle(), 0, nullptr, nullptr);
  limit_.reset();
}

uint64_t Database::FreeBytes() {
  const auto pages = Prepared("PRAGMA freelist_count");
  return pages->executeStep() ? static_cast<uint64_t>(pages->getColumn(0).getInt64()) * kPageSize : 0;
}

Database::Size Database::Measure() {
  Size size;
  size.free_bytes = FreeBytes();
  const auto pages = Prepared("PRAGMA page_count");
  if (pages->executeStep())
    size.page_bytes = static_cast<uint64_t>(pages->getColumn(0).getInt64()) * kPageSize;
  size.file_bytes = size.page_bytes;
  struct stat status;
  if (in_memory()) return size;
  // Until the next checkpoint the file may be larger or smaller than its pages.
  if (::stat(path_.c_str(), &status) == 0)
    size.file_bytes = std::max(size.file_bytes, static_cast<uint64_t>(status.st_size));
  if (::stat((path_ + "-wal").c_str(), &status) == 0) size.wal_bytes = static_cast<uint64_t>(status.st_size);
  return size;
}

bool Database::Checkpoint(bool truncate) {
  if (in_memory()) return true;
  int frames = 0, copied = 0;
  const int code = sqlite3_wal_checkpoint_v2(
      connection_.getHandle(), nullptr, truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE,
      &frames, &copied);
  if (code == SQLITE_BUSY) return false;
  if (code != SQLITE_OK) throw SQLite::Exception(connection_.getHandle(), code);
  if (frames == copied && truncate) wal_frames_ = 0;
  return frames == copied;
}

}  // namespace plimsoll
