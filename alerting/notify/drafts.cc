#include "alerting/notify/drafts.h"

#include <algorithm>

#include "alerting/notify/alert_list.h"

namespace plimsoll::alerting {

std::string JoinUrl(const std::string& url, const std::string& path) {
  const size_t query = url.find('?');
  std::string joined = url.substr(0, query);
  while (joined.ends_with('/')) joined.pop_back();
  joined += path;
  return query == std::string::npos ? joined : joined + url.substr(query);
}

bool IsLink(const std::string& text) {
  const bool has_scheme = text.starts_with("http://") || text.starts_with("https://");
  return has_scheme && std::all_of(text.begin(), text.end(), [](char c) {
           return c > ' ' && c <= '~' && std::string_view("<>|\"\\`").find(c) == std::string_view::npos;
         });
}

Tone ToneOf(const MessageText& text) {
  if (text.firing == 0) {
    const auto any = [&](const auto& holds) {
      return std::any_of(text.alerts.begin(), text.alerts.end(),
                         [&](const AlertText& alert) { return holds(alert.told->reason); });
    };
    if (any([](ResolveReason reason) { return reason == ResolveReason::kStopped; })) return Tone::kWarning;
    return any([](ResolveReason reason) { return reason != ResolveReason::kRecovered; }) ? Tone::kInfo
                                                                                         : Tone::kRecovered;
  }
  const std::string severity = text.Severity();
  if (severity == "critical" || severity == "error") return Tone::kCritical;
  return severity == "info" ? Tone::kInfo : Tone::kWarning;
}

std::string PlainText(const MessageText& text, size_t most_bytes) {
  const bool has_titles = text.alerts.size() > 1;
  return AlertList(text, most_bytes, TextUnit::kBytes, AppendPlain,
                   [&](const AlertText& alert, BoundedText& out) {
                     if (has_titles) out.Text(alert.Title() + "\n");
                     out.Text(alert.summary);
                     for (const auto& [name, value] : alert.Facts()) out.Text("\n" + name + ": " + value);
                     if (!alert.link.empty()) out.Text("\n" + alert.link);
                   });
}

}  // namespace plimsoll::alerting
