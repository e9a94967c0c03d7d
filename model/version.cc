#include "model/version.h"

#ifndef PLIMSOLL_VERSION
#define PLIMSOLL_VERSION "0.0.0"
#endif
#ifndef PLIMSOLL_REVISION
#define PLIMSOLL_REVISION ""
#endif
#ifndef PLIMSOLL_BRANCH
#define PLIMSOLL_BRANCH ""
#endif

namespace plimsoll {

const char kVersion[] = PLIMSOLL_VERSION;
const char kRevision[] = PLIMSOLL_REVISION;
const char kBranch[] = PLIMSOLL_BRANCH;

}  // namespace plimsoll
