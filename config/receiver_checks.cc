// What no key of a receiver can say alone.

#include <algorithm>

#include "config/receiver_reader.h"

namespace plimsoll {
namespace {

using Type = ReceiverType;

// Keys that only some types have.
struct KeyOfTypes {
  std::string_view key;
  std::vector<Type> types;
};
const std::vector<KeyOfTypes> kKeysOfTypes = {
    {"urls", {Type::kAlertmanager}},
    {"bot_token", {Type::kTelegram}},
    {"bot_token_file", {Type::kTelegram}},
    {"chat_id", {Type::kTelegram}},
    {"topic", {Type::kNtfy}},
    {"priority", {Type::kNtfy, Type::kGotify}},
    {"token", {Type::kGotify}},
    {"token_file", {Type::kGotify}},
    {"routing_key", {Type::kPagerduty}},
    {"routing_key_file", {Type::kPagerduty}},
    {"channel", {Type::kSlack}},
    {"username", {Type::kSlack, Type::kDiscord}},
    {"template", {Type::kJson}},
    {"template_file", {Type::kJson}},
};

}  // namespace

const char* PublicReceiverUrl(Type type) {
  switch (type) {
    case Type::kTelegram:
      return "https://api.telegram.org";
    case Type::kNtfy:
      return "https://ntfy.sh";
    case Type::kPagerduty:
      return "https://events.pagerduty.com/v2/enqueue";
    default:
      return "";
  }
}

void ReceiverReader::CheckKeysOfType(const YamlNode& node) {
  for (const auto& [key, types] : kKeysOfTypes) {
    if (!HasKey(reader_, node, key)) continue;
    if (std::find(types.begin(), types.end(), receiver_.type) != types.end()) continue;
    std::vector<std::string_view> names;
    for (const Type type : types) names.push_back(ReceiverTypeName(type));
    for (const YamlNode::Entry& entry : node.entries)
      if (entry.key == key)
        reader_.Fault(reader_.At(entry.value), std::string(key) + " is for a receiver of type " +
                                                   Join(names) + ", not " + ReceiverTypeName(receiver_.type));
  }
}

// A value and the file that it is in: which one was meant?
void ReceiverReader::CheckTwice(const YamlNode& node) {
  for (const YamlNode::Entry& entry : node.entries) {
    const std::string file_key = entry.key + "_file";
    if (HasKey(reader_, node, entry.key) && HasKey(reader_, node, file_key))
      reader_.Fault(node, entry.key + " and " + file_key + " are both given; leave one out");
  }
  if (HasKey(reader_, node, "urls") && (HasKey(reader_, node, "url") || HasKey(reader_, node, "url_file")))
    reader_.Fault(node, "urls and url are both given; leave one out");
  const bool bearer = HasKey(reader_, node, "bearer_token") || HasKey(reader_, node, "bearer_token_file");
  if (bearer && !receiver_.access.basic_user.empty())
    reader_.Fault(node, "bearer_token and basic_auth are both given; leave one out");
}

void ReceiverReader::CheckNeeded(const YamlNode& node) {
  const bool needs_url = *PublicReceiverUrl(receiver_.type) == '\0' && !HasKey(reader_, node, "urls");
  if (needs_url) Need(node, "url", "url_file");
  switch (receiver_.type) {
    case Type::kTelegram:
      Need(node, "bot_token", "bot_token_file");
      return Need(node, "chat_id", "");
    case Type::kNtfy:
      return Need(node, "topic", "");
    case Type::kGotify:
      return Need(node, "token", "token_file");
    case Type::kPagerduty:
      return Need(node, "routing_key", "routing_key_file");
    case Type::kJson:
      return Need(node, "template", "template_file");
    default:
      return;
  }
}

void ReceiverReader::Need(const YamlNode& node, std::string_view key, std::string_view file_key) {
  if (HasKey(reader_, node, key) || (!file_key.empty() && HasKey(reader_, node, file_key))) return;
  std::string message = "needs " + std::string(key);
  if (!file_key.empty()) message += " or " + std::string(file_key);
  const bool is_auth = key == "password";
  reader_.Fault(node,
                (is_auth ? "basic_auth "
                         : std::string("a receiver of type ") + ReceiverTypeName(receiver_.type) + " ") +
                    message);
}

}  // namespace plimsoll
