#pragma once

#include <string>

#include "model/container.h"

namespace plimsoll::rollup {

// What stays the same when a container is recreated: "compose:shop/web/1",
// "pod:namespace/pod/container", "name:web", or "id:..." where there is no name.
std::string IdentityKey(const Container& who);

}  // namespace plimsoll::rollup
