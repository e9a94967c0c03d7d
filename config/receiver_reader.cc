#include "config/receiver_reader.h"

#include <algorithm>
#include <cctype>

#include "config/secret_reader.h"
#include "config/template_check.h"
#include "config/text_file.h"
#include "config/yaml_bytes.h"

namespace plimsoll {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""h;
using Type = ReceiverType;

constexpr size_t kMaxTemplateBytes = 64 << 10;
constexpr size_t kMaxCaBytes = 1 << 20;

std::vector<std::string_view> TypeNames() {
  std::vector<std::string_view> names;
  for (const Type type : kReceiverTypes) names.push_back(ReceiverTypeName(type));
  return names;
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

// RFC 9110 section 5.1, and those that the request itself decides.
std::string CheckHeader(std::string_view name, std::string_view value) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  const bool is_token = std::all_of(name.begin(), name.end(), [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || kMarks.find(c) != kMarks.npos;
  });
  if (!is_token) return "is not the name of an HTTP header";
  const std::string lower = LowerCase(name);
  for (const char* own : {"content-length", "host", "transfer-encoding", "connection"})
    if (lower == own) return "is set by Plimsoll itself";
  if (lower.starts_with("x-plimsoll-")) return "is set by Plimsoll itself";
  return CheckOneLine(value);
}

// A section of which every key stands there without a value: as if it were not there.
bool IsLeftEmpty(const YamlReader& reader, const YamlNode& node) {
  const auto is_null = [&](const YamlNode::Entry& entry) {
    return reader.At(entry.value).kind == YamlNode::Kind::kNull;
  };
  return !node.entries.empty() && std::all_of(node.entries.begin(), node.entries.end(), is_null);
}

}  // namespace

ReceiverConfig ReceiverReader::Read(const YamlNode& node) {
  receiver_ = ReceiverConfig();
  const bool has_type = ReadType(node);
  reader_.Mapping("a receiver", node, Keys());
  if (node.complete) {
    if (!HasKey(reader_, node, "name")) reader_.Fault(node, "a receiver needs a name");
    CheckTwice(node);
    if (has_type) {
      CheckKeysOfType(node);
      CheckNeeded(node);
    }
  }
  if (receiver_.urls.empty()) receiver_.urls.emplace_back(PublicReceiverUrl(receiver_.type));
  return std::move(receiver_);
}

bool ReceiverReader::ReadType(const YamlNode& node) {
  for (const YamlNode::Entry& entry : node.entries) {
    if (entry.key != "type" || reader_.At(entry.value).kind == YamlNode::Kind::kNull) continue;
    const auto type = reader_.Word("type", reader_.At(entry.value), TypeNames());
    if (type) receiver_.type = kReceiverTypes[*type];
    return type.has_value();
  }
  if (node.complete) reader_.Fault(node, "a receiver needs a type; one of: " + Join(TypeNames()));
  return false;
}

std::vector<YamlKey> ReceiverReader::Keys() {
  std::vector<YamlKey> keys = {
      {"name", [this](const YamlNode& n) { receiver_.name = names_.Read(n); }, {}},
      {"type", [](const YamlNode&) {}, {}},  // read first
      {"url",
       [this](const YamlNode& n) {
         if (auto url = ReadSecretUrl(reader_, "url", n)) receiver_.urls = {std::move(*url)};
       },
       {}},
      {"url_file",
       [this](const YamlNode& n) {
         if (auto url = ReadUrlFile(reader_, "url_file", n, folder_)) receiver_.urls = {std::move(*url)};
       },
       {}},
      {"urls", [this](const YamlNode& n) { ReadUrls(n); }, {}},
      {"timeout",
       [this](const YamlNode& n) { reader_.Duration("timeout", n, 100ms, 2min, receiver_.timeout); },
       {}},
      {"max_age",
       [this](const YamlNode& n) { reader_.Duration("max_age", n, 1min, 24h * 30, receiver_.max_age); },
       {}},
      SecretKey("hmac_secret", receiver_.hmac_secret),
      SecretFileKey("hmac_secret_file", receiver_.hmac_secret),
      {"send_resolved",
       [this](const YamlNode& n) { reader_.Flag("send_resolved", n, receiver_.send_resolved); },
       {}},
      {"when_unscraped",
       [this](const YamlNode& n) { reader_.Flag("when_unscraped", n, receiver_.when_unscraped); },
       {}},
  };
  for (YamlKey& key : AccessKeys()) keys.push_back(std::move(key));
  for (YamlKey& key : TypeKeys()) keys.push_back(std::move(key));
  return keys;
}

std::vector<YamlKey> ReceiverReader::AccessKeys() {
  return {
      {"headers", [this](const YamlNode& n) { ReadHeaders(n); }, {}},
      SecretKey("bearer_token", receiver_.access.bearer_token),
      SecretFileKey("bearer_token_file", receiver_.access.bearer_token),
      BasicAuth(),
      Tls(),
  };
}

YamlKey ReceiverReader::BasicAuth() {
  return {"basic_auth",
          [this](const YamlNode& node) {
            HttpAccess& access = receiver_.access;
            reader_.Mapping(
                "basic_auth", node,
                {LineKey("username", access.basic_user), SecretKey("password", access.basic_password),
                 SecretFileKey("password_file", access.basic_password)});
            if (node.kind != YamlNode::Kind::kMap || !node.complete || IsLeftEmpty(reader_, node)) return;
            CheckTwice(node);
            if (!HasKey(reader_, node, "username")) reader_.Fault(node, "basic_auth needs a username");
            if (access.basic_user.find(':') != std::string::npos)
              reader_.Fault(node, "username must not hold a colon (RFC 7617)");
            Need(node, "password", "password_file");
          },
          {}};
}

YamlKey ReceiverReader::Tls() {
  const auto ca_file = [this](const YamlNode& node) {
    const std::optional<std::string> file = reader_.Text("ca_file", node);
    if (!file || file->empty()) return;
    receiver_.access.ca_file = PathFrom(folder_, *file);
    const Result<std::string> text = ReadTextFile(receiver_.access.ca_file, kMaxCaBytes,
                                                  "is larger than 1MiB; is it a file of certificates?");
    if (!text) return reader_.Fault(node, "ca_file: " + Quoted(node.text) + " " + text.error().message);
    if (text->find("-----BEGIN CERTIFICATE-----") == std::string::npos)
      reader_.Fault(node, "ca_file: " + Quoted(node.text) + " holds no certificate in PEM form");
  };
  return {"tls",
          {},
          {{"ca_file", ca_file, {}},
           {"insecure_skip_verify",
            [this](const YamlNode& n) {
              reader_.Flag("insecure_skip_verify", n, receiver_.access.insecure_skip_verify);
            },
            {}}}};
}

std::vector<YamlKey> ReceiverReader::TypeKeys() {
  return {
      SecretKey("bot_token", receiver_.token),
      SecretFileKey("bot_token_file", receiver_.token),
      LineKey("chat_id", receiver_.chat_id),
      LineKey("topic", receiver_.topic),
      {"priority",
       [this](const YamlNode& n) {
         const uint32_t most = receiver_.type == Type::kNtfy ? 5 : 10;
         if (const auto priority = reader_.Whole("priority", n, 1, most))
           receiver_.priority = static_cast<int>(*priority);
       },
       {}},
      SecretKey("token", receiver_.token),
      SecretFileKey("token_file", receiver_.token),
      SecretKey("routing_key", receiver_.token),
      SecretFileKey("routing_key_file", receiver_.token),
      LineKey("channel", receiver_.channel),
      LineKey("username", receiver_.username),
      {"template",
       [this](const YamlNode& n) {
         std::vector<std::string> secrets;
         auto text = reader_.Text("template", n, false, &secrets);
         if (!text) return;
         TakeTemplate("template", n, std::move(*text));
         receiver_.template_secrets = std::vector<Secret>(secrets.begin(), secrets.end());
       },
       {}},
      {"template_file", [this](const YamlNode& n) { ReadTemplateFile(n); }, {}},
  };
}

YamlKey ReceiverReader::SecretKey(std::string_view key, Secret& out) {
  return {key,
          [this, key, &out](const YamlNode& node) {
            if (auto secret = ReadSecret(reader_, key, node)) out = std::move(*secret);
          },
          {}};
}

YamlKey ReceiverReader::SecretFileKey(std::string_view key, Secret& out) {
  return {key,
          [this, key, &out](const YamlNode& node) {
            if (auto secret = ReadSecretFile(reader_, key, node, folder_)) out = std::move(*secret);
          },
          {}};
}

YamlKey ReceiverReader::LineKey(std::string_view key, std::string& out) {
  return {key,
          [this, key, &out](const YamlNode& node) {
            const std::optional<std::string> text = reader_.Text(key, node);
            if (!text) return;
            const std::string wrong = text->empty() ? "is empty" : CheckOneLine(*text);
            if (!wrong.empty()) return reader_.Fault(node, std::string(key) + " " + wrong);
            out = *text;
          },
          {}};
}

void ReceiverReader::ReadUrls(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::kNull) return;
  if (node.kind != YamlNode::Kind::kList) {
    if (node.complete) reader_.Fault(node, "urls must be a list; a single one is written url: ...");
    return;
  }
  receiver_.urls.clear();
  for (const size_t index : node.items)
    if (auto url = ReadSecretUrl(reader_, "each entry of urls", reader_.At(index)))
      receiver_.urls.push_back(std::move(*url));
  if (node.items.empty() && node.complete) reader_.Fault(node, "urls is empty");
}

void ReceiverReader::ReadHeaders(const YamlNode& node) {
  TextPairs pairs;
  reader_.Pairs("headers", node, CheckHeader, true, pairs);
  receiver_.access.headers.clear();
  for (auto& [name, value] : pairs)
    receiver_.access.headers.emplace_back(std::move(name), Secret(std::move(value)));
}

void ReceiverReader::ReadTemplateFile(const YamlNode& node) {
  const std::optional<std::string> file = reader_.Text("template_file", node);
  if (!file) return;
  Result<std::string> text = ReadTextFile(PathFrom(folder_, *file), kMaxTemplateBytes,
                                          "is larger than 64KiB, which no template needs");
  if (!text) return reader_.Fault(node, "template_file: " + Quoted(node.text) + " " + text.error().message);
  if (CheckBytes(*text))
    return reader_.Fault(node, "template_file: " + Quoted(node.text) + " is not text in UTF-8");
  TakeTemplate("template_file", node, std::move(*text));
}

void ReceiverReader::TakeTemplate(const std::string& key, const YamlNode& node, std::string text) {
  const std::string wrong = CheckTemplate(text);
  if (!wrong.empty()) return reader_.Fault(node, key + " " + wrong);
  receiver_.body_template = std::move(text);
}

}  // namespace plimsoll
