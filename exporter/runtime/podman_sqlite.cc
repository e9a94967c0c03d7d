#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <thread>

#include "exporter/runtime/careful_open.h"
#include "exporter/runtime/podman_database.h"

namespace plimsoll::runtime {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Database = std::unique_ptr<sqlite3, int (*)(sqlite3*)>;

constexpr std::chrono::milliseconds kBusy{50};
constexpr std::chrono::milliseconds kLongest{100};  // for all of a reading: the collector waits for it
constexpr size_t kMaxUsersDatabase = size_t{16} << 20;
constexpr int kMaxValue = 8 << 20;

// Bytes 24..27 of a database count its transactions (sqlite.org/fileformat2.html).
Result<uint64_t> ChangeCounter(const OpenedFile& file, const std::string& path) {
  unsigned char bytes[28] = {};
  if (::pread(file.fd.get(), bytes, sizeof bytes, 0) != sizeof bytes) return Fail(path + ": no database");
  uint64_t counter = 0;
  for (int i = 24; i < 28; ++i) counter = counter << 8 | bytes[i];
  return counter;
}

// SQLite's own lock for reading (sqlite.org/lockingv3.html), against writers that are at it. It goes with the
// file.
bool LockForReading(int fd) {
  constexpr off_t kPending = 0x40000000;
  const auto lock = [fd](short type, off_t first, off_t bytes) {
    struct flock range {};
    range.l_type = type;
    range.l_whence = SEEK_SET;
    range.l_start = first;
    range.l_len = bytes;
    return ::fcntl(fd, F_OFD_SETLK, &range) == 0;
  };
  const auto until = SteadyClock::now() + kBusy;
  for (;;) {
    const bool locked = lock(F_RDLCK, kPending, 1) && lock(F_RDLCK, kPending + 2, 510);
    lock(F_UNLCK, kPending, 1);
    if (locked || SteadyClock::now() >= until) return locked;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

// A user's database as it is now, read whole. SQLite opens files by name, and beside them a journal, a log
// and a file to share memory, which it even makes: all of them may be something else by then, or be cut short
// while they are mapped.
Result<Database> OpenCopy(const OpenedFile& file, const std::string& path) {
  if (file.size > kMaxUsersDatabase)
    return Fail(path + ": larger than " + std::to_string(kMaxUsersDatabase) + " bytes");
  if (!LockForReading(file.fd.get())) return Fail(path + ": is being written all the time");
  std::unique_ptr<unsigned char, void (*)(void*)> copy(
      static_cast<unsigned char*>(sqlite3_malloc64(file.size)), sqlite3_free);
  if (!copy) return Fail(path + ": out of memory");
  for (size_t have = 0; have < file.size;) {
    const ssize_t n = ::pread(file.fd.get(), copy.get() + have, file.size - have, static_cast<off_t>(have));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return Fail(path + ": cut short while it was read");
    have += static_cast<size_t>(n);
  }
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open_v2(":memory:", &raw, SQLITE_OPEN_READWRITE, nullptr);
  Database database(raw, sqlite3_close_v2);
  if (opened != SQLITE_OK) return Fail(path + ": " + sqlite3_errstr(opened));
  const auto bytes = static_cast<sqlite3_int64>(file.size);
  // Takes the copy over, whether or not it succeeds.
  const int taken = sqlite3_deserialize(raw, "main", copy.release(), bytes, bytes,
                                        SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_READONLY);
  if (taken != SQLITE_OK) return Fail(path + ": " + sqlite3_errstr(taken));
  return database;
}

Result<Database> OpenInPlace(const std::string& path) {
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READONLY, nullptr);
  Database database(raw, sqlite3_close_v2);
  if (opened != SQLITE_OK) return Fail(path + ": " + sqlite3_errstr(opened));
  sqlite3_busy_timeout(raw, static_cast<int>(kBusy.count()));
  return database;
}

int IsLate(void* until) { return SteadyClock::now() > *static_cast<const SteadyClock::time_point*>(until); }

// What a database brings along may not make us do anything but look something up. `until` must outlive it.
void Restrain(sqlite3* database, SteadyClock::time_point& until) {
  constexpr int kInstructions = 100;
  sqlite3_progress_handler(database, kInstructions, IsLate, &until);
  sqlite3_limit(database, SQLITE_LIMIT_LENGTH, kMaxValue);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
}

// The first column of the first row; nullopt without a row. SQLite's own message would quote the schema.
Result<std::optional<std::string>> QueryOne(sqlite3* database, const char* sql, std::string_view bound) {
  sqlite3_stmt* raw = nullptr;
  const int prepared = sqlite3_prepare_v2(database, sql, -1, &raw, nullptr);
  if (prepared != SQLITE_OK) return Fail(sqlite3_errstr(prepared));
  const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement(raw, sqlite3_finalize);
  // `bound` outlives the statement: no copy needed.
  sqlite3_bind_text(raw, 1, bound.data(), static_cast<int>(bound.size()), SQLITE_STATIC);
  const int step = sqlite3_step(raw);
  if (step == SQLITE_DONE) return std::nullopt;
  if (step != SQLITE_ROW) return Fail(sqlite3_errstr(step));
  const unsigned char* text = sqlite3_column_text(raw, 0);
  if (text == nullptr) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(text), static_cast<size_t>(sqlite3_column_bytes(raw, 0)));
}

// A view may be a query without an end, a virtual table anything, and the expression of a generated
// column one step that takes hours.
Result<void> MustBePlainTable(sqlite3* database, const char* name) {
  const auto kind = QueryOne(database,
                             "SELECT min(type = 'table' AND rootpage > 0) FROM sqlite_master "
                             "WHERE name = ? COLLATE NOCASE AND type IN ('table', 'view')",
                             name);
  if (!kind) return tl::unexpected(kind.error());
  if (!*kind) return Fail(std::string("no such table: ") + name);
  if (**kind != "1") return Fail(std::string(name) + " is no table");
  const auto generated = QueryOne(database, "SELECT max(hidden) FROM pragma_table_xinfo(?)", name);
  if (!generated) return tl::unexpected(generated.error());
  if (*generated != "0") return Fail(std::string(name) + " has generated columns");
  return {};
}

}  // namespace

Result<std::optional<PodmanRow>> ReadPodmanSqlite(const std::string& path, const std::string& id,
                                                  uint64_t seen) {
  const auto file = OpenRegularFile(path);
  if (!file) return tl::unexpected(file.error());
  if (!*file) return std::nullopt;
  // Read before the content: what is written in between is read once more.
  const auto counter = ChangeCounter(**file, path);
  if (!counter) return tl::unexpected(counter.error());
  PodmanRow row{*counter, {}, {}, {}};
  if (row.version == seen) return row;
  SteadyClock::time_point until = SteadyClock::now() + kLongest;
  const auto database = (*file)->user != 0 ? OpenCopy(**file, path) : OpenInPlace(path);
  if (!database) return tl::unexpected(database.error());
  Restrain(database->get(), until);
  struct Part {
    const char* table;
    const char* sql;
    std::optional<std::string>* into;
  };
  for (const Part& part :
       {Part{"ContainerConfig", "SELECT JSON FROM ContainerConfig WHERE ID=?", &row.config},
        Part{"ContainerState", "SELECT JSON FROM ContainerState WHERE ID=?", &row.state},
        Part{"ContainerExitCode", "SELECT ExitCode FROM ContainerExitCode WHERE ID=?", &row.exit_code}}) {
    if (const auto table = MustBePlainTable(database->get(), part.table); !table)
      return tl::unexpected(table.error().In(path));
    auto text = QueryOne(database->get(), part.sql, id);
    if (!text) return tl::unexpected(text.error().In(path));
    *part.into = std::move(*text);
  }
  return row;
}

}  // namespace plimsoll::runtime
