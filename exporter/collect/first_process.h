#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "exporter/collect/file_text.h"
#include "model/sample.h"

namespace plimsoll::collect {

struct Process {
  int64_t pid = 0;
  Figure started;  // in ticks since the boot: tells it from a later one with its number
};

// The process that a container began with, whose namespaces are the container's: `init_pid`, which its
// runtime told, where that is in `cgroup` or below it; else, of all processes there, the eldest whose parent
// is outside. (A container that runs containers has theirs below it.) `directory` is the cgroup's. Absent
// while there is no process, or none that has a number in our pid namespace.
std::optional<Process> FirstProcess(const std::string& procfs, const std::string& cgroup,
                                    const std::string& directory, std::optional<int64_t> init_pid,
                                    FileText& text);

// False also when its number is another's by now.
bool IsAlive(const std::string& procfs, const Process& process, FileText& text);

}  // namespace plimsoll::collect
