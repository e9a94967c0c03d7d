#pragma once

#include <gtest/gtest.h>

#include <string>

#include "exporter/cli/exposition_text.h"

namespace plimsoll::cli {

// The families of a text that must be sound.
inline ExposedFamilies Parse(const std::string& text) {
  auto parsed = ParseExposition(text);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return parsed.value_or(ExposedFamilies());
}

}  // namespace plimsoll::cli
