#pragma once

#include <string_view>

#include "model/result.h"

namespace plimsoll {

// Whether fnmatch(3) would read `glob` as its writer meant it. Fails for what
// fnmatch takes without a word but matches never, or as plain text: nothing at
// all, an open '[', a range that runs backwards, an unknown [:class:], a '\' at
// the end; and for a pattern of more than 4096 bytes. Stars are not bounded:
// glibc's fnmatch takes no longer for many of them.
Result<void> CheckGlob(std::string_view glob);

}  // namespace plimsoll
