#include "exporter/collect/host.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <unordered_map>

#include "exporter/collect/text.h"

namespace plimsoll::collect {
namespace {

constexpr unsigned kReadingsBetweenMountLooks = 30;

bool BeginsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// mountinfo writes blanks, tabs, newlines and backslashes as \040 \011 \012 \134.
std::string Unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto octal = [&](size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '7'; };
    if (text[i] == '\\' && octal(i + 1) && octal(i + 2) && octal(i + 3)) {
      out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

// "/a/b" and "/a" itself are below "/a"; "/ab" is not.
bool IsBelow(std::string_view path, std::string_view directory) {
  return BeginsWith(path, directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

// What a process of users serves (FUSE) may never answer, and statfs(2) would wait for it.
bool HoldsData(std::string_view type, std::string_view device) {
  if (type == "zfs") return true;
  return BeginsWith(device, "/dev/") && !BeginsWith(type, "fuse") && type != "squashfs" &&
         type != "iso9660" && type != "devtmpfs" && !BeginsWith(device, "/dev/loop");
}

// 36 35 98:0: its own id, that of the mount it lies on, the device's number.
struct MountNumbers {
  uint64_t id, parent, major, minor;

  bool Take(TextCursor& line) {
    if (!line.Uint(id) || !line.Literal(' ') || !line.Uint(parent)) return false;
    return line.Literal(' ') && line.Uint(major) && line.Literal(':') && line.Uint(minor);
  }
};

// Another mount may have come to lie there since. The kernel is asked alone: a server of files may never
// answer.
bool IsOnDevice(const Mount& mount) {
  if (!mount.has_one_number) return true;
  struct statx status;
  const int flags = AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;
  return ::statx(AT_FDCWD, mount.mount_point.c_str(), flags, 0, &status) == 0 &&
         status.stx_dev_major == mount.major && status.stx_dev_minor == mount.minor;
}

// Each device once: bind mounts show it many times, and the shortest path is the real one.
std::vector<Mount> EachDeviceOnce(std::vector<Mount> mounts) {
  std::vector<Mount> each;
  for (Mount& mount : mounts) {
    if (mount.mount_point.empty()) continue;
    const auto same =
        std::find_if(each.begin(), each.end(), [&](const Mount& m) { return m.device == mount.device; });
    if (same == each.end())
      each.push_back(std::move(mount));
    else if (mount.mount_point.size() < same->mount_point.size())
      *same = std::move(mount);
  }
  return each;
}

}  // namespace

// cpu  10132153 290696 3084719 46828483 16683 0 25195 0 175628 0
// cpu0 5066076 145348 1542359 23414241 8341 0 12597 0 87814 0
bool ParseProcStat(std::string_view text, CpuTicks& ticks) {
  TextCursor cursor(text);
  if (!cursor.Literal("cpu ")) return false;
  // user nice system idle iowait irq softirq steal; guest time is already inside user and nice
  uint64_t fields[8];
  for (uint64_t& field : fields) {
    cursor.SkipSpaces();
    if (!cursor.Uint(field)) return false;
  }
  ticks = {};
  for (const uint64_t field : fields) ticks.total += field;
  ticks.idle = fields[3] + fields[4];
  cursor.Line();
  while (cursor.Literal("cpu")) {
    ++ticks.cpus;
    cursor.Line();
  }
  return true;
}

// MemTotal:       16331712 kB
bool ParseMeminfo(std::string_view text, HostSample& host, Figure& memory_free) {
  Figure available, swap_total, swap_free;
  struct Wanted {
    std::string_view key;
    Figure* figure;
  };
  host.memory_total.reset();
  memory_free.reset();
  const Wanted wanted[] = {{"MemTotal:", &host.memory_total},
                           {"MemFree:", &memory_free},
                           {"MemAvailable:", &available},
                           {"SwapTotal:", &swap_total},
                           {"SwapFree:", &swap_free}};
  TextCursor cursor(text);
  while (!cursor.done()) {
    TextCursor line(cursor.Line());
    const std::string_view key = line.Word();
    for (const Wanted& want : wanted) {
      if (key != want.key) continue;
      uint64_t kilobytes;
      line.SkipSpaces();
      if (!line.Uint(kilobytes)) return false;
      *want.figure = kilobytes * 1024;
    }
  }
  host.memory_used.reset();
  if (host.memory_total && available && *available <= *host.memory_total)
    host.memory_used = *host.memory_total - *available;
  host.swap_total = swap_total;
  host.swap_used.reset();
  if (swap_total && swap_free && *swap_free <= *swap_total) host.swap_used = *swap_total - *swap_free;
  return host.memory_total.has_value();
}

//  254       0 vda 64138 2563 3868786 29283 170206 98114 6154568 117843 0 61608 176862 ...
bool ParseDiskstats(std::string_view text, std::vector<DiskStats>& disks) {
  disks.clear();
  TextCursor cursor(text);
  while (!cursor.done()) {
    TextCursor line(cursor.Line());
    uint64_t fields[13];
    line.SkipSpaces();
    if (!line.Uint(fields[0])) return false;
    line.SkipSpaces();
    if (!line.Uint(fields[1])) return false;
    const std::string_view name = line.Word();
    for (size_t i = 2; i < 13; ++i) {
      line.SkipSpaces();
      if (!line.Uint(fields[i])) return false;
    }
    if (BeginsWith(name, "loop") || BeginsWith(name, "ram")) continue;
    if (fields[2] == 0 && fields[6] == 0) continue;
    DiskStats& disk = disks.emplace_back();
    disk.major = static_cast<uint32_t>(fields[0]);
    disk.minor = static_cast<uint32_t>(fields[1]);
    char device[32] = "/dev/";
    const size_t length = std::min(name.size(), sizeof device - 6);
    std::copy_n(name.data(), length, device + 5);
    disk.device.Set({device, 5 + length});
    disk.reads = fields[2];
    disk.reads_merged = fields[3];
    disk.sectors_read = fields[4];
    disk.read_ms = fields[5];
    disk.writes = fields[6];
    disk.writes_merged = fields[7];
    disk.sectors_written = fields[8];
    disk.write_ms = fields[9];
    disk.in_progress = fields[10];
    disk.io_ms = fields[11];
    disk.weighted_io_ms = fields[12];
  }
  return true;
}

// 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
std::vector<Mount> ParseMountinfo(std::string_view text) {
  std::vector<Mount> mounts;
  std::unordered_map<uint64_t, size_t> by_id;
  std::vector<std::string> automounts;
  TextCursor cursor(text);
  while (!cursor.done()) {
    TextCursor line(cursor.Line());
    MountNumbers numbers;
    if (!numbers.Take(line)) continue;
    line.Word();  // root
    const std::string mount_point = Unescape(line.Word());
    std::string_view word;
    do word = line.Word();
    while (!word.empty() && word != "-");
    const std::string_view type = line.Word();
    const std::string device = Unescape(line.Word());
    const auto below = by_id.find(numbers.parent);
    if (below != by_id.end() && mounts[below->second].mount_point == mount_point)
      mounts[below->second].mount_point.clear();
    if (type == "autofs") automounts.push_back(mount_point);
    if (device.empty() || !HoldsData(type, device)) continue;
    const auto holds = [&](const std::string& automount) { return IsBelow(mount_point, automount); };
    if (std::any_of(automounts.begin(), automounts.end(), holds)) continue;
    by_id.insert_or_assign(numbers.id, mounts.size());
    mounts.push_back({device, mount_point, static_cast<uint32_t>(numbers.major),
                      static_cast<uint32_t>(numbers.minor), type != "btrfs" && type != "zfs"});
  }
  return EachDeviceOnce(std::move(mounts));
}

HostReader::HostReader(const runtime::HostPaths& paths)
    : root_prefix_(paths.rootfs == "/" ? "" : paths.rootfs),
      mountinfo_(paths.procfs + "/1/mountinfo"),
      own_mountinfo_(paths.procfs + "/self/mountinfo") {
  const auto open = [&](const char* name) {
    return Descriptor(::open((paths.procfs + name).c_str(), O_RDONLY | O_CLOEXEC));
  };
  stat_ = open("/stat");
  meminfo_ = open("/meminfo");
  diskstats_ = open("/diskstats");
}

void HostReader::Read(HostSample& host) {
  ++since_mount_look_;
  host.cpu_percent.reset();
  CpuTicks now;
  const std::string_view stat = text_.Read(stat_.get());
  if (stat.data() && ParseProcStat(stat, now)) {
    // idle can step back by a tick (proc.rst says so); total cannot but in a VM that was restored
    if (last_ && now.total > last_->total && now.idle >= last_->idle) {
      const auto total = static_cast<double>(now.total - last_->total);
      const auto idle = static_cast<double>(now.idle - last_->idle);
      host.cpu_percent = std::clamp((total - idle) / total * 100, 0.0, 100.0);
    }
    last_ = now;
  }
  if (now.cpus == 0) now.cpus = static_cast<uint32_t>(::sysconf(_SC_NPROCESSORS_ONLN));
  host.cpu_count = now.cpus;
  const std::string_view meminfo = text_.Read(meminfo_.get());
  if (!meminfo.data() || !ParseMeminfo(meminfo, host, memory_free_)) {
    host.memory_total.reset();
    host.memory_used.reset();
    host.swap_total.reset();
    host.swap_used.reset();
    memory_free_.reset();
  }
}

void HostReader::ReadDisks(HostSample& host) {
  const std::string_view diskstats = text_.Read(diskstats_.get());
  if (!diskstats.data())
    host.disks.clear();
  else
    ParseDiskstats(diskstats, host.disks);
  ReadFileSystems(host);
}

void HostReader::ReadFileSystems(HostSample& host) {
  if (since_mount_look_ >= kReadingsBetweenMountLooks) {
    since_mount_look_ = 0;
    // Process 1 sees the host's mounts even when we sit in a mount namespace of our own.
    std::string_view mountinfo = text_.ReadPath(mountinfo_.c_str());
    if (!mountinfo.data()) mountinfo = text_.ReadPath(own_mountinfo_.c_str());
    mounts_ = ParseMountinfo(mountinfo);
    for (Mount& mount : mounts_) mount.mount_point.insert(0, root_prefix_);
  }
  host.file_systems.clear();
  for (const Mount& mount : mounts_) {
    struct statvfs fs;
    // Not visible from here, hidden, or not for us to see: absent.
    if (!IsOnDevice(mount) || ::statvfs(mount.mount_point.c_str(), &fs) != 0 || fs.f_blocks == 0) continue;
    FileSystem& out = host.file_systems.emplace_back();
    out.device.Set(mount.device);
    out.size_bytes = static_cast<uint64_t>(fs.f_blocks) * fs.f_frsize;
    out.used_bytes = static_cast<uint64_t>(fs.f_blocks - fs.f_bfree) * fs.f_frsize;
    out.inodes = fs.f_files;
    out.inodes_free = fs.f_ffree;
  }
}

}  // namespace plimsoll::collect
