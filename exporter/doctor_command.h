#pragma once

#include <string>

#include "exporter/cli/doctor.h"

namespace plimsoll {

// What the command line says of `plimsoll doctor`.
struct DoctorOptions {
  cli::DoctorOrder order;
  std::string format = "table";
};

// Writes what this host allows and what to do about the rest. Returns 1 when
// something would keep Plimsoll from its work, else 0.
int ExamineHost(const DoctorOptions& options);

}  // namespace plimsoll
