#include "exporter/cli/top_screen.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "exporter/cli/shown_text.h"

namespace plimsoll::cli {
namespace {

// A line is wiped before it is written: behind its last column the cursor stands on it.
constexpr std::string_view kHome = "\x1b[H", kWipeLine = "\x1b[K";
constexpr std::string_view kReverse = "\x1b[7m", kBold = "\x1b[1m", kPlain = "\x1b[0m";
constexpr size_t kHeadLines = 2, kFootLines = 1, kPage = 10, kMostFilter = 60;
// What keys do, in fewer and fewer words: how to see the rows that are hidden, and the rest.
constexpr std::pair<std::string_view, std::string_view> kHints[] = {
    {"j k or arrows: ", "q quit  / filter  sort: c cpu, m memory, p pressure, n net, b block, a name"},
    {"j k ", "q quit  / filter  sort c cpu m mem p pressure n net b block a name"},
    {"j k ", "q quit  / filter  sort c m p n b a"},
    {"j k ", "q quit  / filter"},
    {"j k ", "q quit"},
};
constexpr char kEscape = '\x1b', kBackspace = '\x7f', kOtherBackspace = '\b';

}  // namespace

bool TopScreen::Press(std::string_view keys) {
  while (!keys.empty()) {
    // "\x1b[A" is the key up, and so on; a lone escape ends typing.
    if (keys.size() >= 3 && keys.starts_with("\x1b[")) {
      const char arrow = keys[2];
      const size_t end = keys.find_first_not_of("0123456789;", 2);
      keys.remove_prefix(end == std::string_view::npos ? keys.size() : end + 1);
      if (arrow == 'A') first_ -= std::min<size_t>(first_, 1);
      if (arrow == 'B') ++first_;
      if (arrow == '5') first_ -= std::min(first_, kPage);
      if (arrow == '6') first_ += kPage;
      continue;
    }
    const char key = keys.front();
    keys.remove_prefix(1);
    if (is_typing_)
      Type(key);
    else if (!PressKey(key))
      return false;
  }
  return true;
}

void TopScreen::Type(char key) {
  if (key == '\n' || key == '\r') {
    is_typing_ = false;
  } else if (key == kEscape) {
    is_typing_ = false;
    filter_.clear();
  } else if (key == kBackspace || key == kOtherBackspace) {
    // A whole character of UTF-8.
    while (!filter_.empty() && (filter_.back() & 0xc0) == 0x80) filter_.pop_back();
    if (!filter_.empty()) filter_.pop_back();
  } else if (static_cast<unsigned char>(key) >= ' ' && filter_.size() < kMostFilter) {
    filter_ += key;
  }
  first_ = 0;
}

bool TopScreen::PressKey(char key) {
  switch (key) {
    case 'q':
      return false;
    case 'c':
      order_ = TopOrder::kCpu;
      break;
    case 'm':
      order_ = TopOrder::kMemory;
      break;
    case 'p':
      order_ = TopOrder::kPressure;
      break;
    case 'n':
      order_ = TopOrder::kNetwork;
      break;
    case 'b':
      order_ = TopOrder::kBlock;
      break;
    case 'a':
      order_ = TopOrder::kName;
      break;
    case '/':
      is_typing_ = true;
      filter_.clear();
      break;
    case kEscape:
      filter_.clear();
      break;
    case 'j':
      ++first_;
      return true;
    case 'k':
      first_ -= std::min<size_t>(first_, 1);
      return true;
    default:
      return true;
  }
  first_ = 0;
  return true;
}

void TopScreen::Take(TopReading reading) {
  reading_ = std::move(reading);
  fault_.clear();
}

void TopScreen::Miss(std::string why) { fault_ = std::move(why); }

std::string TopScreen::StatusLine(size_t hidden, size_t columns) const {
  if (is_typing_) {
    const std::string typed = "filter by name: " + ShownText(filter_) + "_";
    const std::string keys = "   (Enter keeps it, Escape drops it)";
    return WidthOf(typed + keys) <= columns ? typed + keys : typed;
  }
  const std::string filter = filter_.empty() ? "" : "filter: " + ShownText(filter_) + "  ";
  std::string line;
  for (const auto& [move, others] : kHints) {
    const std::string more = hidden == 0 ? "" : std::string(move) + std::to_string(hidden) + " more  ";
    line = filter + more + std::string(others);
    if (WidthOf(line) <= columns) break;
  }
  return line;
}

std::string TopScreen::Draw(size_t rows, size_t columns) {
  std::vector<std::string> lines, marks;
  const auto add = [&](std::string_view mark, const std::string& text) {
    if (lines.size() == rows) return;
    lines.push_back(FitText(text, columns));
    marks.emplace_back(mark);
  };
  add("", "plimsoll top  " + ShownText(url_) + "  by " + TopOrderName(order_));
  add(fault_.empty() ? "" : kBold, !fault_.empty() ? (reading_ ? "old figures: " : "") + fault_
                                   : reading_      ? HostLine(*reading_)
                                                   : "asking...");
  const std::vector<TopRow> shown =
      reading_ ? Arrange(reading_->rows, order_, filter_) : std::vector<TopRow>();
  const std::vector<std::string> table = TableLines(shown, columns);
  const size_t taken = kHeadLines + kFootLines + 1;
  const size_t room = rows > taken ? rows - taken : 0;
  first_ = std::min(first_, shown.size() - std::min(shown.size(), room));
  const size_t count = std::min(room, shown.size() - first_);
  if (reading_) add(kReverse, table[0] + std::string(columns - WidthOf(table[0]), ' '));
  for (size_t i = first_; i < first_ + count; ++i) add(shown[i].is_firing ? kBold : "", table[i + 1]);
  while (lines.size() + kFootLines < rows) add("", "");
  add("", StatusLine(shown.size() - count, columns));
  std::string text(kHome);
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i != 0) text += "\r\n";
    text += kWipeLine;
    text += marks[i].empty() ? lines[i] : marks[i] + lines[i] + std::string(kPlain);
  }
  return text;
}

}  // namespace plimsoll::cli
