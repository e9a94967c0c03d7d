// Execute Webhook (docs.discord.com/developers/resources/webhook#execute-webhook):
// content 2000 characters, an embed's title 256 and description 4096, all of the
// embeds together 6000, a url 2048.

#include "alerting/notify/alert_list.h"
#include "alerting/notify/drafts.h"
#include "alerting/text/json_text.h"
#include "model/timestamp.h"

namespace plimsoll::alerting {
namespace {

constexpr size_t kContent = 2000, kTitle = 256, kDescription = 4096, kUrl = 2048;

// Discord refuses the whole message for an embed's url whose host is a bare name, such as
// http://dockerhost:9797.
bool IsEmbedUrl(const std::string& url) {
  const size_t scheme = url.find("://");
  if (url.size() > kUrl || scheme == url.npos) return false;
  std::string_view host = std::string_view(url).substr(scheme + 3);
  if (host.starts_with('[')) return true;
  host = host.substr(0, host.find_first_of(":/?#"));
  return host.substr(0, host.find_last_not_of('.') + 1).find('.') != host.npos;
}

void AppendEscaped(std::string_view character, std::string& out) {
  constexpr std::string_view kMarks = "\\*_~`|<>[]()#@";
  if (character.size() == 1 && kMarks.find(character[0]) != kMarks.npos) out += '\\';
  out += character;
}

std::string Escaped(const std::string& text, size_t most) {
  BoundedText out(most, TextUnit::kUtf16, AppendEscaped);
  out.Text(text);
  return out.Take();
}

std::string Description(const MessageText& text) {
  // Of a single one the title is the link, where it can be.
  const bool has_links = text.alerts.size() > 1 || !IsEmbedUrl(text.Link());
  return AlertList(text, kDescription, TextUnit::kUtf16, AppendEscaped,
                   [&](const AlertText& alert, BoundedText& out) {
                     if (text.alerts.size() > 1) out.Wrapped("**", alert.Title(), "**\n");
                     out.Text(alert.summary);
                     for (const auto& [name, value] : alert.Facts()) {
                       out.Wrapped("\n**", name, ":** ");
                       if (IsLink(value)) {
                         out.Markup("<" + value + ">");
                       } else {
                         out.Text(value);
                       }
                     }
                     if (has_links && !alert.link.empty()) out.Markup("\n<" + alert.link + ">");
                   });
}

int Colour(Tone tone) {
  constexpr int kColours[] = {0xd32f2f, 0xf9a825, 0x1976d2, 0x2e7d32};
  return kColours[static_cast<size_t>(tone)];
}

}  // namespace

Draft DiscordDraft(const ReceiverConfig& receiver, const MessageText& text) {
  Json embed = {
      {"title", Escaped(text.Headline(), kTitle)},
      {"description", Description(text)},
      {"color", Colour(ToneOf(text))},
      {"timestamp", FormatTimestamp(text.message.at)},
  };
  if (const std::string link = text.Link(); IsEmbedUrl(link)) embed["url"] = link;
  Json body = {
      {"content", Escaped(text.Headline(), kContent)},
      {"embeds", Json::array({std::move(embed)})},
      // Whatever a container calls itself, nobody is pinged.
      {"allowed_mentions", {{"parse", Json::array()}}},
  };
  if (!receiver.username.empty()) body["username"] = receiver.username;
  return {receiver.urls.front().Reveal(), JsonText(body), {}};
}

}  // namespace plimsoll::alerting
