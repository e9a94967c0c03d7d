#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "eventually.h"
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

}  // namespace plimsoll::runtime
