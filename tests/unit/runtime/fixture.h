#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "eventually.h"
#include "exporter/runtime/directory.h"
#include "exporter/runtime/disk_source.h"
#include "manual_clock.h"
#include "model/container.h"
#include "temp_folder.h"
#include "text_file.h"

namespace plimsoll::runtime {

inline std::string FixturePath(const std::string& below) {
  return std::string(PLIMSOLL_SOURCE_DIR) + "/tests/fixtures/runtime/" + below;
}

inline std::string FixtureText(const std::string& below) { return ReadText(FixturePath(below)); }

inline std::string FullId(char digit) { return std::string(64, digit); }

inline WallTime At(int64_t seconds, int64_t nanoseconds = 0) {
  return WallTime(std::chrono::seconds(seconds) + std::chrono::nanoseconds(nanoseconds));
}

// Places of root's, and none of any user.
inline PathsOf Roots(std::vector<std::string> paths) {
  return [paths = std::move(paths)](uid_t user) { return user == 0 ? paths : std::vector<std::string>{}; };
}

inline HostPaths HostBelow(const std::string& rootfs) { return {"/proc", "/sys", rootfs}; }

// What root's places tell.
inline Result<std::optional<DiskRecord>> Find(DiskSource& source, std::string_view cgroup,
                                              const CgroupName& name) {
  return FindInPlaces(source, source.PlacesOf(0), cgroup, name);
}

// What a local user made.
inline void GiveToUser(const std::string& path, uid_t user = 1000) {
  ASSERT_EQ(::lchown(path.c_str(), user, user), 0);
}

}  // namespace plimsoll::runtime
