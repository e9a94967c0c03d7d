#include "exporter/http/web_config.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <tuple>

#include "config/yaml_bytes.h"
#include "config/yaml_reader.h"
#include "config/yaml_tree.h"
#include "exporter/http/tls_names.h"

namespace plimsoll::http {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""h;

constexpr size_t kMaxFileBytes = 1 << 20;
constexpr int kMaxBcryptCost = 18;

Result<std::string> ReadFile(const std::string& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) return Fail(file + " is a folder, not a file");
  std::ifstream in(file, std::ios::binary);
  if (!in) return tl::unexpected(ErrnoError("cannot read " + file));
  std::string text(kMaxFileBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return tl::unexpected(ErrnoError("cannot read " + file));
  text.resize(static_cast<size_t>(in.gcount()));
  if (text.size() > kMaxFileBytes) return Fail(file + " is larger than 1 MiB");
  return text;
}

template <typename Table>
std::vector<std::string_view> WordsOf(const Table& table) {
  std::vector<std::string_view> words;
  for (const auto& [word, meaning] : table) words.push_back(word);
  return words;
}

template <typename Table>
auto Lookup(const Table& table, std::string_view word) {
  return std::find_if(table.begin(), table.end(), [&](const auto& entry) { return entry.first == word; });
}

std::string DidYouMean(std::string_view word, const std::vector<std::string_view>& known) {
  const std::string_view nearest = Nearest(word, known);
  return nearest.empty() ? "; accepted: " + Join(known) : "; did you mean \"" + std::string(nearest) + "\"?";
}

// The sections of the file, what their keys may hold, and which of them go together.
class WebSections {
 public:
  WebSections(const YamlTree& tree, YamlReader& reader, std::string folder, WebConfig& config)
      : tree_(tree), reader_(reader), folder_(std::move(folder)), config_(config) {}

  std::vector<YamlKey> Keys();
  // Faults that only show when all keys are known.
  void Finish();

 private:
  std::vector<YamlKey> TlsKeys();
  void Inline(std::string_view name, const YamlNode& node, Pem& pem);
  void File(std::string_view name, const YamlNode& node, Pem& pem);
  void Version(std::string_view name, const YamlNode& node, uint16_t& out);
  void Switch(std::string_view name, const YamlNode& node, bool& out);
  void Auth(const YamlNode& node);
  void Ciphers(const YamlNode& node);
  void Curves(const YamlNode& node);
  void Headers(const YamlNode& node);
  void Header(const YamlNode::Entry& entry);
  void Users(const YamlNode& node);
  void User(const YamlNode::Entry& entry);
  void Burst(const YamlNode& node);
  void FaultAt(const YamlNode::Entry& entry, std::string message);
  void FinishTls(const YamlNode& section);

  const YamlTree& tree_;
  YamlReader& reader_;
  const std::string folder_;
  WebConfig& config_;
  TlsSettings tls_;
  bool only_tls13_ciphers_ = false;
  const YamlNode* auth_at_ = nullptr;
  const YamlNode* sans_at_ = nullptr;
  const YamlNode* max_at_ = nullptr;
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
         Switch("http2", node, ignored);
       },
       {}},
      {"headers", [this](const YamlNode& node) { Headers(node); }, {}},
  };
  std::vector<YamlKey> rate = {
      {"interval",
       [this](const YamlNode& node) {
         reader_.Duration("interval", node, 0ms, 1h, config_.rate_limit.interval);
       },
       {}},
      {"burst", [this](const YamlNode& node) { Burst(node); }, {}},
  };
  return {{"tls_server_config", {}, TlsKeys()},
          {"http_server_config", {}, std::move(http)},
          {"basic_auth_users", [this](const YamlNode& node) { Users(node); }, {}},
          {"rate_limit", {}, std::move(rate)}};
}

std::vector<YamlKey> WebSections::TlsKeys() {
  return {
      {"cert", [this](const YamlNode& node) { Inline("cert", node, tls_.cert); }, {}},
      {"key", [this](const YamlNode& node) { Inline("key", node, tls_.key); }, {}},
      {"client_ca", [this](const YamlNode& node) { Inline("client_ca", node, tls_.client_ca); }, {}},
      {"cert_file", [this](const YamlNode& node) { File("cert_file", node, tls_.cert); }, {}},
      {"key_file", [this](const YamlNode& node) { File("key_file", node, tls_.key); }, {}},
      {"client_ca_file", [this](const YamlNode& node) { File("client_ca_file", node, tls_.client_ca); }, {}},
      {"client_auth_type", [this](const YamlNode& node) { Auth(node); }, {}},
      {"client_allowed_sans",
       [this](const YamlNode& node) {
         sans_at_ = &node;
         reader_.List(
             "client_allowed_sans", node, [](std::string_view) { return ""; }, tls_.client_allowed_sans);
       },
       {}},
      {"min_version", [this](const YamlNode& node) { Version("min_version", node, tls_.min_version); }, {}},
      {"max_version",
       [this](const YamlNode& node) {
         max_at_ = &node;
         Version("max_version", node, tls_.max_version);
       },
       {}},
      {"cipher_suites", [this](const YamlNode& node) { Ciphers(node); }, {}},
      {"curve_preferences", [this](const YamlNode& node) { Curves(node); }, {}},
      {"prefer_server_cipher_suites",
       [this](const YamlNode& node) {
         Switch("prefer_server_cipher_suites", node, tls_.prefer_server_ciphers);
       },
       {}},
  };
}

void WebSections::Inline(std::string_view name, const YamlNode& node, Pem& pem) {
  const auto text = reader_.Text(name, node);
  if (!text || text->empty()) return;
  if (pem.line > 0)
    return reader_.Fault(node,
                         std::string(name) + " and " + std::string(name) + "_file are both given: keep one");
  pem = {*text, "", node.line, node.column};
}

void WebSections::File(std::string_view name, const YamlNode& node, Pem& pem) {
  const auto path = reader_.Text(name, node);
  if (!path || path->empty()) return;
  if (pem.line > 0)
    return reader_.Fault(node, std::string(name.substr(0, name.size() - 5)) + " and " + std::string(name) +
                                   " are both given: keep one");
  pem = {"", path->front() == '/' ? *path : folder_ + "/" + *path, node.line, node.column};
  config_.files.push_back(pem.file);
  auto text = ReadFile(pem.file);
  if (!text) return reader_.Fault(node, std::string(name) + ": " + text.error().message);
  pem.text = std::move(*text);
}

void WebSections::Version(std::string_view name, const YamlNode& node, uint16_t& out) {
  const auto text = reader_.Text(name, node);
  if (!text || text->empty()) return;
  if (*text == "TLS12") {
    out = 0x0303;
  } else if (*text == "TLS13") {
    out = 0x0304;
  } else if (*text == "TLS10" || *text == "TLS11") {
    reader_.Fault(node, std::string(name) + ": " + *text +
                            " is not offered, its protection is broken: use TLS12 or TLS13");
  } else {
    reader_.Fault(node,
                  std::string(name) + ": unknown version " + Quoted(*text) + "; accepted: TLS12, TLS13");
  }
}

void WebSections::Switch(std::string_view name, const YamlNode& node, bool& out) {
  auto text = reader_.Text(name, node);
  if (!text) return;
  std::transform(text->begin(), text->end(), text->begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (*text == "true" || *text == "yes" || *text == "on") {
    out = true;
  } else if (*text == "false" || *text == "no" || *text == "off") {
    out = false;
  } else {
    reader_.Fault(node, std::string(name) + " must be true or false, not " + Quoted(node.text));
  }
}

void WebSections::Auth(const YamlNode& node) {
  const auto text = reader_.Text("client_auth_type", node);
  if (!text || text->empty()) return;
  auth_at_ = &node;
  const auto& names = ClientAuthNames();
  const auto found = Lookup(names, *text);
  if (found == names.end())
    return reader_.Fault(
        node, "client_auth_type: unknown type " + Quoted(*text) + DidYouMean(*text, WordsOf(names)));
  tls_.client_auth = found->second;
}

void WebSections::Ciphers(const YamlNode& node) {
  const auto& names = CipherNames();
  std::vector<std::string> suites;
  reader_.List(
      "cipher_suites", node,
      [&](std::string_view suite) -> std::string {
        if (Lookup(names, suite) != names.end()) return "";
        return "unknown or insecure cipher suite" + DidYouMean(suite, WordsOf(names));
      },
      suites);
  for (const std::string& suite : suites) {
    const auto found = Lookup(names, suite);
    if (found == names.end() || found->second.empty()) continue;
    tls_.ciphers.append(tls_.ciphers.empty() ? "" : ":").append(found->second);
  }
  only_tls13_ciphers_ = !suites.empty() && tls_.ciphers.empty();
}

void WebSections::Curves(const YamlNode& node) {
  const auto& names = CurveNames();
  std::vector<std::string> curves;
  reader_.List(
      "curve_preferences", node,
      [&](std::string_view curve) -> std::string {
        if (Lookup(names, curve) != names.end()) return "";
        return "unknown curve" + DidYouMean(curve, WordsOf(names));
      },
      curves);
  for (const std::string& curve : curves) {
    const auto found = Lookup(names, curve);
    if (found != names.end()) tls_.groups.append(tls_.groups.empty() ? "" : ":").append(found->second);
  }
}

void WebSections::Headers(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::kNull || !node.complete) return;
  if (node.kind != YamlNode::Kind::kMap)
    return reader_.Fault(node, "headers must be a mapping, such as \"X-Frame-Options: deny\"");
  for (const YamlNode::Entry& entry : node.entries) Header(entry);
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
    return FaultAt(entry, "the header " + Quoted(entry.key) + " cannot be configured" +
                              DidYouMean(entry.key, WordsOf(kHeaders)));
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

void WebSections::Users(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::kNull || !node.complete) return;
  if (node.kind != YamlNode::Kind::kMap)
    return reader_.Fault(node, "basic_auth_users must be a mapping from user names to bcrypt hashes");
  for (const YamlNode::Entry& entry : node.entries) User(entry);
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
    if (entry.key == "tls_server_config" && !section.entries.empty()) FinishTls(section);
    if (entry.key == "rate_limit" && config_.rate_limit.interval > 0ms && config_.rate_limit.burst == 0)
      reader_.Fault(section, "rate_limit: burst is 0, which would refuse every request: give at least 1");
  }
}

void WebSections::FinishTls(const YamlNode& section) {
  const auto fault = [&](const YamlNode* node, std::string message) {
    reader_.Fault(node ? *node : section, std::move(message));
  };
  if (tls_.cert.line == 0)
    fault(nullptr, "tls_server_config: the certificate is missing: give cert_file or cert");
  if (tls_.key.line == 0)
    fault(nullptr, "tls_server_config: the private key is missing: give key_file or key");
  const bool verifies =
      tls_.client_auth == ClientAuth::kVerifyIfGiven || tls_.client_auth == ClientAuth::kRequireAndVerify;
  const bool requires_cert =
      tls_.client_auth == ClientAuth::kRequireAny || tls_.client_auth == ClientAuth::kRequireAndVerify;
  if (verifies && tls_.client_ca.line == 0)
    fault(auth_at_,
          "client_auth_type verifies certificates: give the authority that signs them, client_ca_file");
  if (tls_.client_ca.line > 0 && tls_.client_auth == ClientAuth::kNone && !auth_at_)
    fault(nullptr,
          "client_ca is given but client_auth_type is not: RequireAndVerifyClientCert makes use of it");
  if (tls_.client_ca.line > 0 && tls_.client_auth == ClientAuth::kNone && auth_at_)
    fault(auth_at_,
          "client_ca is given but NoClientCert asks for no certificate: RequireAndVerifyClientCert does");
  if (sans_at_ && !tls_.client_allowed_sans.empty() && !requires_cert)
    fault(sans_at_,
          "client_allowed_sans needs client_auth_type RequireAndVerifyClientCert (or RequireAnyClientCert)");
  if (only_tls13_ciphers_) tls_.min_version = 0x0304;
  if (tls_.min_version > tls_.max_version)
    fault(max_at_, "max_version is older than what min_version and cipher_suites allow");
  config_.tls = std::move(tls_);
}

}  // namespace

bool IsBcryptHash(std::string_view text) {
  if (text.size() != 60 || text.substr(0, 2) != "$2" || text[3] != '$' || text[6] != '$') return false;
  if (text[2] != 'a' && text[2] != 'b' && text[2] != 'y') return false;
  int cost = 0;
  const auto [end, error] = std::from_chars(text.data() + 4, text.data() + 6, cost);
  if (error != std::errc() || end != text.data() + 6 || cost < 4 || cost > kMaxBcryptCost) return false;
  return std::all_of(text.begin() + 7, text.end(),
                     [](unsigned char c) { return std::isalnum(c) || c == '.' || c == '/'; });
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
  auto text = ReadFile(file);
  if (text) return LoadWebConfigText(*text, file);
  LoadedWebConfig loaded;
  loaded.faults.push_back({0, 0, text.error().message});
  return loaded;
}

}  // namespace plimsoll::http
