#include "exporter/doctor_command.h"

#include "exporter/command_output.h"

namespace plimsoll {

int ExamineHost(const DoctorOptions& options) {
  const cli::Findings findings = cli::Examine(options.order, cli::RealSurroundings());
  const std::string text =
      options.format == "json" ? cli::FindingsJson(findings) : cli::FindingsText(findings);
  if (const auto printed = PrintOut(text); !printed)
    return Refuse("doctor", kFailed, printed.error().message);
  return cli::HasFailure(findings) ? kFailed : 0;
}

}  // namespace plimsoll
