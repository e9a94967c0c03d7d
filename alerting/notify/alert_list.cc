#include "alerting/notify/alert_list.h"

namespace plimsoll::alerting {
namespace {

constexpr size_t kLastLine = 40;  // "… and 18446744073709551615 more", and a gap before it

}  // namespace

std::string AlertList(const MessageText& text, size_t most, TextUnit unit, EscapeCharacter escape,
                      const std::function<void(const AlertText&, BoundedText&)>& write) {
  std::string list;
  size_t length = 0, shown = 0;
  for (const AlertText& alert : text.alerts) {
    const size_t gap = shown == 0 ? 0 : 2;
    if (length + gap + kLastLine >= most) break;
    BoundedText one(most - kLastLine - length - gap, unit, escape);
    write(alert, one);
    if (one.is_cut() && shown > 0) break;
    list += (shown == 0 ? "" : "\n\n");
    length += gap + one.length();
    list += one.Take();
    ++shown;
  }
  const size_t left_out = text.alerts.size() - shown;
  if (left_out > 0) list += "\n\n… and " + std::to_string(left_out) + " more";
  return list;
}

}  // namespace plimsoll::alerting
