#pragma once

#include <string>

#include "model/result.h"

namespace plimsoll::http {

// The whole of a file of at most 1 MiB. Fails naming it.
Result<std::string> ReadFile(const std::string& file);

}  // namespace plimsoll::http
