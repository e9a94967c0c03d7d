#include "exporter/privileges.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

namespace plimsoll {
namespace {

constexpr int kKept[] = {CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_NET_BIND_SERVICE,
                         CAP_SYS_PTRACE};

tl::unexpected<Error> Refused(const char* what) { return tl::unexpected(ErrnoError(what)); }

// What a program that is started later could have at most. Needs CAP_SETPCAP; who lacks that and is not
// root gains nothing by starting another program either, for no new privileges are allowed.
Result<void> LowerBoundingSet() {
  for (int capability = 0;; ++capability) {
    const int bounded = ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
    if (bounded < 0) return {};  // beyond the last one that this kernel knows
    if (bounded == 0 || std::find(std::begin(kKept), std::end(kKept), capability) != std::end(kKept))
      continue;
    if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno != EPERM)
      return Refused("PR_CAPBSET_DROP");
  }
}

}  // namespace

Result<void> DropPrivileges() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Refused("PR_SET_NO_NEW_PRIVS");
  if (auto lowered = LowerBoundingSet(); !lowered) return lowered;

  // Not through libcap: two calls are no reason for a library in every process.
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3]{};
  if (::syscall(SYS_capget, &header, sets) != 0) return Refused("capget");
  __user_cap_data_struct kept[_LINUX_CAPABILITY_U32S_3]{};
  for (const int capability : kKept) kept[CAP_TO_INDEX(capability)].permitted |= CAP_TO_MASK(capability);
  bool has_more = false;
  for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; ++i)
    has_more = has_more || (sets[i].permitted & ~kept[i].permitted) != 0;
  if (!has_more) return {};  // a service manager's filter may allow no capset
  for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; ++i) {
    sets[i].permitted &= kept[i].permitted;
    sets[i].effective &= kept[i].permitted;
    sets[i].inheritable = 0;
  }
  if (::syscall(SYS_capset, &header, sets) != 0) return Refused("capset");
  return {};
}

}  // namespace plimsoll
