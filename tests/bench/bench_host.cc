// Makes N bench cgroups, of which WORKING are never quiet, prints the root directory with their metadata, and
// keeps all until its standard input ends.

#include <cstdio>
#include <cstdlib>

#include "bench/bench_cgroups.h"

int main(int argc, char** argv) {
  const plimsoll::bench::BenchCgroups cgroups(argc > 1 ? std::atoi(argv[1]) : 100,
                                              argc > 2 ? std::atoi(argv[2]) : 0);
  std::printf("%s\n", cgroups.rootfs().c_str());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
}
