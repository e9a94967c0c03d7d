#include "exporter/http/web_config.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <tuple>

#include "config/text_file.h"
#include "config/yaml_bytes.h"
#include "config/yaml_reader.h"
#include "config/yaml_tree.h"
#include "exporter/http/known_words.h"
#include "exporter/http/tls_section.h"

namespace plimsoll::http {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""h;

constexpr size_t kMaxFileBytes = 1 << 20;
constexpr int kMaxBcryptCost = 18;

// The sections of the file, what their keys may hold, and which of them go together.
class WebSections {
 public:
  WebSections(const YamlTree& tree, YamlReader& reader, std::string folder, WebConfig& config)
      : tree_(tree), reader_(reader), config_(config), tls_(reader, std::move(folder), config.files) {}

  std::vector<YamlKey> Keys();
  // Faults that only show when all keys are known.
  void Finish();

 private:
  // Takes each entry of a mapping; `otherwise` is the fault where there is none.
  void Entries(const YamlNode& node, const char* otherwise,
               void (WebSections::*take)(const YamlNode::Entry&));
  void Header(const YamlNode::Entry& entry);
  void User(const YamlNode::Entry& entry);
  void Burst(const YamlNode& node);
  void FaultAt(const YamlNode::Entry& entry, std::string message);

  const YamlTree& tree_;
  YamlReader& reader_;
  WebConfig& config_;
  TlsSection tls_;
};

void WebSections::FaultAt(const YamlNode::Entry& entry, std::string message) {
  YamlNode place;
  place.line = entry.line;
  place.column = entry.column;
  reader_.Fault(place, std::move(message));
}

std::vector<YamlKey> WebSections::Keys() {
  std::vector<YamlKey> http = {
      {"http2",
       [this](const YamlNode& node) {
         bool ignored = true;  // only HTTP/1.1 is spoken, which every client of HTTP/2 falls back to
         ReadSwitch(reader_, "http2", node, ignored);
       },
       {}},
      {"headers",
       [this](const YamlNode& node) {
         Entries(node, "headers must be a mapping, such as \"X-Frame-Options: deny\"", &WebSections::Header);
       },
       {}},
  };
  std::vector<YamlKey> rate = {
      {"interval",
       [this](const YamlNode& node) {
         reader_.Duration("interval", node, 0ms, 1h, config_.rate_limit.interval);
       },
       {}},
      {"burst", [this](const YamlNode& node) { Burst(node); }, {}},
  };
  return {{"tls_server_config", {}, tls_.Keys()},
          {"http_server_config", {}, std::move(http)},
          {"basic_auth_users",
           [this](const YamlNode& node) {
             Entries(node, "basic_auth_users must be a mapping from user names to bcrypt hashes",
                     &WebSections::User);
           },
           {}},
          {"rate_limit", {}, std::move(rate)}};
}

void WebSections::Entries(const YamlNode& node, const char* otherwise,
                          void (WebSections::*take)(const YamlNode::Entry&)) {
  if (node.kind == YamlNode::Kind::kNull || !node.complete) return;
  if (node.kind != YamlNode::Kind::kMap) return reader_.Fault(node, otherwise);
  for (const YamlNode::Entry& entry : node.entries) (this->*take)(entry);
}

void WebSections::Header(const YamlNode::Entry& entry) {
  static const std::vector<std::pair<std::string_view, std::vector<std::string_view>>> kHeaders = {
      {"Content-Security-Policy", {}},
      {"X-Frame-Options", {"deny", "sameorigin"}},
      {"X-Content-Type-Options", {"nosniff"}},
      {"X-XSS-Protection", {}},
      {"Strict-Transport-Security", {}}};
  const YamlNode& value = tree_.At(entry.value);
  const auto known = Lookup(kHeaders, entry.key);
  if (known == kHeaders.end())
    return FaultAt(
        entry, "the header " + Quoted(entry.key) + " cannot be configured" + DidYouMean(entry.key, kHeaders));
  if (value.kind == YamlNode::Kind::kNull || !value.complete ||
      (value.kind == YamlNode::Kind::kScalar && value.text.empty()))
    return;
  if (value.kind != YamlNode::Kind::kScalar || value.text.find_first_of("\r\n") != std::string::npos)
    return reader_.Fault(value, entry.key + " must be a single line of text");
  const auto& accepted = known->second;
  if (!accepted.empty() && std::find(accepted.begin(), accepted.end(), value.text) == accepted.end())
    return reader_.Fault(
        value, entry.key + ": " + Quoted(value.text) + " is not possible; accepted: " + Join(accepted));
  config_.headers.emplace_back(entry.key, value.text);
}

// Neither name nor value is quoted: whoever mixes them up has the secret in the name.
void WebSections::User(const YamlNode::Entry& entry) {
  const YamlNode& value = tree_.At(entry.value);
  if (entry.key.empty() || entry.key.find(':') != std::string::npos)
    FaultAt(entry,
            "basic_auth_users: a user name must not be empty or hold a colon: nobody could log in with it");
  if (!value.complete) return;
  if (value.kind != YamlNode::Kind::kScalar || !IsBcryptHash(value.text))
    return reader_.Fault(value,
                         "basic_auth_users: this value is no bcrypt hash ($2a$, $2b$ or $2y$, cost 4 to " +
                             std::to_string(kMaxBcryptCost) +
                             ", 60 characters): make one with: htpasswd -nBC 10 \"\" | tr -d ':\\n'");
  config_.users[entry.key] = value.text;
}

void WebSections::Burst(const YamlNode& node) {
  const auto text = reader_.Text("burst", node);
  if (!text) return;
  int burst = -1;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), burst);
  if (error != std::errc() || end != text->data() + text->size() || burst < 0 || burst > 1000000)
    return reader_.Fault(node, "burst must be a whole number from 0 to 1000000, not " + Quoted(*text));
  config_.rate_limit.burst = burst;
}

void WebSections::Finish() {
  const YamlNode& root = tree_.Root();
  for (const YamlNode::Entry& entry : root.entries) {
    const YamlNode& section = tree_.At(entry.value);
    if (section.kind != YamlNode::Kind::kMap) continue;
    if (entry.key == "tls_server_config" && !section.entries.empty()) config_.tls = tls_.Finish(section);
    if (entry.key == "rate_limit" && config_.rate_limit.interval > 0ms && config_.rate_limit.burst == 0)
      reader_.Fault(section, "rate_limit: burst is 0, which would refuse every request: give at least 1");
  }
}

}  // namespace

bool IsBcryptHash(std::string_view text) {
  if (text.size() != 60 || text.substr(0, 2) != "$2" || text[3] != '$' || text[6] != '$') return false;
  if (text[2] != 'a' && text[2] != 'b' && text[2] != 'y') return false;
  if (BcryptCost(text) < 4 || BcryptCost(text) > kMaxBcryptCost) return false;
  return std::all_of(text.begin() + 7, text.end(),
                     [](unsigned char c) { return std::isalnum(c) || c == '.' || c == '/'; });
}

int BcryptCost(std::string_view hash) {
  int cost = 0;
  const auto [end, error] = std::from_chars(hash.data() + 4, hash.data() + 6, cost);
  return error == std::errc() && end == hash.data() + 6 ? cost : 0;
}

LoadedWebConfig LoadWebConfigText(const std::string& text, const std::string& file) {
  LoadedWebConfig loaded;
  const YamlTree tree(text, loaded.faults);
  YamlReader reader(tree, loaded.faults);
  const std::string folder = std::filesystem::path(file).parent_path().string();
  WebSections sections(tree, reader, folder.empty() ? "." : folder, loaded.config);
  reader.Read(sections.Keys());
  sections.Finish();
  std::stable_sort(loaded.faults.begin(), loaded.faults.end(),
                   [](const ConfigFault& a, const ConfigFault& b) {
                     return std::tie(a.line, a.column) < std::tie(b.line, b.column);
                   });
  return loaded;
}

LoadedWebConfig LoadWebConfigFile(const std::string& file) {
  auto text = ReadTextFile(file, kMaxFileBytes, "is larger than 1 MiB");
  if (text) return LoadWebConfigText(*text, file);
  LoadedWebConfig loaded;
  loaded.faults.push_back({0, 0, text.error().message});
  return loaded;
}

}  // namespace plimsoll::http
