#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "database/store_file.h"
#include "database/writer_lock.h"
#include "exporter/cli/doctor_checks.h"
#include "exporter/cli/shown_text.h"

namespace plimsoll::cli {
namespace {

constexpr uint64_t kLeastFree = uint64_t{64} << 20;
// statfs(2): on the first two SQLite's locks and shared memory do not work, the others are gone at the next
// boot.
constexpr int64_t kNfs = 0x6969, kCifs = 0xff534d42, kSmb2 = 0xfe534d42, kTmpfs = 0x01021994,
                  kRamfs = 0x858458f6;

// The folder itself, else the nearest above it that is there: below it folders are made.
std::string NearestFolder(const std::string& file) {
  std::error_code error;
  std::filesystem::path folder = std::filesystem::absolute(file, error).parent_path();
  while (!std::filesystem::exists(folder, error) && folder != folder.root_path())
    folder = folder.parent_path();
  return folder;
}

std::string Free(const FileSystemState& state) {
  return BytesText(static_cast<double>(state.free_bytes)) + " free";
}

void CheckFileSystem(const std::string& path, uint64_t most, const FileSystemState& state,
                     Findings& findings) {
  const auto add = [&](Level level, const std::string& said, const std::string& advice) {
    findings.push_back({level, "storage", path + ": " + said, advice});
  };
  if (state.magic == kNfs || state.magic == kCifs || state.magic == kSmb2)
    add(Level::kWarn, "lies on a network file system, where SQLite's write-ahead log does not work reliably",
        "set storage.path to a local disk");
  if (state.magic == kTmpfs || state.magic == kRamfs)
    add(Level::kWarn, "lies in memory: history and alerts' state are gone at the next boot",
        "set storage.path to a disk");
  if (state.free_bytes < kLeastFree)
    add(Level::kFail, Free(state) + ": history cannot be kept",
        "make room, or set storage.path to another disk");
  else if (state.free_bytes < most)
    add(Level::kWarn, Free(state) + ", less than storage.max_size " + BytesText(static_cast<double>(most)),
        "make room, or lower storage.max_size or storage.retention");
  else
    add(Level::kOk, "can be written, " + Free(state), "");
}

}  // namespace

void CheckStorage(const StorageConfig& storage, const Surroundings& around, Findings& findings) {
  const std::string& path = storage.path;
  if (path == ":memory:") {
    findings.push_back({Level::kWarn, "storage", ":memory: keeps nothing", "set storage.path to a file"});
    return;
  }
  if (const auto fault = WhyNotAHistory(path)) {
    findings.push_back(
        {Level::kFail, "storage", fault->error.message, "Plimsoll does not start with this storage.path"});
    return;
  }
  if (WriterLock::IsTaken(path))
    findings.push_back({Level::kOk, "storage",
                        path + " is written by a Plimsoll that runs; a second one would not start", ""});
  std::error_code error;
  const std::string folder = NearestFolder(path);
  const Result<FileSystemState> state = around.file_system(folder);
  if (!state) {
    findings.push_back({Level::kFail, "storage", state.error().message, "set storage.path to a local disk"});
    return;
  }
  // Beside the file SQLite writes its log, so the folder must be writable too.
  int fault = state->is_read_only ? EROFS : around.access(folder, W_OK | X_OK);
  std::string what = folder;
  if (fault == 0 && std::filesystem::exists(path, error)) {
    fault = around.access(path, R_OK | W_OK);
    what = path;
  }
  if (fault != 0) {
    findings.push_back({Level::kFail, "storage", what + " cannot be written: " + std::strerror(fault),
                        "let Plimsoll's user write there, or set storage.path to where it can"});
    return;
  }
  CheckFileSystem(path, storage.max_size_bytes, *state, findings);
}

}  // namespace plimsoll::cli
