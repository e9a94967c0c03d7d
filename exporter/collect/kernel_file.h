#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "exporter/collect/block_names.h"
#include "exporter/collect/flat_keyed.h"
#include "exporter/collect/hierarchy.h"
#include "model/sample.h"

namespace plimsoll::collect {

// What the parsers of one reading thread share: learned layouts, device names.
struct ParseContext {
  explicit ParseContext(std::string sysfs);
  BlockNames block_names;
  FlatKeyed<MemorySample> memory_stat_v1, memory_stat_v2, memory_events;
  FlatKeyed<CpuSample> cpu_stat_v1, cpu_stat_v2;
};

// Costly groups a user switches on by name (collector.enable_groups).
enum Group : uint8_t {
  kAlways = 0,
  kPerCpu = 1,
  kTcp = 2,
  kUdp = 4,
  kProcess = 8,
  kDisk = 16,
  kHugetlb = 32
};

// One file that the kernel keeps for every cgroup, and the pure function that
// understands it.
struct KernelFile {
  enum class When : uint8_t {
    kBeat,    // at every beat: what tells whether the cgroup did anything
    kActive,  // at every beat while it does something, else every nine seconds
    kSlow,    // every five seconds while it does something: no alert, history or rate needs them
    kSpec,    // limits and weights: they change rarely, so opened anew every thirty seconds
  };
  Tree tree;
  const char* name;
  // False when the text is not what the kernel documents; figures not reached stay absent.
  bool (*parse)(std::string_view text, ContainerSample& sample, ParseContext& context);
  When when = When::kActive;
  uint8_t group = kAlways;
  // Tried only when the file `name` does not exist (kernels differ).
  const char* instead = nullptr;
  // Speaks of a limit or of processes, and so is true only in the cgroup where these are.
  bool of_payload = false;
  // kSlow: takes over from the last reading what a beat without this file would leave out.
  void (*keep)(const ContainerSample& last, ContainerSample& sample) = nullptr;
  // Where an open descriptor keeps the text from becoming new.
  bool opened_anew = false;
};

// The files of a v2 host; of a v1 host; and what a hybrid host's unified tree adds.
std::span<const KernelFile> FilesV2();
std::span<const KernelFile> FilesV1();
std::span<const KernelFile> FilesHybrid();

// Parsers of single files, for tests and fuzzing. Each names the line it reads.
bool ParsePressure(std::string_view text, PressureSample& pressure);
bool ParseIoStat(std::string_view text, ContainerSample& sample, ParseContext& context);
bool ParseCpuMax(std::string_view text, CpuSample& cpu);
bool ParseBlkioBytes(std::string_view text, ContainerSample& sample, ParseContext& context);
bool ParseBlkioCount(std::string_view text, ContainerSample& sample, ParseContext& context);
void KeepBlkioCount(const ContainerSample& last, ContainerSample& sample);

// One number, or the word "max" (MemorySample::kUnlimited). Numbers from 2^62
// on are the v1 way to say unlimited (page counter limits rounded to pages).
bool ParseLimit(std::string_view text, Figure& figure);

}  // namespace plimsoll::collect
