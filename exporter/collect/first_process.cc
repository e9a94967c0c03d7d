#include "exporter/collect/first_process.h"

#include <dirent.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "exporter/collect/text.h"

namespace plimsoll::collect {
namespace {

constexpr size_t kMostLookedAt = 1000;

struct Stat {
  int64_t parent = 0;
  Figure started;
};

// /proc/PID/stat: fields 4 and 22, of which the second may hold blanks and brackets (proc_pid_stat(5)).
//     1234 (a (strange) name) S 1 1234 ...
std::optional<Stat> StatOf(const std::string& procfs, int64_t pid, FileText& text) {
  const std::string_view content = text.ReadPath((procfs + "/" + std::to_string(pid) + "/stat").c_str());
  if (!content.data()) return std::nullopt;
  const size_t name_end = content.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  TextCursor cursor(content.substr(name_end + 1));
  cursor.Word();  // state
  Stat stat;
  uint64_t number;
  if (TextCursor parent(cursor.Word()); parent.Uint(number)) stat.parent = static_cast<int64_t>(number);
  for (int skipped = 5; skipped < 22; ++skipped) cursor.Word();
  if (TextCursor started(cursor.Word()); started.Uint(number)) stat.started = number;
  return stat;
}

// /proc/PID/cgroup: "4:memory:/docker/0123\n", one line a hierarchy.
bool IsIn(const std::string& procfs, int64_t pid, const std::string& cgroup, FileText& text) {
  TextCursor cursor(text.ReadPath((procfs + "/" + std::to_string(pid) + "/cgroup").c_str()));
  while (!cursor.done()) {
    std::string_view path = cursor.Line();
    for (int colons = 0; colons < 2; ++colons)
      path.remove_prefix(
          std::min(path.size(), path.find(':') == path.npos ? path.size() : path.find(':') + 1));
    if (path.starts_with(cgroup) && (path.size() == cgroup.size() || path[cgroup.size()] == '/')) return true;
  }
  return false;
}

void Gather(const std::string& directory, FileText& text, std::vector<int64_t>& pids) {
  TextCursor cursor(text.ReadPath((directory + "/cgroup.procs").c_str()));
  // A process of another pid namespace reads as 0.
  for (uint64_t pid; cursor.Uint(pid); cursor.Literal('\n'))
    if (pid != 0) pids.push_back(static_cast<int64_t>(pid));
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(directory.c_str()), ::closedir);
  while (const dirent* entry = dir && pids.size() < kMostLookedAt ? ::readdir(dir.get()) : nullptr)
    if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
      Gather(directory + "/" + entry->d_name, text, pids);
}

}  // namespace

std::optional<Process> FirstProcess(const std::string& procfs, const std::string& cgroup,
                                    const std::string& directory, std::optional<int64_t> init_pid,
                                    FileText& text) {
  if (init_pid && IsIn(procfs, *init_pid, cgroup, text))
    if (const auto stat = StatOf(procfs, *init_pid, text)) return Process{*init_pid, stat->started};
  std::vector<int64_t> pids;
  Gather(directory, text, pids);
  if (pids.empty()) return std::nullopt;
  Process first{pids.front(), {}};  // should all be hidden from us
  std::sort(pids.begin(), pids.end());
  bool found = false;
  for (size_t i = 0; i < std::min(pids.size(), kMostLookedAt); ++i) {
    const std::optional<Stat> stat = StatOf(procfs, pids[i], text);
    if (!stat || std::binary_search(pids.begin(), pids.end(), stat->parent)) continue;
    if (found && stat->started.value_or(UINT64_MAX) >= first.started.value_or(UINT64_MAX)) continue;
    first = {pids[i], stat->started};
    found = true;
  }
  return first;
}

bool IsAlive(const std::string& procfs, const Process& process, FileText& text) {
  const std::optional<Stat> stat = StatOf(procfs, process.pid, text);
  return stat && stat->started == process.started;
}

}  // namespace plimsoll::collect
