#pragma once

#include "exporter/runtime/directory.h"
#include "model/sample.h"

namespace plimsoll::collect {

// Reads what hardly ever changes while the host is up (processors and memory may: HostReader follows them).
// Fields that cannot be read stay empty or 0.
MachineInfo ReadMachineInfo(const runtime::HostPaths& paths);

}  // namespace plimsoll::collect
