// Publish as JSON (docs.ntfy.sh/publish/#publish-as-json): a message of more than
// 4096 bytes would become an attachment.

#include "alerting/notify/drafts.h"
#include "alerting/text/bounded_text.h"
#include "alerting/text/json_text.h"

namespace plimsoll::alerting {
namespace {

constexpr size_t kMessage = 4096, kTitle = 250;

int Priority(Tone tone) {
  constexpr int kPriorities[] = {5, 4, 3, 3};
  return kPriorities[static_cast<size_t>(tone)];
}

const char* Tag(Tone tone) {
  constexpr const char* kTags[] = {"rotating_light", "warning", "information_source", "white_check_mark"};
  return kTags[static_cast<size_t>(tone)];
}

}  // namespace

Draft NtfyDraft(const ReceiverConfig& receiver, const MessageText& text) {
  const Tone tone = ToneOf(text);
  Json body = {
      {"topic", receiver.topic},
      {"title", Shorten(text.Headline(), kTitle, TextUnit::kBytes)},
      {"message", PlainText(text, kMessage)},
      {"priority", receiver.priority > 0 && text.firing > 0 ? receiver.priority : Priority(tone)},
      {"tags", Json::array({Tag(tone)})},
  };
  if (const std::string link = text.Link(); !link.empty()) body["click"] = link;
  return {receiver.urls.front().Reveal(), JsonText(body), {}};
}

}  // namespace plimsoll::alerting
