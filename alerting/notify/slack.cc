// Incoming webhook with Block Kit (docs.slack.dev/reference/block-kit/blocks). At
// most 50 blocks, 3000 characters of text in a section, 150 in a header, 40000
// in `text`.

#include <algorithm>

#include "alerting/notify/drafts.h"
#include "alerting/text/bounded_text.h"
#include "alerting/text/json_text.h"

namespace plimsoll::alerting {
namespace {

constexpr size_t kSection = 3000, kHeader = 150, kMostSections = 20, kFallback = 4000;

// Without < there is neither a link nor a mention.
std::string Escaped(std::string_view text, size_t most) {
  BoundedText out(most, TextUnit::kUtf16, AppendWithoutTags);
  out.Text(text);
  return out.Take();
}

// A link's address may hold none of <, >, | as they are.
std::string LinkTarget(const std::string& url) {
  std::string target;
  for (const char c : url) {
    if (c == '|') {
      target += "%7C";
    } else {
      AppendWithoutTags(std::string_view(&c, 1), target);
    }
  }
  return target;
}

// `verbatim`: Slack looks for no channel, user or address in it by itself.
Json Section(const std::string& text) {
  return {{"type", "section"}, {"text", {{"type", "mrkdwn"}, {"text", text}, {"verbatim", true}}}};
}

std::string AlertSection(const AlertText& alert, bool has_title) {
  BoundedText out(kSection, TextUnit::kUtf16, AppendWithoutTags);
  if (has_title) out.Wrapped("*", alert.Title(), "*\n");
  // First, so that it is never cut away.
  if (!alert.link.empty()) out.Markup("<" + LinkTarget(alert.link) + "|Open in Plimsoll>\n");
  out.Text(alert.summary);
  for (const auto& [name, value] : alert.Facts()) {
    out.Text("\n" + name + ": ");
    if (IsLink(value)) {
      out.Markup("<" + LinkTarget(value) + ">");
    } else {
      out.Text(value);
    }
  }
  return out.Take();
}

const char* Colour(Tone tone) {
  constexpr const char* kColours[] = {"#d32f2f", "#f9a825", "#1976d2", "#2e7d32"};
  return kColours[static_cast<size_t>(tone)];
}

}  // namespace

Draft SlackDraft(const ReceiverConfig& receiver, const MessageText& text) {
  Json blocks = Json::array();
  // plain_text: shown as it is.
  blocks.push_back({{"type", "header"},
                    {"text",
                     {{"type", "plain_text"},
                      {"text", Shorten(text.Headline(), kHeader, TextUnit::kUtf16)},
                      {"emoji", false}}}});
  const size_t shown = std::min(text.alerts.size(), kMostSections);
  for (size_t i = 0; i < shown; ++i)
    blocks.push_back(Section(AlertSection(text.alerts[i], text.alerts.size() > 1)));
  const size_t left_out = text.alerts.size() - shown;
  if (left_out > 0) blocks.push_back(Section("… and " + std::to_string(left_out) + " more"));
  Json body = {
      {"text", Escaped(text.Headline(), kFallback)},
      {"link_names", false},
      {"attachments", Json::array({{{"color", Colour(ToneOf(text))}, {"blocks", std::move(blocks)}}})},
  };
  if (!receiver.channel.empty()) body["channel"] = receiver.channel;
  if (!receiver.username.empty()) body["username"] = receiver.username;
  return {receiver.urls.front().Reveal(), JsonText(body), {}};
}

}  // namespace plimsoll::alerting
