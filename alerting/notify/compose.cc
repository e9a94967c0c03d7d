#include <algorithm>

#include "alerting/notify/drafts.h"
#include "alerting/notify/sender.h"
#include "alerting/notify/signature.h"
#include "alerting/text/label_text.h"
#include "model/version.h"

namespace plimsoll::alerting {
namespace {

using Headers = std::vector<std::pair<std::string, Secret>>;

// What stands there already is the user's own wish.
void AddHeader(const std::string& name, Secret value, Headers& headers) {
  const bool is_there = std::any_of(headers.begin(), headers.end(), [&](const auto& header) {
    return LowerCase(header.first) == LowerCase(name);
  });
  if (!is_there) headers.emplace_back(name, std::move(value));
}

Secret Authorization(const HttpAccess& access) {
  if (!access.bearer_token.empty()) return Secret("Bearer " + access.bearer_token.Reveal());
  if (access.basic_user.empty()) return Secret();
  return Secret("Basic " + Base64(access.basic_user + ":" + access.basic_password.Reveal()));
}

Result<void> Sign(const Secret& key, WallTime now, OutgoingRequest& request) {
  if (key.empty()) return {};
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  const std::string timestamp = std::to_string(seconds);
  const Result<std::string> sum = HmacSha256(key.Reveal(), timestamp + ":" + request.body);
  if (!sum) return tl::unexpected(sum.error());
  AddHeader("X-Plimsoll-Timestamp", Secret(timestamp), request.headers);
  AddHeader("X-Plimsoll-Signature", Secret("sha256=" + *sum), request.headers);
  return {};
}

Result<Drafts> DraftsOf(const ReceiverConfig& receiver, const MessageText& text, WallTime now) {
  switch (receiver.type) {
    case ReceiverType::kWebhook:
      return Drafts{WebhookDraft(receiver, text)};
    case ReceiverType::kAlertmanager:
      return AlertmanagerDrafts(receiver, text, now);
    case ReceiverType::kSlack:
      return Drafts{SlackDraft(receiver, text)};
    case ReceiverType::kDiscord:
      return Drafts{DiscordDraft(receiver, text)};
    case ReceiverType::kTeams:
      return Drafts{TeamsDraft(receiver, text)};
    case ReceiverType::kTelegram:
      return Drafts{TelegramDraft(receiver, text)};
    case ReceiverType::kNtfy:
      return Drafts{NtfyDraft(receiver, text)};
    case ReceiverType::kGotify:
      return Drafts{GotifyDraft(receiver, text)};
    case ReceiverType::kPagerduty:
      return PagerdutyDrafts(receiver, text);
    case ReceiverType::kJson:
      break;
  }
  Result<Draft> draft = JsonDraft(receiver, text);
  if (!draft) return tl::unexpected(draft.error());
  return Drafts{std::move(*draft)};
}

constexpr size_t kShortestToken = 6;

// The words of a header's value, of which one may be the token: "Bearer TOKEN", "GoogleLogin auth=TOKEN",
// "Basic BASE64" and the password in that.
void HideWords(const std::string& value, std::vector<Secret>& hidden) {
  constexpr std::string_view kBetween = " \t,;=\"";
  const std::string_view text = value;
  std::string scheme;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find_first_of(kBetween, begin), text.size());
    const std::string word(text.substr(begin, end - begin));
    if (scheme == "basic") {
      const std::string access = FromBase64(word);
      hidden.emplace_back(access);
      hidden.emplace_back(access.substr(access.find(':') + 1));
    }
    scheme = LowerCase(word);
    if (word.size() >= kShortestToken && scheme != "bearer" && scheme != "digest") hidden.emplace_back(word);
    begin = end + 1;
  }
}

// All that an error must not quote.
std::vector<Secret> HiddenOf(const ReceiverConfig& receiver) {
  const HttpAccess& access = receiver.access;
  std::vector<Secret> hidden = receiver.urls;
  for (const Secret& secret :
       {receiver.token, receiver.hmac_secret, access.bearer_token, access.basic_password})
    hidden.push_back(secret);
  if (!access.basic_user.empty())
    hidden.emplace_back(Base64(access.basic_user + ":" + access.basic_password.Reveal()));
  for (const auto& [name, value] : access.headers) {
    hidden.push_back(value);
    HideWords(value.Reveal(), hidden);
  }
  for (const Secret& value : receiver.template_secrets)
    if (value.Reveal().size() >= kShortestToken) hidden.push_back(value);
  std::erase_if(hidden, [](const Secret& secret) { return secret.empty(); });
  return hidden;
}

}  // namespace

Result<std::vector<OutgoingRequest>> Compose(const ReceiverConfig& receiver, const Message& message,
                                             WallTime now) {
  std::vector<OutgoingRequest> requests;
  if (receiver.urls.empty() || message.transitions.empty()) return requests;
  const MessageText text(message);
  Result<Drafts> drafts = DraftsOf(receiver, text, now);
  if (!drafts) return tl::unexpected(drafts.error());
  for (Draft& draft : *drafts) {
    OutgoingRequest request;
    request.url = Secret(std::move(draft.url));
    request.headers = receiver.access.headers;
    request.body = std::move(draft.body);
    request.timeout = receiver.timeout;
    request.tls = {receiver.access.ca_file, receiver.access.insecure_skip_verify};
    request.hidden = HiddenOf(receiver);
    for (auto& [name, value] : draft.headers) AddHeader(name, std::move(value), request.headers);
    AddHeader("Content-Type", Secret(draft.content_type), request.headers);
    AddHeader("User-Agent", Secret(std::string("Plimsoll/") + kVersion), request.headers);
    if (Secret value = Authorization(receiver.access); !value.empty())
      AddHeader("Authorization", std::move(value), request.headers);
    // PagerDuty's requests differ, Alertmanager's go to different servers: equal
    // keys would be wrong among the former and do no harm among the latter.
    const std::string part = requests.empty() ? "" : "-" + std::to_string(requests.size());
    AddHeader("Idempotency-Key", Secret(message.id + part), request.headers);
    AddHeader("X-Plimsoll-Idempotency-Key", Secret(message.id + part), request.headers);
    if (const Result<void> done = Sign(receiver.hmac_secret, now, request); !done)
      return tl::unexpected(done.error().In("the receiver " + receiver.name));
    requests.push_back(std::move(request));
  }
  return requests;
}

}  // namespace plimsoll::alerting
