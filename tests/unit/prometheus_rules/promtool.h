#pragma once

#include <cstdio>
#include <string>

#include "shell.h"

namespace plimsoll::testing {

// Runs `promtool WORDS`. It reads files alone and listens nowhere.
inline Finished Promtool(const std::string& words) {
  Finished finished = Shell("promtool " + words, 120);
  if (finished.output.size() > 4000) finished.output.resize(4000);
  return finished;
}

// Whether there is one that knows keep_firing_for.
inline bool HasPromtool() {
  int major = 0, minor = 0;
  const std::string version = Promtool("--version").output;
  const size_t at = version.find("version ");
  if (at == std::string::npos) return false;
  if (std::sscanf(version.c_str() + at, "version %d.%d", &major, &minor) != 2) return false;
  return major > 2 || (major == 2 && minor >= 42);
}

}  // namespace plimsoll::testing
