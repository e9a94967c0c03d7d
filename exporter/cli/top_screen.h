#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/cli/top_reading.h"
#include "exporter/cli/top_table.h"

namespace plimsoll::cli {

// What the live table shows and how keys change it. Pure: bytes of the keyboard
// in, text of a screen out.
class TopScreen {
 public:
  TopScreen(std::string url, TopOrder order) : url_(std::move(url)), order_(order) {}

  // Keys as the terminal sends them. False: the user wants to leave.
  // An escape sequence that is cut in two is taken for its beginning and some keys.
  bool Press(std::string_view keys);

  void Take(TopReading reading);  // the newest
  void Miss(std::string why);     // it could not be had; the last one stays, and is said to be old

  // The whole screen, from its upper left corner; no more than rows x columns.
  // Who moved beyond the end stands at the end afterwards.
  std::string Draw(size_t rows, size_t columns);

  const std::string& filter() const { return filter_; }
  TopOrder order() const { return order_; }

 private:
  bool PressKey(char key);
  void Type(char key);
  std::string StatusLine(size_t hidden, size_t columns) const;

  const std::string url_;
  TopOrder order_;
  std::string filter_;
  bool is_typing_ = false;  // the filter
  size_t first_ = 0;        // row at the top
  std::optional<TopReading> reading_;
  std::string fault_;
};

}  // namespace plimsoll::cli
