#pragma once

#include <string_view>
#include <vector>

#include "model/sample.h"

namespace plimsoll::collect {

// Parses /proc/PID/net/dev (net/core/net-procfs.c), in bytes and packets:
//
//     Inter-|   Receive                                                |  Transmit
//      face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop ...
//       eth0: 1296     16    0    0    0     0          0         0     516      6    0    0 ...
//
// Leaves out what cAdvisor leaves out: lo, and names that begin with veth or
// docker (they are the host's ends of its containers). False when a line is not
// as above; `interfaces` then holds those read so far.
bool ParseNetDev(std::string_view text, std::vector<NetInterface>& interfaces);

}  // namespace plimsoll::collect
