#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "exporter/collect/file_text.h"
#include "exporter/collect/kernel_file.h"
#include "model/clock.h"
#include "model/frame.h"

namespace plimsoll::collect {

// How many descriptors the collector may keep open. When it is spent, further
// cgroups are opened, read and closed at every beat: slower, never blind.
class DescriptorBudget {
 public:
  // `most` from RLIMIT_NOFILE, less what the rest of the process needs.
  explicit DescriptorBudget(uint64_t most) : left_(most) {}
  bool Take(uint64_t count);
  void Give(uint64_t count) { left_ += count; }

 private:
  uint64_t left_;
};

// What all readers of one collecting thread share.
struct ReadContext {
  ReadContext(Hierarchies hierarchies, const std::string& sysfs, uint64_t descriptors);

  Hierarchies trees;
  ParseContext parse;
  FileText text;
  DescriptorBudget budget;
  CollectorStats stats;
  ContainerSample fresh;  // where a reading grows until it is whole
  std::string path;       // where a path is put together, so that none is allocated anew
  // Of this host's cgroup version; figure_files in the order of When, those opened anew last.
  std::vector<const KernelFile*> figure_files, spec_files;
  size_t active_begin = 0, slow_begin = 0, anew_begin = 0;  // in figure_files

  // Notes a file that failed or was not understood; logged once per file name.
  void NoteReadError(const KernelFile& file, const std::string& cgroup, int error_number);
  void NoteParseError(const KernelFile& file, const std::string& cgroup);

 private:
  std::vector<const KernelFile*> complained_;
};

// Reads one cgroup, through descriptors kept open. Owned by the collecting thread.
class CgroupReader {
 public:
  enum class Depth {
    kFigures,   // descriptors for the files of a beat, while the budget lasts
    kSpecOnly,  // nothing is kept open; only ReadSpec() may be called
  };
  // Where a container's limits are to be looked for.
  enum class Limits {
    kHere,
    // crun under systemd puts the processes, and with them the limits, into a
    // cgroup "container" inside the scope that systemd made.
    kHereOrInPayload,
  };
  // `groups`: bits of Group that are switched on.
  CgroupReader(ReadContext& context, std::string cgroup, uint8_t groups, Depth depth, Limits limits);
  ~CgroupReader();
  CgroupReader(const CgroupReader&) = delete;
  CgroupReader& operator=(const CgroupReader&) = delete;

  enum class Care {
    // As below, but all except CPU time at most every five seconds: cgroups around others, which move
    // whenever
    // one of those does.
    kSparing,
    // A cgroup whose CPU time did not move since the last reading, and for which the last two whole readings
    // found the same, did nothing: its other files rest, for nine seconds at most. What others may do to them
    // meanwhile (reclaim, writeback) is seen after that.
    kQuietRests,
    kAll,
  };
  // Fills the figures of `sample`; those that cannot be read become absent.
  // False when the cgroup is gone: then `sample` keeps what it had.
  bool Read(ContainerSample& sample, MonoTime now, Care care);

  // When the files of a beat were read last, and when all that was due were.
  MonoTime read_at() const { return read_at_; }
  MonoTime all_read_at() const { return all_read_at_; }

  // Limits and weights, and a new try at files that were missing before.
  void ReadSpec(ContainerSample& sample);

  // The path of a file of this cgroup in `tree`. Valid until the next call for any cgroup of the context.
  const std::string& PathOf(Tree tree, const char* name) const;
  // The directory, with a '/', of the cgroup in which its processes are.
  const std::string& ProcessDirectory(Tree tree) const;

  Depth depth() const { return depth_; }
  uint8_t groups() const { return groups_; }
  Limits limits() const { return limits_; }

 private:
  void OpenBeatFiles();
  void FindPayload();
  const std::string& PathOf(const KernelFile& file, const char* name) const;
  std::string_view ReadSlot(size_t slot);
  // Reads the slots [begin, end) into the context's fresh sample. False when the cgroup is gone.
  bool ReadSlots(size_t begin, size_t end);
  void KeepSlots(size_t begin, const ContainerSample& last);
  bool Rests(MonoTime now) const;
  bool StillThere() const;

  ReadContext& context_;
  const std::string cgroup_;
  const uint8_t groups_;
  const Depth depth_;
  const Limits limits_;
  bool in_payload_ = false;  // limits and processes are in the payload's cgroup
  bool keeps_open_ = false;
  uint64_t budget_taken_ = 0;
  Figure usage_at_opening_;  // CPU time when files that are opened anew were read
  Figure usage_at_whole_;    // and when everything was
  MonoTime read_at_{}, all_read_at_{}, slow_due_{};
  bool stood_still_ = false;           // the last two whole readings found the same
  std::optional<MonoTime> rest_ends_;  // nothing: the next reading is of everything
  std::vector<Descriptor> open_;       // one for each of context_.figure_files
};

}  // namespace plimsoll::collect
