#include "exporter/collect/cgroup_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "model/log.h"

namespace plimsoll::collect {
namespace {

// Empties what a beat fills and takes over the spec, which is read less often.
// Vectors keep their memory.
void BeginReading(ContainerSample& fresh, const ContainerSample& last) {
  CpuSample cpu;
  cpu.per_cpu_ns.swap(fresh.cpu.per_cpu_ns);
  cpu.per_cpu_ns.clear();
  cpu.shares = last.cpu.shares;
  cpu.period_us = last.cpu.period_us;
  cpu.quota_us = last.cpu.quota_us;
  fresh.cpu = std::move(cpu);
  fresh.memory = {};
  fresh.memory.limit = last.memory.limit;
  fresh.memory.swap_limit = last.memory.swap_limit;
  fresh.memory.reservation = last.memory.reservation;
  fresh.pids = {};
  fresh.pids.threads_max = last.pids.threads_max;
  fresh.cpu_pressure = fresh.memory_pressure = fresh.io_pressure = {};
  fresh.block_known = false;
  fresh.block.clear();
}

void TakeFigures(ContainerSample& sample, ContainerSample& fresh) {
  std::swap(sample.cpu, fresh.cpu);
  sample.memory = fresh.memory;
  sample.pids = fresh.pids;
  sample.cpu_pressure = fresh.cpu_pressure;
  sample.memory_pressure = fresh.memory_pressure;
  sample.io_pressure = fresh.io_pressure;
  sample.block_known = fresh.block_known;
  sample.block.swap(fresh.block);
}

// What a cgroup that rests would keep showing. Averages below a percent may go on fading unseen.
bool StoodStill(const ContainerSample& before, const ContainerSample& now) {
  const auto still = [](const PressureSample& a, const PressureSample& b) {
    return a.some_total_us == b.some_total_us && b.some_avg10.value_or(0) < 1;
  };
  const auto same = [](const BlockIo& a, const BlockIo& b) {
    return a.read_bytes == b.read_bytes && a.write_bytes == b.write_bytes;
  };
  return before.memory.usage == now.memory.usage && still(before.cpu_pressure, now.cpu_pressure) &&
         still(before.memory_pressure, now.memory_pressure) && still(before.io_pressure, now.io_pressure) &&
         std::equal(before.block.begin(), before.block.end(), now.block.begin(), now.block.end(), same);
}

// What the files of every beat tell; the others' figures stay as they were read last.
void TakeCpuTime(CpuSample& cpu, const CpuSample& fresh) {
  for (Figure CpuSample::*const figure :
       {&CpuSample::usage_ns, &CpuSample::user_ns, &CpuSample::system_ns, &CpuSample::periods,
        &CpuSample::throttled_periods, &CpuSample::throttled_ns, &CpuSample::burst_periods,
        &CpuSample::burst_ns})
    if (fresh.*figure) cpu.*figure = fresh.*figure;
}

constexpr const char* kPayload = "container";
// Less than the default interval, at which nothing rests.
constexpr std::chrono::milliseconds kLongestRest{9000};
// A little less than five of the shortest intervals, at which beats come a little early or late.
constexpr std::chrono::milliseconds kSlowEvery{4800};

// Not there, as opposed to broken: the kernel lacks it, or lacks it for this cgroup.
bool MeansAbsent(int error_number) {
  return error_number == ENOENT || error_number == ENODEV || error_number == EOPNOTSUPP ||
         error_number == ENOTDIR;
}

}  // namespace

bool DescriptorBudget::Take(uint64_t count) {
  if (count > left_) return false;
  left_ -= count;
  return true;
}

ReadContext::ReadContext(Hierarchies hierarchies, const std::string& sysfs, uint64_t descriptors)
    : trees(std::move(hierarchies)), parse(sysfs), budget(descriptors) {
  const auto add = [this](std::span<const KernelFile> files) {
    for (const KernelFile& file : files) {
      if (trees[file.tree].empty()) continue;
      (file.when == KernelFile::When::kSpec ? spec_files : figure_files).push_back(&file);
    }
  };
  if (trees.mode == CgroupMode::kV2) {
    add(FilesV2());
  } else {
    add(FilesV1());
    add(FilesHybrid());
  }
  std::stable_sort(figure_files.begin(), figure_files.end(), [](const KernelFile* a, const KernelFile* b) {
    return std::pair(a->when, a->opened_anew) < std::pair(b->when, b->opened_anew);
  });
  for (const KernelFile* file : figure_files) {
    if (file->when == KernelFile::When::kBeat) ++active_begin;
    if (file->when != KernelFile::When::kSlow) ++slow_begin;
    if (!file->opened_anew) ++anew_begin;
  }
}

void ReadContext::NoteReadError(const KernelFile& file, const std::string& cgroup, int error_number) {
  ++stats.read_errors;
  if (std::find(complained_.begin(), complained_.end(), &file) != complained_.end()) return;
  complained_.push_back(&file);
  log::Warn("kernel file cannot be read; its figures are absent",
            {{"file", file.name}, {"cgroup", cgroup}, {"err", std::strerror(error_number)}});
}

void ReadContext::NoteParseError(const KernelFile& file, const std::string& cgroup) {
  ++stats.parse_errors;
  if (std::find(complained_.begin(), complained_.end(), &file) != complained_.end()) return;
  complained_.push_back(&file);
  log::Warn("kernel file is not what the kernel documents; figures may be absent",
            {{"file", file.name}, {"cgroup", cgroup}});
}

CgroupReader::CgroupReader(ReadContext& context, std::string cgroup, uint8_t groups, Depth depth,
                           Limits limits)
    : context_(context), cgroup_(std::move(cgroup)), groups_(groups), depth_(depth), limits_(limits) {
  FindPayload();
  if (depth_ == Depth::kSpecOnly) return;
  open_.resize(context_.figure_files.size());
  keeps_open_ = context_.budget.Take(open_.size());
  if (keeps_open_) {
    budget_taken_ = open_.size();
  } else {
    ++context_.stats.without_descriptors;
  }
  OpenBeatFiles();
}

CgroupReader::~CgroupReader() {
  if (depth_ == Depth::kSpecOnly) return;
  context_.budget.Give(budget_taken_);
  if (!keeps_open_) --context_.stats.without_descriptors;
  for (const Descriptor& fd : open_)
    if (fd) --context_.stats.descriptors;
}

const std::string& CgroupReader::PathOf(Tree tree, const char* name) const {
  std::string& path = context_.path;
  path.assign(context_.trees[tree]);
  if (cgroup_ != "/") path.append(cgroup_);
  path.append("/").append(name);
  return path;
}

const std::string& CgroupReader::PathOf(const KernelFile& file, const char* name) const {
  std::string& path = context_.path;
  PathOf(file.tree, "");
  if (in_payload_ && file.of_payload) path.append(kPayload).append("/");
  return path.append(name);
}

const std::string& CgroupReader::ProcessDirectory(Tree tree) const {
  PathOf(tree, "");
  if (in_payload_) context_.path.append(kPayload).append("/");
  return context_.path;
}

// The payload's cgroup is made a moment after its scope. What was opened in the
// scope before is opened anew there.
void CgroupReader::FindPayload() {
  if (limits_ == Limits::kHere || in_payload_ || context_.trees.mode != CgroupMode::kV2) return;
  std::string& path = context_.path;
  PathOf(Tree::kUnified, kPayload);
  if (::access(path.append("/cgroup.procs").c_str(), F_OK) != 0) return;
  in_payload_ = true;
  rest_ends_.reset();
  for (size_t slot = 0; slot < open_.size(); ++slot) {
    if (!open_[slot] || !context_.figure_files[slot]->of_payload) continue;
    open_[slot].Close();
    --context_.stats.descriptors;
  }
}

void CgroupReader::OpenBeatFiles() {
  if (!keeps_open_) return;
  for (size_t slot = 0; slot < open_.size(); ++slot) {
    const KernelFile& file = *context_.figure_files[slot];
    if (open_[slot] || file.opened_anew || (file.group & groups_) != file.group) continue;
    int fd = ::open(PathOf(file, file.name).c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT && file.instead)
      fd = ::open(PathOf(file, file.instead).c_str(), O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
      open_[slot] = Descriptor(fd);
      ++context_.stats.descriptors;
    } else if (!MeansAbsent(errno)) {
      context_.NoteReadError(file, cgroup_, errno);
    }
  }
}

std::string_view CgroupReader::ReadSlot(size_t slot) {
  const KernelFile& file = *context_.figure_files[slot];
  if (keeps_open_ && !file.opened_anew) {
    if (open_[slot]) return context_.text.Read(open_[slot].get());
    errno = ENOENT;
    return {};
  }
  std::string_view text = context_.text.ReadPath(PathOf(file, file.name).c_str());
  if (!text.data() && errno == ENOENT && file.instead)
    text = context_.text.ReadPath(PathOf(file, file.instead).c_str());
  return text;
}

bool CgroupReader::StillThere() const {
  for (const Tree tree : context_.trees.watched())
    if (::access(PathOf(tree, "cgroup.procs").c_str(), F_OK) == 0) return true;
  return false;
}

bool CgroupReader::ReadSlots(size_t begin, size_t end) {
  bool looked = false;
  for (size_t slot = begin; slot < end; ++slot) {
    const KernelFile& file = *context_.figure_files[slot];
    if ((file.group & groups_) != file.group) continue;
    const std::string_view text = ReadSlot(slot);
    if (text.data()) {
      if (!file.parse(text, context_.fresh, context_.parse)) context_.NoteParseError(file, cgroup_);
      continue;
    }
    const int error_number = errno;
    // A removed cgroup answers ENODEV through a descriptor and ENOENT through
    // its path; but a kernel may also just lack the file.
    if (!looked && (error_number == ENODEV || !keeps_open_)) {
      if (!StillThere()) return false;
      looked = true;
    }
    if (error_number == ENODEV && open_[slot]) {
      open_[slot].Close();
      --context_.stats.descriptors;
    }
    if (!MeansAbsent(error_number)) context_.NoteReadError(file, cgroup_, error_number);
  }
  return true;
}

void CgroupReader::KeepSlots(size_t begin, const ContainerSample& last) {
  for (size_t slot = begin; slot < open_.size(); ++slot)
    context_.figure_files[slot]->keep(last, context_.fresh);
}

bool CgroupReader::Rests(MonoTime now) const {
  const Figure& used = context_.fresh.cpu.usage_ns;
  return stood_still_ && rest_ends_ && now < *rest_ends_ && used && used == usage_at_whole_;
}

bool CgroupReader::Read(ContainerSample& sample, MonoTime now, Care care) {
  const bool slow = care == Care::kAll || now >= slow_due_;
  ContainerSample& fresh = context_.fresh;
  BeginReading(fresh, sample);
  if (!ReadSlots(0, context_.active_begin)) return false;
  if (care == Care::kSparing && !slow && rest_ends_) {
    TakeCpuTime(sample.cpu, fresh.cpu);
    read_at_ = now;
    return true;
  }
  // All began together: the first rests are shorter by different lengths, so that the later ones do not end
  // together.
  const auto less = [&](std::chrono::milliseconds whole) {
    return care == Care::kAll ? whole - whole * static_cast<int>(sample.incarnation % 16) / 16 : whole;
  };
  read_at_ = now;
  if (care != Care::kAll && Rests(now)) {
    if (care == Care::kSparing) slow_due_ = now + kSlowEvery;
    return true;
  }
  // Processes do not come or go without CPU time, and opening is dear.
  const bool ran = !fresh.cpu.usage_ns || fresh.cpu.usage_ns != usage_at_opening_;
  if (slow && ran) usage_at_opening_ = fresh.cpu.usage_ns;
  const size_t end = !slow ? context_.slow_begin : ran ? open_.size() : context_.anew_begin;
  if (!ReadSlots(context_.active_begin, end)) return false;
  KeepSlots(end, sample);
  // The processes may be in cgroups of their own below this one.
  if (fresh.pids.processes == 0u && fresh.pids.threads.value_or(0) > 0) fresh.pids.processes.reset();
  context_.parse.block_names.MarkStacks(fresh.block);
  stood_still_ = rest_ends_ && StoodStill(sample, fresh);
  usage_at_whole_ = fresh.cpu.usage_ns;
  TakeFigures(sample, fresh);
  rest_ends_ = now + less(kLongestRest);
  if (slow) slow_due_ = now + less(kSlowEvery);
  all_read_at_ = now;
  return true;
}

void CgroupReader::ReadSpec(ContainerSample& sample) {
  FindPayload();
  OpenBeatFiles();
  for (const KernelFile* file : context_.spec_files) {
    const std::string_view text = context_.text.ReadPath(PathOf(*file, file->name).c_str());
    if (text.data()) {
      if (!file->parse(text, sample, context_.parse)) context_.NoteParseError(*file, cgroup_);
    } else if (!MeansAbsent(errno)) {
      context_.NoteReadError(*file, cgroup_, errno);
    }
  }
}

}  // namespace plimsoll::collect
