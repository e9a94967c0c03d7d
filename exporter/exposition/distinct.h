#pragma once

#include <memory>

#include "model/frame.h"

namespace plimsoll::exposition {

// Two samples with the same labels make a whole body invalid, so no device,
// interface or page size may be shown twice for one subject. What the kernel
// lists never has such doubles; what somebody names cunningly (interfaces may
// hold any byte) may have, once it is made readable.

// Null when every list names each thing once; else a copy that keeps the first of each.
std::unique_ptr<const ContainerSample> WithoutDoubles(const ContainerSample& sample);
std::unique_ptr<const HostSample> WithoutDoubles(const HostSample& host);

}  // namespace plimsoll::exposition
