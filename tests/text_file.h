#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace plimsoll {

// All bytes of a file. Fails the test where it cannot be read.
inline std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Makes the folders on the way, too.
inline void WriteText(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

// In one step, as Docker and careful administrators do it: the new text appears whole under the old name.
inline void ReplaceText(const std::filesystem::path& path, const std::string& text) {
  const std::filesystem::path fresh = path.parent_path() / (".tmp-" + path.filename().string());
  WriteText(fresh, text);
  std::filesystem::rename(fresh, path);
}

}  // namespace plimsoll
