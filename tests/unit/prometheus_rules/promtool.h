#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

namespace plimsoll::testing {

struct Verdict {
  int exit_code = -1;
  std::string output;
};

// Runs `promtool WORDS`. It reads files alone and listens nowhere.
inline Verdict Promtool(const std::string& words) {
  Verdict verdict;
  FILE* pipe = popen(("timeout 120 promtool " + words + " 2>&1").c_str(), "r");
  std::array<char, 4096> block;
  for (size_t n; (n = fread(block.data(), 1, block.size(), pipe)) > 0;)
    verdict.output.append(block.data(), n);
  const int status = pclose(pipe);
  verdict.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  if (verdict.output.size() > 4000) verdict.output.resize(4000);
  return verdict;
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
