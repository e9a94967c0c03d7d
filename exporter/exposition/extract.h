#pragma once

#include "exporter/exposition/families.h"

// How the families' figures are taken from a subject. Named by what they yield;
// the table in families.cc says which family uses which.
namespace plimsoll::exposition::extract {

constexpr uint64_t kSectorBytes = 512;  // diskstats counts in these, whatever the disk's own size is

// A whole number straight from a part of the sample: Of<&ContainerSample::memory, &MemorySample::rss>.
template <auto Part, auto Field>
void Of(const Subject& s, Sink& out) {
  if (const Figure& figure = s.sample->*Part.*Field) out.Add(Number::Whole(*figure));
}

// The same in units of 10^-Digits.
template <auto Part, auto Field, int Digits>
void Scaled(const Subject& s, Sink& out) {
  if (const Figure& figure = s.sample->*Part.*Field) out.Add(Number::Decimal(*figure, Digits));
}

// What CFS bandwidth control counts means something only where there is a quota.
template <auto Field, int Digits>
void OfQuota(const Subject& s, Sink& out) {
  if (s.sample->cpu.quota_us) Scaled<&ContainerSample::cpu, Field, Digits>(s, out);
}

// One of the two lines of a pressure file, microseconds.
template <auto Resource, auto Field>
void Pressure(const Subject& s, Sink& out) {
  Scaled<Resource, Field, 6>(s, out);
}

// A ratio the collector made.
template <auto Field>
void Derived(const Subject& s, Sink& out) {
  if (const Ratio& ratio = s.sample->derived.*Field) out.Add(Number::Real(*ratio));
}

// One sample per network interface.
template <auto Field>
void PerInterface(const Subject& s, Sink& out) {
  for (const NetInterface& net : s.sample->net) {
    if (net.is_rest) continue;
    out.Add(Number::Whole(net.*Field), {{"interface", net.name.c_str()}});
  }
}

// One sample per size of huge pages.
template <auto Field>
void PerPageSize(const Subject& s, Sink& out) {
  for (const HugePages& pages : s.sample->huge_pages) {
    if (pages.*Field) out.Add(Number::Whole(*(pages.*Field)), {{"pagesize", pages.page_size.c_str()}});
  }
}

template <auto Field>
void OfProcesses(const Subject& s, Sink& out) {
  if (s.sample->process && s.sample->process.value().*Field) {
    out.Add(Number::Whole(*(s.sample->process.value().*Field)));
  }
}

// "/dev/sda", or "8:0" where the number has no name.
class DeviceName {
 public:
  template <typename Device>
  explicit DeviceName(const Device& device) {
    text_.Set(device.device.c_str());
    if (text_.bytes[0] == '\0') SetNumbers(device.major, device.minor);
  }
  std::string_view text() const { return text_.c_str(); }

 private:
  void SetNumbers(uint32_t major, uint32_t minor);
  ShortText<32> text_;
};

// One sample per disk of the host, from /proc/diskstats; only for the root.
template <auto Field, int Digits>
void PerDisk(const Subject& s, Sink& out) {
  if (!s.IsRoot()) return;
  for (const DiskStats& disk : s.frame.host.disks) {
    out.Add(Number::Decimal(disk.*Field, Digits), {{"device", DeviceName(disk).text()}});
  }
}

// One sample per device a cgroup did I/O on.
template <auto Field>
void PerDevice(const Subject& s, Sink& out) {
  for (const BlockIo& io : s.sample->block) {
    if (io.*Field) out.Add(Number::Whole(*(io.*Field)), {{"device", DeviceName(io).text()}});
  }
}

// Reads and writes: the root's own figures where its cgroup has them (as its bytes are), else what the
// disks completed.
template <auto OfDisk, auto OfDevice>
void Operations(const Subject& s, Sink& out) {
  PerDevice<OfDevice>(s, out);
  if (s.sample->block.empty()) PerDisk<OfDisk, 0>(s, out);
}

// Bytes read and written: the root's own figures where its cgroup has them, else the disks' sectors.
template <auto OfDisk, auto OfDevice>
void Bytes(const Subject& s, Sink& out) {
  PerDevice<OfDevice>(s, out);
  if (!s.IsRoot() || !s.sample->block.empty()) return;
  for (const DiskStats& disk : s.frame.host.disks) {
    out.Add(Number::Whole(disk.*OfDisk * kSectorBytes), {{"device", DeviceName(disk).text()}});
  }
}

// Of file systems: the root's from statfs, a container's from its writable layer.
template <auto OfFileSystem, auto OfLayer>
void Storage(const Subject& s, Sink& out) {
  if (s.IsRoot()) {
    for (const FileSystem& fs : s.frame.host.file_systems) {
      out.Add(Number::Whole(fs.*OfFileSystem), {{"device", fs.device.c_str()}});
    }
  } else if (s.sample->disk && s.sample->disk.value().*OfLayer) {
    out.Add(Number::Whole(*(s.sample->disk.value().*OfLayer)), {{"device", s.sample->disk->device.c_str()}});
  }
}

// A fact about the machine; 0 means that it could not be read.
template <auto Field>
void OfMachine(const Subject& s, Sink& out) {
  if (s.machine.*Field != 0) out.Add(Number::Whole(s.machine.*Field));
}

template <auto Field>
void OfHost(const Subject& s, Sink& out) {
  if (s.frame.host.*Field) out.Add(Number::Whole(*(s.frame.host.*Field)));
}

void Zero(const Subject& s, Sink& out);  // the error flags: a body that could not be made is not served
void LastSeen(const Subject& s, Sink& out);
void StartTime(const Subject& s, Sink& out);
void CreationTime(const Subject& s, Sink& out);
void HealthState(const Subject& s, Sink& out);
void CpuUsage(const Subject& s, Sink& out);
void WorkingSet(const Subject& s, Sink& out);
void MemoryFailures(const Subject& s, Sink& out);
void OomEvents(const Subject& s, Sink& out);
void MemoryLimit(const Subject& s, Sink& out);
void SwapLimit(const Subject& s, Sink& out);
void ReservationLimit(const Subject& s, Sink& out);
void ThreadsMax(const Subject& s, Sink& out);
void TasksState(const Subject& s, Sink& out);
void UlimitsSoft(const Subject& s, Sink& out);
void BlkioDeviceUsage(const Subject& s, Sink& out);
void Tcp(const Subject& s, Sink& out);
void Tcp6(const Subject& s, Sink& out);
void Udp(const Subject& s, Sink& out);
void Udp6(const Subject& s, Sink& out);
void Cores(const Subject& s, Sink& out);
void MemoryBytes(const Subject& s, Sink& out);
void SwapBytes(const Subject& s, Sink& out);

void CpuLimitPercent(const Subject& s, Sink& out);
void LoadLineMemoryLimit(const Subject& s, Sink& out);
void CpuPeak(const Subject& s, Sink& out);
void MemoryPeak(const Subject& s, Sink& out);
void Restarts(const Subject& s, Sink& out);
void AlertState(const Subject& s, Sink& out);
void ConsecutiveBreaches(const Subject& s, Sink& out);
void Info(const Subject& s, Sink& out);
void HostCpuPercent(const Subject& s, Sink& out);

}  // namespace plimsoll::exposition::extract
