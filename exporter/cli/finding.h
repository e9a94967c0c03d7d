#pragma once

#include <string>
#include <vector>

namespace plimsoll::cli {

enum class Level {
  kOk,
  kWarn,  // some figures are missing, or something will go wrong later
  kFail,  // Plimsoll does not start, sees no container, or a main figure never comes
};

// One thing that was looked at.
struct Finding {
  Level level = Level::kOk;
  std::string subject;  // "memory cgroup"
  std::string said;     // what is so
  std::string advice;   // what to do; empty when nothing is to be done
};

using Findings = std::vector<Finding>;

const char* LevelName(Level level);  // "OK", "WARN", "FAIL"
bool HasFailure(const Findings& findings);

// "WARN  pressure   the kernel ..." with the advice on lines of its own, and a last line that counts.
std::string FindingsText(const Findings& findings);
std::string FindingsJson(const Findings& findings);

}  // namespace plimsoll::cli
