#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <memory>

#include "exporter/runtime/podman_database.h"

namespace plimsoll::runtime {
namespace {

constexpr int kBusyMs = 50;

// Bytes 24..27 of a database count its transactions (sqlite.org/fileformat2.html).
// nullopt when there is no such file.
Result<std::optional<uint64_t>> ChangeCounter(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (fd < 0) return tl::unexpected(ErrnoError("open " + path));
  unsigned char bytes[28] = {};
  const ssize_t n = ::pread(fd, bytes, sizeof bytes, 0);
  ::close(fd);
  if (n != sizeof bytes) return Fail(path + ": no database");
  uint64_t counter = 0;
  for (int i = 24; i < 28; ++i) counter = counter << 8 | bytes[i];
  return counter;
}

// The first column of the first row; nullopt without a row.
Result<std::optional<std::string>> QueryOne(sqlite3* database, const char* sql, const std::string& id) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(database, sql, -1, &raw, nullptr) != SQLITE_OK)
    return Fail(sqlite3_errmsg(database));
  const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement(raw, sqlite3_finalize);
  // `id` outlives the statement: no copy needed.
  if (sqlite3_bind_text(raw, 1, id.data(), static_cast<int>(id.size()), SQLITE_STATIC) != SQLITE_OK)
    return Fail(sqlite3_errmsg(database));
  const int step = sqlite3_step(raw);
  if (step == SQLITE_DONE) return std::nullopt;
  if (step != SQLITE_ROW) return Fail(sqlite3_errmsg(database));
  const unsigned char* text = sqlite3_column_text(raw, 0);
  if (text == nullptr) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(text), static_cast<size_t>(sqlite3_column_bytes(raw, 0)));
}

}  // namespace

Result<std::optional<PodmanRow>> ReadPodmanSqlite(const std::string& path, const std::string& id,
                                                  uint64_t seen) {
  // Read before the content: what is written in between is read once more.
  const auto counter = ChangeCounter(path);
  if (!counter) return tl::unexpected(counter.error());
  if (!*counter) return std::nullopt;
  PodmanRow row{**counter, {}, {}, {}};
  if (row.version == seen) return row;
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READONLY, nullptr);
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> database(raw, sqlite3_close_v2);
  if (opened != SQLITE_OK) return Fail(path + ": " + (raw ? sqlite3_errmsg(raw) : "out of memory"));
  sqlite3_busy_timeout(raw, kBusyMs);
  struct Part {
    const char* sql;
    std::optional<std::string>* into;
  };
  for (const Part& part : {Part{"SELECT JSON FROM ContainerConfig WHERE ID=?", &row.config},
                           Part{"SELECT JSON FROM ContainerState WHERE ID=?", &row.state},
                           Part{"SELECT ExitCode FROM ContainerExitCode WHERE ID=?", &row.exit_code}}) {
    auto text = QueryOne(raw, part.sql, id);
    if (!text) return tl::unexpected(text.error().In(path));
    *part.into = std::move(*text);
  }
  return row;
}

}  // namespace plimsoll::runtime
