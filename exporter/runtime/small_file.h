#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "model/result.h"

namespace plimsoll::runtime {

// What runtimes write about one container is a few KiB; more than this is refused.
inline constexpr size_t kMaxFileBytes = size_t{8} << 20;

// What a local user can put there is read on the collector's thread: less of it.
inline constexpr size_t kMaxUsersFileBytes = size_t{256} << 10;
inline constexpr size_t kMaxUsersNames = 256;

// The whole file; nullopt when it is not there. Fails when it cannot be read,
// is no regular file, or holds more than `max_bytes`. Opened as careful_open.h says.
Result<std::optional<std::string>> ReadSmallFile(const std::string& path, size_t max_bytes = kMaxFileBytes);

// Names in a directory, without "." and "..", in no order; empty when it is not there.
// Fails when it is a user's and holds more than kMaxUsersNames.
Result<std::vector<std::string>> ListDirectory(const std::string& path);

// "root" + "/" + "path" with exactly one slash between them.
std::string JoinPath(std::string_view root, std::string_view path);

}  // namespace plimsoll::runtime
