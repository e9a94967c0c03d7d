#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <string>

namespace plimsoll {

struct Finished {
  int exit_code = -1;  // -1: it ended by a signal
  std::string output;  // what went to standard output and standard error
};

// Runs a shell command to its end, at most `seconds` long.
inline Finished Shell(const std::string& command, int seconds = 20) {
  Finished finished;
  const std::string bounded = "timeout " + std::to_string(seconds) + " sh -c '" + command + "' 2>&1";
  FILE* pipe = ::popen(bounded.c_str(), "r");
  char buffer[4096];
  while (size_t n = ::fread(buffer, 1, sizeof buffer, pipe)) finished.output.append(buffer, n);
  const int status = ::pclose(pipe);
  if (WIFEXITED(status)) finished.exit_code = WEXITSTATUS(status);
  return finished;
}

}  // namespace plimsoll
