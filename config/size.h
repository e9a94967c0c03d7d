#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/result.h"

namespace plimsoll {

// Parses a number of bytes: "64MiB", "1GiB", "4096B". Units B KiB MiB GiB TiB;
// "0" needs none. Fails saying what is wrong with the text.
Result<uint64_t> ParseSize(std::string_view text);

// The shortest text that ParseSize reads back as `bytes`: "1GiB", "1025KiB".
std::string FormatSize(uint64_t bytes);

}  // namespace plimsoll
