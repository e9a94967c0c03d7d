#pragma once

#include <string>
#include <utility>
#include <vector>

#include "alerting/notify/message_text.h"
#include "alerting/text/json_text.h"
#include "config/alerting_config.h"
#include "model/result.h"

namespace plimsoll::alerting {

// What one service is asked, before what all have in common (signature, access).
struct Draft {
  std::string url;  // may hold a token
  std::string body;
  std::vector<std::pair<std::string, Secret>> headers;
  std::string content_type = "application/json";
};
using Drafts = std::vector<Draft>;

// One function a service, in SERVICE.cc. The message has an alert at least.
Draft WebhookDraft(const ReceiverConfig& receiver, const MessageText& text);
Drafts AlertmanagerDrafts(const ReceiverConfig& receiver, const MessageText& text, WallTime now);
Draft SlackDraft(const ReceiverConfig& receiver, const MessageText& text);
Draft DiscordDraft(const ReceiverConfig& receiver, const MessageText& text);
Draft TeamsDraft(const ReceiverConfig& receiver, const MessageText& text);
Draft TelegramDraft(const ReceiverConfig& receiver, const MessageText& text);
Draft NtfyDraft(const ReceiverConfig& receiver, const MessageText& text);
Draft GotifyDraft(const ReceiverConfig& receiver, const MessageText& text);
Drafts PagerdutyDrafts(const ReceiverConfig& receiver, const MessageText& text);
Result<Draft> JsonDraft(const ReceiverConfig& receiver, const MessageText& text);  // a faulty template fails

// What several services share.

// Of Alertmanager's webhook: all but the receiver, the status and the alerts.
Json GroupFields(const MessageText& text);

// The path put behind the URL's own, before a query: exactly one slash between.
std::string JoinUrl(const std::string& url, const std::string& path);

// Whether the text is one http or https address without anything that a service
// could take for the end of a link.
bool IsLink(const std::string& text);

// How grave the message is, for colours and priorities. kRecovered: each of its alerts is well again; one
// that ended with its container is a warning.
enum class Tone { kCritical, kWarning, kInfo, kRecovered };
Tone ToneOf(const MessageText& text);

// Plain lines: summary, facts, link of each alert; whole alerts as long as there
// is room, and how many were left out. For services without formatting.
std::string PlainText(const MessageText& text, size_t most_bytes);

}  // namespace plimsoll::alerting
