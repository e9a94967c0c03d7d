#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <memory>

#include "exporter/runtime/podman_database.h"

namespace plimsoll::runtime {
namespace {

// The few functions of SQLite's C interface that are needed, found at run time:
// most hosts have no such database, and none of them should carry the library.
struct Sqlite {
  struct Database;
  struct Statement;
  int (*open_v2)(const char*, Database**, int, const char*) = nullptr;
  int (*close_v2)(Database*) = nullptr;
  int (*busy_timeout)(Database*, int) = nullptr;
  int (*prepare_v2)(Database*, const char*, int, Statement**, const char**) = nullptr;
  int (*bind_text)(Statement*, int, const char*, int, void (*)(void*)) = nullptr;
  int (*step)(Statement*) = nullptr;
  const unsigned char* (*column_text)(Statement*, int) = nullptr;
  int (*column_bytes)(Statement*, int) = nullptr;
  int (*finalize)(Statement*) = nullptr;
  const char* (*errmsg)(Database*) = nullptr;
};
constexpr int kOk = 0, kRow = 100, kDone = 101, kOpenReadOnly = 1;
constexpr int kBusyMs = 50;

template <typename Function>
bool Resolve(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

const Sqlite* LoadSqlite() {
  static const std::unique_ptr<const Sqlite> loaded = []() -> std::unique_ptr<const Sqlite> {
    void* library = ::dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return nullptr;
    auto api = std::make_unique<Sqlite>();
    const bool complete = Resolve(library, "sqlite3_open_v2", api->open_v2) &&
                          Resolve(library, "sqlite3_close_v2", api->close_v2) &&
                          Resolve(library, "sqlite3_busy_timeout", api->busy_timeout) &&
                          Resolve(library, "sqlite3_prepare_v2", api->prepare_v2) &&
                          Resolve(library, "sqlite3_bind_text", api->bind_text) &&
                          Resolve(library, "sqlite3_step", api->step) &&
                          Resolve(library, "sqlite3_column_text", api->column_text) &&
                          Resolve(library, "sqlite3_column_bytes", api->column_bytes) &&
                          Resolve(library, "sqlite3_finalize", api->finalize) &&
                          Resolve(library, "sqlite3_errmsg", api->errmsg);
    if (!complete) return nullptr;
    return api;
  }();
  return loaded.get();
}

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
Result<std::optional<std::string>> QueryOne(const Sqlite& api, Sqlite::Database* database, const char* sql,
                                            const std::string& id) {
  Sqlite::Statement* raw = nullptr;
  if (api.prepare_v2(database, sql, -1, &raw, nullptr) != kOk) return Fail(api.errmsg(database));
  const std::unique_ptr<Sqlite::Statement, int (*)(Sqlite::Statement*)> statement(raw, api.finalize);
  // `id` outlives the statement: no copy needed.
  if (api.bind_text(raw, 1, id.data(), static_cast<int>(id.size()), nullptr) != kOk)
    return Fail(api.errmsg(database));
  const int step = api.step(raw);
  if (step == kDone) return std::nullopt;
  if (step != kRow) return Fail(api.errmsg(database));
  const unsigned char* text = api.column_text(raw, 0);
  if (text == nullptr) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(text), static_cast<size_t>(api.column_bytes(raw, 0)));
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
  const Sqlite* api = LoadSqlite();
  if (api == nullptr) return Fail(path + ": libsqlite3 is needed to read it and not installed");
  Sqlite::Database* raw = nullptr;
  const int opened = api->open_v2(path.c_str(), &raw, kOpenReadOnly, nullptr);
  const std::unique_ptr<Sqlite::Database, int (*)(Sqlite::Database*)> database(raw, api->close_v2);
  if (opened != kOk) return Fail(path + ": " + (raw ? api->errmsg(raw) : "out of memory"));
  api->busy_timeout(raw, kBusyMs);
  struct Part {
    const char* sql;
    std::optional<std::string>* into;
  };
  for (const Part& part : {Part{"SELECT JSON FROM ContainerConfig WHERE ID=?", &row.config},
                           Part{"SELECT JSON FROM ContainerState WHERE ID=?", &row.state},
                           Part{"SELECT ExitCode FROM ContainerExitCode WHERE ID=?", &row.exit_code}}) {
    auto text = QueryOne(*api, raw, part.sql, id);
    if (!text) return tl::unexpected(text.error().In(path));
    *part.into = std::move(*text);
  }
  return row;
}

}  // namespace plimsoll::runtime
