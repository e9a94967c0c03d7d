#pragma once

#include <string>

#include "exporter/collect/file_text.h"

namespace plimsoll::collect {

// cgroup v1: an eventfd that becomes readable when the memory cgroup at
// `directory` runs out of memory, and when it is removed.
// Documentation/admin-guide/cgroup-v1/memory.rst, section 10. Empty when it
// cannot be had (read-only mount): then the count is read at every beat alone.
Descriptor NoticeOom(const std::string& directory);

}  // namespace plimsoll::collect
