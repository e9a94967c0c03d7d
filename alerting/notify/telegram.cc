// sendMessage (core.telegram.org/bots/api#sendmessage): 4096 characters, HTML.

#include "alerting/notify/alert_list.h"
#include "alerting/notify/drafts.h"
#include "alerting/text/json_text.h"

namespace plimsoll::alerting {
namespace {

constexpr size_t kMost = 4096, kHeadline = 512;

void AppendEscaped(std::string_view character, std::string& out) {
  if (character == "\"") {
    out += "&quot;";
  } else if (character == "@") {
    out += "@\u2060";  // a word joiner, seen by nobody: "@name" would call that user
  } else {
    AppendWithoutTags(character, out);
  }
}

std::string Attribute(const std::string& url) {
  std::string escaped;
  for (const char c : url) AppendEscaped(std::string_view(&c, 1), escaped);
  return escaped;
}

void WriteAlert(const AlertText& alert, bool has_title, BoundedText& out) {
  if (has_title) out.Wrapped("<b>", alert.Title(), "</b>\n");
  out.Text(alert.summary);
  for (const auto& [name, value] : alert.Facts()) {
    out.Wrapped("\n<b>", name, ":</b> ");
    out.Text(value);
  }
  if (!alert.link.empty())
    out.Wrapped("\n<a href=\"" + Attribute(alert.link) + "\">", "Open in Plimsoll", "</a>");
}

}  // namespace

Draft TelegramDraft(const ReceiverConfig& receiver, const MessageText& text) {
  BoundedText head(kHeadline, TextUnit::kUtf16, AppendEscaped);
  head.Wrapped("<b>", text.Headline(), "</b>\n");
  const size_t room = kMost - head.length();
  const bool has_titles = text.alerts.size() > 1;
  const std::string list =
      AlertList(text, room, TextUnit::kUtf16, AppendEscaped,
                [&](const AlertText& alert, BoundedText& out) { WriteAlert(alert, has_titles, out); });
  const Json body = {
      {"chat_id", receiver.chat_id},
      {"text", head.Take() + list},
      {"parse_mode", "HTML"},
      {"link_preview_options", {{"is_disabled", true}}},
      {"disable_notification", text.firing == 0 && ToneOf(text) != Tone::kWarning},
  };
  const std::string path = "/bot" + receiver.token.Reveal() + "/sendMessage";
  return {JoinUrl(receiver.urls.front().Reveal(), path), JsonText(body), {}};
}

}  // namespace plimsoll::alerting
