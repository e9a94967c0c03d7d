#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
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

inline bool HasPromtool() { return std::system("promtool --version >/dev/null 2>&1") == 0; }

}  // namespace plimsoll::testing
