#include "exporter/command_output.h"

#include <cstdio>
#include <iostream>

namespace plimsoll {

int Refuse(std::string_view command, int code, std::string_view why) {
  std::cerr << "plimsoll " << command << ": " << why << "\n";
  return code;
}

Result<void> PrintOut(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return {};
  return tl::unexpected(ErrnoError("standard output: write"));
}

}  // namespace plimsoll
