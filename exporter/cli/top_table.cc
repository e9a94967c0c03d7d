#include "exporter/cli/top_table.h"

#include <algorithm>
#include <array>

#include "exporter/cli/shown_text.h"

namespace plimsoll::cli {
namespace {

constexpr size_t kGap = 2, kMostAlert = 40;
constexpr std::array kOrders = {"cpu", "memory", "pressure", "net", "block", "name"};

std::string RateText(const std::optional<double>& rate) {
  return rate ? BytesText(rate) + "/s" : std::string("-");
}

struct Pressure {
  const char* of;
  std::optional<double> percent;
};

// The greatest; of equal ones the first.
Pressure Worst(const TopRow& row) {
  Pressure worst{"cpu", row.cpu_pressure};
  for (const Pressure& other : {Pressure{"mem", row.memory_pressure}, Pressure{"io", row.io_pressure}})
    if (other.percent > worst.percent) worst = other;  // nothing is less than any number
  return worst;
}

// "cpu 70.1%"
std::string PressureText(const TopRow& row) {
  const Pressure worst = Worst(row);
  const std::string percent = PercentText(worst.percent);
  return worst.percent > 0.0 ? worst.of + (" " + percent) : percent;
}

struct Column {
  const char* title;
  bool is_left;
  int rank;      // the highest goes first when there is no room; 0 stays
  size_t least;  // columns of the screen that it can be cut to; 0: it is shown whole
  std::string (*text)(const TopRow&);
};

const std::array<Column, 11> kColumns = {{
    {"NAME", true, 0, 12, [](const TopRow& row) { return row.name; }},
    {"CPU / LIMIT", false, 0, 0,
     [](const TopRow& row) { return PercentText(row.cpu_percent) + " / " + PercentText(row.cpu_limit); }},
    {"MEMORY / LIMIT", false, 0, 0,
     [](const TopRow& row) { return BytesText(row.memory_used) + " / " + BytesText(row.memory_limit); }},
    {"MEM", false, 3, 0, [](const TopRow& row) { return PercentText(row.memory_percent); }},
    {"PRESSURE", false, 2, 0, PressureText},
    {"NET IN", false, 4, 0, [](const TopRow& row) { return RateText(row.receive); }},
    {"NET OUT", false, 5, 0, [](const TopRow& row) { return RateText(row.transmit); }},
    {"DISK READ", false, 7, 0, [](const TopRow& row) { return RateText(row.block_read); }},
    {"DISK WRITE", false, 6, 0, [](const TopRow& row) { return RateText(row.block_write); }},
    {"STATE", true, 8, 0, [](const TopRow& row) { return row.state; }},
    {"ALERTS", true, 1, 12, [](const TopRow& row) { return FitText(row.alert, kMostAlert); }},
}};

std::optional<double> Sum(const std::optional<double>& a, const std::optional<double>& b) {
  if (!a) return b;
  return b ? *a + *b : *a;
}

std::optional<double> Weight(const TopRow& row, TopOrder order) {
  switch (order) {
    case TopOrder::kCpu:
      return row.cpu_percent;
    case TopOrder::kMemory:
      return row.memory_used;
    case TopOrder::kPressure:
      return Worst(row).percent;
    case TopOrder::kNetwork:
      return Sum(row.receive, row.transmit);
    case TopOrder::kBlock:
      return Sum(row.block_read, row.block_write);
    case TopOrder::kName:
      break;
  }
  return std::nullopt;
}

std::string Lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

struct Shape {
  std::vector<size_t> widths;  // by column
  std::vector<bool> shown;

  size_t Total() const {
    size_t total = 0;
    for (size_t i = 0; i < widths.size(); ++i)
      if (shown[i]) total += widths[i] + (i == 0 ? 0 : kGap);
    return total;
  }
};

// Cuts what can be cut and gives up columns until `width` holds the rest; gives back what is left over,
// to the name first.
void Narrow(Shape& shape, size_t width) {
  const std::vector<size_t> whole = shape.widths;
  for (size_t i = 0; i < kColumns.size(); ++i)
    if (kColumns[i].least != 0) shape.widths[i] = std::min(whole[i], kColumns[i].least);
  for (int rank = 9; rank > 0 && shape.Total() > width; --rank)
    for (size_t i = 0; i < kColumns.size(); ++i)
      if (kColumns[i].rank == rank) shape.shown[i] = false;
  for (size_t i = 0; i < kColumns.size() && shape.Total() < width; ++i)
    if (shape.shown[i]) shape.widths[i] = std::min(whole[i], shape.widths[i] + width - shape.Total());
}

std::string Line(const std::array<std::string, kColumns.size()>& cells, const Shape& shape, size_t width) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (!shape.shown[i]) continue;
    const std::string cell = FitText(cells[i], shape.widths[i]);
    const std::string blanks(shape.widths[i] - WidthOf(cell), ' ');
    if (i != 0) line.append(kGap, ' ');
    line += kColumns[i].is_left ? cell + blanks : blanks + cell;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return width == 0 ? line : FitText(line, width);
}

}  // namespace

std::optional<TopOrder> ParseTopOrder(std::string_view name) {
  const auto found = std::find(kOrders.begin(), kOrders.end(), name);
  if (found == kOrders.end()) return std::nullopt;
  return static_cast<TopOrder>(found - kOrders.begin());
}

const char* TopOrderName(TopOrder order) { return kOrders[static_cast<size_t>(order)]; }

std::vector<TopRow> Arrange(std::vector<TopRow> rows, TopOrder order, const std::string& filter) {
  const std::string wanted = Lower(filter);
  std::erase_if(rows, [&](const TopRow& row) { return Lower(row.name).find(wanted) == std::string::npos; });
  std::stable_sort(rows.begin(), rows.end(), [&](const TopRow& a, const TopRow& b) {
    const auto left = Weight(a, order), right = Weight(b, order);
    if (left != right) return left > right;  // nothing is less than any number
    return a.name < b.name;
  });
  return rows;
}

std::vector<std::string> TableLines(const std::vector<TopRow>& rows, size_t width) {
  std::vector<std::array<std::string, kColumns.size()>> table(1);
  Shape shape{std::vector<size_t>(kColumns.size()), std::vector<bool>(kColumns.size(), true)};
  for (size_t i = 0; i < kColumns.size(); ++i) table[0][i] = kColumns[i].title;
  for (const TopRow& row : rows) {
    auto& cells = table.emplace_back();
    for (size_t i = 0; i < kColumns.size(); ++i) cells[i] = kColumns[i].text(row);
  }
  for (const auto& cells : table)
    for (size_t i = 0; i < cells.size(); ++i) shape.widths[i] = std::max(shape.widths[i], WidthOf(cells[i]));
  if (width != 0 && shape.Total() > width) Narrow(shape, width);
  std::vector<std::string> lines;
  for (const auto& cells : table) lines.push_back(Line(cells, shape, width));
  return lines;
}

std::string HostLine(const TopReading& reading) {
  std::string line = "host cpu " + PercentText(reading.host.cpu_percent);
  if (reading.host.cores) line += " of " + std::to_string(*reading.host.cores) + " cores";
  line += "  memory " + BytesText(reading.host.memory_used) + " / " + BytesText(reading.host.memory_total);
  line += "  containers " + std::to_string(reading.running);
  if (reading.rows.size() < reading.running) line += " (" + std::to_string(reading.rows.size()) + " read)";
  return line;
}

}  // namespace plimsoll::cli
