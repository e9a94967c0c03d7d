#pragma once

#include <string_view>

#include "model/result.h"

namespace plimsoll {

// What a subcommand ends with, besides 0.
constexpr int kFailed = 1, kWrongUsage = 2;

// Says "plimsoll COMMAND: WHY" on standard error and gives `code` back.
int Refuse(std::string_view command, int code, std::string_view why);

// Writes all of `text` to standard output. Fails, naming it, when not all of it arrives: a full disk, say.
Result<void> PrintOut(std::string_view text);

}  // namespace plimsoll
