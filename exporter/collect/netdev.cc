#include "exporter/collect/netdev.h"

#include "exporter/collect/text.h"

namespace plimsoll::collect {
namespace {

bool LeftOut(std::string_view name) {
  const auto begins = [name](std::string_view prefix) { return name.substr(0, prefix.size()) == prefix; };
  return name == "lo" || begins("veth") || begins("docker");
}

}  // namespace

bool ParseNetDev(std::string_view text, std::vector<NetInterface>& interfaces) {
  interfaces.clear();
  TextCursor cursor(text);
  // A text without its two lines of headings is no list of no interfaces.
  if (cursor.Line().find('|') == std::string_view::npos || cursor.Line().find('|') == std::string_view::npos)
    return false;
  while (!cursor.done()) {
    const std::string_view raw = cursor.Line();
    const size_t colon = raw.rfind(':');  // an interface's alias may itself hold a colon
    if (colon == std::string_view::npos) return false;
    TextCursor head(raw.substr(0, colon));
    const std::string_view name = head.Word();
    if (name.empty()) return false;
    if (LeftOut(name)) continue;
    TextCursor line(raw.substr(colon + 1));
    uint64_t fields[16];
    for (uint64_t& field : fields) {
      line.SkipSpaces();
      if (!line.Uint(field)) return false;
    }
    NetInterface& net = interfaces.emplace_back();
    net.name.Set(name);
    net.rx_bytes = fields[0];
    net.rx_packets = fields[1];
    net.rx_errors = fields[2];
    net.rx_dropped = fields[3];
    net.tx_bytes = fields[8];
    net.tx_packets = fields[9];
    net.tx_errors = fields[10];
    net.tx_dropped = fields[11];
  }
  return true;
}

}  // namespace plimsoll::collect
