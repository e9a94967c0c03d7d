#pragma once

#include <set>
#include <string>

namespace plimsoll::exposition::testing {

// Names that cAdvisor chose and dashboards know: promtool would have named
// these otherwise, and is right.
inline const std::set<std::string> kInherited{
    "container_fs_inodes_total",          "container_hugetlb_failcnt",
    "container_memory_failcnt",           "container_network_tcp_usage_total",
    "container_network_tcp6_usage_total", "container_network_udp_usage_total",
    "container_network_udp6_usage_total",
};

}  // namespace plimsoll::exposition::testing
