#pragma once

#include <cstddef>
#include <string>

#include "model/result.h"

namespace plimsoll {

// The text of a file of at most `most_bytes`. Fails for what is no regular file:
// a FIFO would block, a device never end. The failure does not name the file;
// it is `too_large` when there is more.
Result<std::string> ReadTextFile(const std::string& file, size_t most_bytes, const std::string& too_large);

}  // namespace plimsoll
