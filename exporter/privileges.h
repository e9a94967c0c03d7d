#pragma once

#include "model/result.h"

namespace plimsoll {

// Gives up, for good, every capability (capabilities(7)) that serving has no use for, of this process and of
// all that it might start. Of those that it has it keeps
//   CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH  to look at other users' processes and files;
//   CAP_DAC_OVERRIDE                     to talk to the sockets of users' rootless engines;
//   CAP_CHOWN                            so that SQLite leaves a storage file's companions to the owner of
//   the file; CAP_NET_BIND_SERVICE                 to listen on ports below 1024.
// Nothing is gained by who has less. Call it while there is one thread: each has capabilities of its own.
// Fails when the kernel refuses; what was given up by then stays so.
Result<void> DropPrivileges();

}  // namespace plimsoll
