// A Teams workflow ("When a Teams webhook request is received") takes an
// Adaptive Card (adaptivecards.io/explorer) of at most 28 KB. RichTextBlock and
// not TextBlock: its text is shown as it is, and no name turns into Markdown.

#include "alerting/notify/drafts.h"
#include "alerting/text/bounded_text.h"
#include "alerting/text/json_text.h"

namespace plimsoll::alerting {
namespace {

constexpr size_t kMostBytes = 28'000;  // be the KB 1000 bytes or 1024
constexpr size_t kTitle = 500, kLine = 4000;

Json Run(const std::string& text, bool is_bold) {
  Json run = {{"type", "TextRun"}, {"text", text}};
  if (is_bold) run["weight"] = "Bolder";
  return run;
}

Json OpenUrl(const std::string& link) { return {{"type", "Action.OpenUrl"}, {"url", link}}; }

Json Block(Json runs, bool has_gap) {
  Json block = {{"type", "RichTextBlock"}, {"inlines", std::move(runs)}};
  if (!has_gap) block["spacing"] = "None";
  return block;
}

Json Title(const MessageText& text) {
  constexpr const char* kColours[] = {"Attention", "Warning", "Accent", "Good"};
  Json run = Run(Shorten(text.Headline(), kTitle, TextUnit::kBytes), true);
  run["size"] = "Large";
  run["color"] = kColours[static_cast<size_t>(ToneOf(text))];
  return Block(Json::array({std::move(run)}), true);
}

Json AlertBlocks(const AlertText& alert, bool has_title) {
  Json blocks = Json::array();
  const auto add = [&](const std::string& name, const std::string& value, const std::string& link,
                       bool has_gap) {
    Json runs = Json::array();
    if (!name.empty()) runs.push_back(Run(Shorten(name, kTitle, TextUnit::kBytes), true));
    if (!value.empty()) runs.push_back(Run(Shorten(value, kLine, TextUnit::kBytes), false));
    if (!link.empty() && link.size() <= kLine) runs.back()["selectAction"] = OpenUrl(link);
    blocks.push_back(Block(std::move(runs), has_gap));
  };
  if (has_title) add(alert.Title(), "", alert.link, true);
  add("", alert.summary, "", !has_title);
  for (const auto& [name, value] : alert.Facts()) add(name + ": ", value, IsLink(value) ? value : "", false);
  return blocks;
}

// Facts go first, from the end, until the alert has room.
void TrimTo(size_t most, Json& blocks, size_t least) {
  bool is_cut = false;
  while (blocks.size() > least && JsonText(blocks).size() > most) {
    blocks.erase(blocks.size() - 1);
    is_cut = true;
  }
  if (is_cut) blocks.push_back(Block(Json::array({Run("…", false)}), false));
}

Json Card(const MessageText& text) {
  Json card = {{"$schema", "http://adaptivecards.io/schemas/adaptive-card.json"},
               {"type", "AdaptiveCard"},
               {"version", "1.4"},
               {"msteams", {{"width", "Full"}}},
               {"body", Json::array({Title(text)})}};
  if (const std::string link = text.Link(); !link.empty() && link.size() <= kLine)
    card["actions"] =
        Json::array({{{"type", "Action.OpenUrl"}, {"title", "Open in Plimsoll"}, {"url", link}}});
  return card;
}

}  // namespace

Draft TeamsDraft(const ReceiverConfig& receiver, const MessageText& text) {
  constexpr size_t kAround = 600;  // the envelope and the line of those left out
  Json card = Card(text);
  size_t size = kAround + JsonText(card).size(), shown = 0;
  for (const AlertText& alert : text.alerts) {
    Json blocks = AlertBlocks(alert, text.alerts.size() > 1);
    if (shown == 0) TrimTo(kMostBytes - size, blocks, 2);
    const size_t more = JsonText(blocks).size();
    if (shown > 0 && size + more > kMostBytes) break;
    size += more;
    ++shown;
    for (Json& block : blocks) card["body"].push_back(std::move(block));
  }
  const size_t left_out = text.alerts.size() - shown;
  if (left_out > 0)
    card["body"].push_back(
        Block(Json::array({Run("… and " + std::to_string(left_out) + " more", false)}), true));
  const Json body = {{"type", "message"},
                     {"attachments", Json::array({{{"contentType", "application/vnd.microsoft.card.adaptive"},
                                                   {"contentUrl", nullptr},
                                                   {"content", std::move(card)}}})}};
  return {receiver.urls.front().Reveal(), JsonText(body), {}};
}

}  // namespace plimsoll::alerting
