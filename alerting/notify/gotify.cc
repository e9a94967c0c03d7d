// POST /message (gotify.net/api-docs). Gotify itself has no limit; a MySQL
// database behind it keeps 65535 bytes of a text.

#include "alerting/notify/drafts.h"
#include "alerting/text/bounded_text.h"
#include "alerting/text/json_text.h"

namespace plimsoll::alerting {
namespace {

constexpr size_t kMessage = 60'000, kTitle = 250;

int Priority(Tone tone) {
  constexpr int kPriorities[] = {8, 5, 3, 3};
  return kPriorities[static_cast<size_t>(tone)];
}

}  // namespace

Draft GotifyDraft(const ReceiverConfig& receiver, const MessageText& text) {
  const Tone tone = ToneOf(text);
  Json extras = {{"client::display", {{"contentType", "text/plain"}}}};
  if (const std::string link = text.Link(); !link.empty())
    extras["client::notification"] = {{"click", {{"url", link}}}};
  const Json body = {
      {"title", Shorten(text.Headline(), kTitle, TextUnit::kBytes)},
      {"message", PlainText(text, kMessage)},
      {"priority", receiver.priority > 0 && text.firing > 0 ? receiver.priority : Priority(tone)},
      {"extras", std::move(extras)},
  };
  return {JoinUrl(receiver.urls.front().Reveal(), "/message"),
          JsonText(body),
          {{"X-Gotify-Key", receiver.token}}};
}

}  // namespace plimsoll::alerting
