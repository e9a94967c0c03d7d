#pragma once

namespace plimsoll {

// What this build is. Set by CMake from git; the version alone where there is none.
extern const char kVersion[];   // "0.1.0"
extern const char kRevision[];  // commit, "" when unknown; "-dirty" at its end when files differed from it
extern const char kBranch[];    // "" when unknown

}  // namespace plimsoll
