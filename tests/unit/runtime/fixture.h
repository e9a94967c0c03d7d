#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <thread>

#include "manual_clock.h"
#include "model/container.h"

namespace plimsoll::runtime {

inline std::string FixturePath(const std::string& below) {
  return std::string(PLIMSOLL_SOURCE_DIR) + "/tests/fixtures/runtime/" + below;
}

inline std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline std::string FixtureText(const std::string& below) { return ReadText(FixturePath(below)); }

inline void WriteText(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

// As Docker does it: the new text appears whole under the old name.
inline void ReplaceText(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  const std::filesystem::path fresh = path.parent_path() / (".tmp-" + path.filename().string());
  WriteText(fresh, text);
  std::filesystem::rename(fresh, path);
}

class TempDir {
 public:
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "plimsoll-runtime-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::string operator/(const std::string& below) const { return (path_ / below).string(); }

 private:
  std::filesystem::path path_;
};

// Waits for something another thread does; far longer than it ever takes.
inline bool Eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 2000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

inline std::string FullId(char digit) { return std::string(64, digit); }

inline WallTime At(int64_t seconds, int64_t nanoseconds = 0) {
  return WallTime(std::chrono::seconds(seconds) + std::chrono::nanoseconds(nanoseconds));
}

}  // namespace plimsoll::runtime
