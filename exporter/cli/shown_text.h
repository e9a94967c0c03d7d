#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::cli {

// `text` for a terminal: control characters (which could move the cursor or
// worse), directional marks and what is no UTF-8 become '?'.
std::string ShownText(std::string_view text);

// Columns that shown text takes, nearly: a column a code point.
size_t WidthOf(std::string_view text);

// The text, or its beginning and "…" where it is wider than `width` columns.
std::string FitText(std::string_view text, size_t width);

// "1.50GiB", "12.0KiB", "512B"; "-" for what is not known.
std::string BytesText(const std::optional<double>& bytes);
// "12.3%"
std::string PercentText(const std::optional<double>& percent);

// Rows under one another in columns two blanks apart, without blanks at the
// ends of lines; the last column is not padded. Cells are shown text.
std::string ColumnsText(const std::vector<std::vector<std::string>>& rows);

}  // namespace plimsoll::cli
