#include "exporter/doctor_command.h"

#include <cstdio>
#include <iostream>

namespace plimsoll {

int ExamineHost(const DoctorOptions& options) {
  const cli::Findings findings = cli::Examine(options.order, cli::RealSurroundings());
  const std::string text =
      options.format == "json" ? cli::FindingsJson(findings) : cli::FindingsText(findings);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    std::cerr << "plimsoll doctor: standard output: " << ErrnoError("write").message << "\n";
    return 1;
  }
  return cli::HasFailure(findings) ? 1 : 0;
}

}  // namespace plimsoll
