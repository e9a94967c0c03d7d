#include "exporter/collect/extras.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "exporter/collect/kernel_file.h"
#include "exporter/collect/text.h"

namespace plimsoll::collect {
namespace {

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

bool TakeHex(std::string_view& text, uint64_t& value) {
  size_t digits = 0;
  value = 0;
  for (; digits < text.size() && digits < 16; ++digits) {
    const char c = text[digits];
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                             : -1;
    if (digit < 0) break;
    value = value * 16 + static_cast<uint64_t>(digit);
  }
  text.remove_prefix(digits);
  return digits > 0;
}

Figure FigureAt(FileText& text, const std::string& path) {
  const std::string_view content = text.ReadPath(path.c_str());
  TextCursor cursor(content);
  uint64_t value;
  if (!content.data() || !cursor.Uint(value)) return std::nullopt;
  return value;
}

}  // namespace

char ParseProcessState(std::string_view stat) {
  const size_t close = stat.rfind(')');
  if (close == std::string_view::npos || close + 2 >= stat.size() || stat[close + 1] != ' ') return 0;
  return stat[close + 2];
}

Figure ParseOpenFilesLimit(std::string_view limits) {
  constexpr std::string_view kName = "Max open files";
  TextCursor cursor(limits);
  while (!cursor.done()) {
    const std::string_view line = cursor.Line();
    if (!line.starts_with(kName)) continue;
    TextCursor soft(TextCursor(line.substr(kName.size())).Word());
    uint64_t value;
    if (soft.Uint(value)) return value;
    break;  // "unlimited"
  }
  return std::nullopt;
}

bool ParseTcpTable(std::string_view text, std::array<uint64_t, 12>& by_state) {
  by_state.fill(0);
  TextCursor cursor(text);
  cursor.Line();
  while (!cursor.done()) {
    TextCursor line(cursor.Line());
    line.Word();  // sl
    line.Word();  // local
    line.Word();  // remote
    std::string_view word = line.Word();
    uint64_t state;
    if (!TakeHex(word, state) || !word.empty()) return false;
    if (state < by_state.size()) ++by_state[state];
  }
  return true;
}

bool ParseUdpTable(std::string_view text, SocketCounts::Udp& counts) {
  counts = {};
  constexpr uint64_t kUnconnected = 7;  // TCP_CLOSE: a UDP socket that listens
  TextCursor cursor(text);
  cursor.Line();
  while (!cursor.done()) {
    TextCursor line(cursor.Line());
    line.Word();
    line.Word();
    line.Word();
    std::string_view word = line.Word();
    uint64_t state, tx, rx;
    if (!TakeHex(word, state) || !word.empty()) return false;
    std::string_view queues = line.Word();  // 00000000:00000000
    if (!TakeHex(queues, tx) || queues.empty() || queues.front() != ':') return false;
    queues.remove_prefix(1);
    if (!TakeHex(queues, rx)) return false;
    if (state == kUnconnected) ++counts.listen;
    counts.tx_queued += tx;
    counts.rx_queued += rx;
    std::string_view last;
    for (std::string_view w = line.Word(); !w.empty(); w = line.Word()) last = w;
    TextCursor drops(last);
    uint64_t dropped;
    if (drops.Uint(dropped)) counts.dropped += dropped;
  }
  return true;
}

void Extras::ReadSockets(int64_t pid, uint8_t groups, ContainerSample& sample) {
  const std::string base = procfs_ + "/" + std::to_string(pid) + "/net/";
  SocketCounts counts;
  const auto table = [&](const char* name, auto parse, auto& into) {
    const std::string_view text = text_.ReadPath((base + name).c_str());
    return text.data() && parse(text, into);
  };
  if (groups & kTcp) {
    counts.has_tcp = table("tcp", ParseTcpTable, counts.tcp);
    counts.has_tcp6 = table("tcp6", ParseTcpTable, counts.tcp6);
  }
  if (groups & kUdp) {
    counts.has_udp = table("udp", ParseUdpTable, counts.udp);
    counts.has_udp6 = table("udp6", ParseUdpTable, counts.udp6);
  }
  sample.sockets = counts;
}

void Extras::ReadProcesses(const std::string& directory, ContainerSample& sample) {
  sample.process.reset();
  const std::string_view procs = procs_.ReadPath((directory + "/cgroup.procs").c_str());
  if (!procs.data()) return;
  // They may be in cgroups of their own below this one.
  if (procs.empty() && sample.pids.threads.value_or(0) > 0) return;
  uint64_t descriptors = 0, sockets = 0;
  uint64_t sleeping = 0, running = 0, stopped = 0, uninterruptible = 0;
  bool saw_descriptors = false;
  const uint64_t most = std::min(kMostDescriptors, descriptors_left_);
  Figure open_files_limit;
  TextCursor cursor(procs);
  for (uint64_t pid; cursor.Uint(pid); cursor.Literal('\n')) {
    const std::string base = procfs_ + "/" + std::to_string(pid);
    switch (ParseProcessState(text_.ReadPath((base + "/stat").c_str()))) {
      case 'R':
        ++running;
        break;
      case 'S':
      case 'I':
        ++sleeping;
        break;
      case 'T':
      case 't':
        ++stopped;
        break;
      case 'D':
        ++uninterruptible;
        break;
      default:
        break;  // gone meanwhile, or a zombie
    }
    if (!open_files_limit) open_files_limit = ParseOpenFilesLimit(text_.ReadPath((base + "/limits").c_str()));
    if (descriptors > most) continue;
    const std::string fds = base + "/fd";
    const Directory dir(::opendir(fds.c_str()), ::closedir);
    if (!dir) continue;
    saw_descriptors = true;
    while (const dirent* entry = ::readdir(dir.get())) {
      if (entry->d_name[0] == '.') continue;
      if (++descriptors > most) break;
      char target[16];
      const ssize_t n = ::readlinkat(::dirfd(dir.get()), entry->d_name, target, sizeof target);
      if (n > 7 && std::string_view(target, 7) == "socket:") ++sockets;
    }
  }
  descriptors_left_ -= std::min(descriptors, most);
  ProcessSample& out = sample.process.emplace();
  out.sleeping = sleeping;
  out.running = running;
  out.stopped = stopped;
  out.uninterruptible = uninterruptible;
  out.open_files_limit = open_files_limit;
  if (saw_descriptors && descriptors <= most) {
    out.file_descriptors = descriptors;
    out.sockets = sockets;
  }
}

void Extras::ReadHugePages(const std::string& directory, ContainerSample& sample) {
  sample.huge_pages.clear();
  const Directory dir(::opendir(directory.c_str()), ::closedir);
  const std::string_view ending = v2_ ? ".current" : ".usage_in_bytes";
  while (const dirent* entry = dir ? ::readdir(dir.get()) : nullptr) {
    // hugetlb.2MB.current (v2), hugetlb.2MB.usage_in_bytes (v1); not hugetlb.2MB.rsvd.current
    const std::string_view name = entry->d_name;
    constexpr std::string_view kPrefix = "hugetlb.";
    if (name.size() <= kPrefix.size() + ending.size() || name.substr(0, kPrefix.size()) != kPrefix) continue;
    if (name.substr(name.size() - ending.size()) != ending) continue;
    const std::string size(name.substr(kPrefix.size(), name.size() - kPrefix.size() - ending.size()));
    if (size.find('.') != std::string::npos) continue;
    HugePages& pages = sample.huge_pages.emplace_back();
    pages.page_size.Set(size);
    const std::string base = directory + "/hugetlb." + size;
    pages.usage = FigureAt(text_, base + std::string(ending));
    if (!v2_) {
      pages.max_usage = FigureAt(text_, base + ".max_usage_in_bytes");
      pages.limit_hits = FigureAt(text_, base + ".failcnt");
    }
  }
}

}  // namespace plimsoll::collect
