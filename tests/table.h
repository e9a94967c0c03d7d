#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <source_location>
#include <string>
#include <type_traits>

namespace plimsoll {

// What goes into a function, and what must come out.
template <typename Out>
struct TableRow {
  std::string in;
  Out out;
  std::source_location at = std::source_location::current();
};

// Holds a function of one text to a table. Each row that does not hold is told by its own line.
template <typename Function, typename Out = std::decay_t<std::invoke_result_t<Function&, const std::string&>>>
void ExpectTable(Function&& function, std::initializer_list<TableRow<Out>> rows) {
  for (const TableRow<Out>& row : rows) {
    const ::testing::ScopedTrace line(row.at.file_name(), static_cast<int>(row.at.line()),
                                      "of " + ::testing::PrintToString(row.in));
    EXPECT_EQ(function(row.in), row.out);
  }
}

}  // namespace plimsoll
