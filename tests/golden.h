#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>

#include "text_file.h"

namespace plimsoll {

// The first line in which two texts differ, as each of them has it.
inline std::string FirstDifference(const std::string& kept, const std::string& text) {
  const auto differs = std::mismatch(kept.begin(), kept.end(), text.begin(), text.end()).first;
  const auto same = static_cast<size_t>(differs - kept.begin());
  const size_t begin = same == 0 ? 0 : kept.rfind('\n', same - 1) + 1;
  const auto line = [begin](const std::string& of) { return of.substr(begin, of.find('\n', begin) - begin); };
  return "line " + std::to_string(1 + std::count(kept.begin(), differs, '\n')) + "\nfile: " + line(kept) +
         "\ntext: " + line(text) + "\n";
}

// Holds a text to a file of this repository.
// PLIMSOLL_UPDATE_GOLDEN=1 writes the file anew: look at the difference before you commit it.
inline void ExpectGolden(const std::string& file, const std::string& text) {
  const std::string path = std::string(PLIMSOLL_SOURCE_DIR) + "/" + file;
  if (const char* update = std::getenv("PLIMSOLL_UPDATE_GOLDEN"); update != nullptr && *update == '1')
    std::ofstream(path, std::ios::binary) << text;
  const std::string kept = ReadText(path);
  EXPECT_TRUE(text == kept) << FirstDifference(kept, text) << "PLIMSOLL_UPDATE_GOLDEN=1 refreshes " << path;
}

}  // namespace plimsoll
