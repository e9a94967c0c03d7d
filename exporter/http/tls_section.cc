#include "exporter/http/tls_section.h"

#include <algorithm>
#include <cctype>

#include "config/text_file.h"
#include "config/yaml_bytes.h"
#include "exporter/http/known_words.h"

namespace plimsoll::http {
namespace {

constexpr size_t kMaxPemBytes = 1 << 20;

}  // namespace

std::vector<YamlKey> TlsSection::Keys() {
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
      {"cipher_suites",
       [this](const YamlNode& node) {
         const bool has_some =
             Names("cipher_suites", node, CipherNames(), "unknown or insecure cipher suite", tls_.ciphers);
         only_tls13_ciphers_ = has_some && tls_.ciphers.empty();
       },
       {}},
      {"curve_preferences",
       [this](const YamlNode& node) {
         Names("curve_preferences", node, CurveNames(), "unknown curve", tls_.groups);
       },
       {}},
      {"prefer_server_cipher_suites",
       [this](const YamlNode& node) {
         ReadSwitch(reader_, "prefer_server_cipher_suites", node, tls_.prefer_server_ciphers);
       },
       {}},
  };
}

// Where text and file are both given the file counts, as in exporter-toolkit.
void TlsSection::Inline(std::string_view name, const YamlNode& node, Pem& pem) {
  const auto text = reader_.Text(name, node);
  if (!text || text->empty() || !pem.file.empty()) return;
  pem = {*text, "", node.line, node.column};
}

void TlsSection::File(std::string_view name, const YamlNode& node, Pem& pem) {
  const auto path = reader_.Text(name, node);
  if (!path || path->empty()) return;
  pem = {"", path->front() == '/' ? *path : folder_ + "/" + *path, node.line, node.column};
  files_.push_back(pem.file);
  auto text = ReadTextFile(pem.file, kMaxPemBytes, "is larger than 1 MiB");
  if (!text) return reader_.Fault(node, std::string(name) + ": " + pem.file + " " + text.error().message);
  pem.text = std::move(*text);
}

void TlsSection::Version(std::string_view name, const YamlNode& node, uint16_t& out) {
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

void TlsSection::Auth(const YamlNode& node) {
  const auto text = reader_.Text("client_auth_type", node);
  if (!text || text->empty()) return;
  auth_at_ = &node;
  const auto& names = ClientAuthNames();
  const auto found = Lookup(names, *text);
  if (found == names.end())
    return reader_.Fault(node, "client_auth_type: unknown type " + Quoted(*text) + DidYouMean(*text, names));
  tls_.client_auth = found->second;
}

bool TlsSection::Names(std::string_view key, const YamlNode& node, const NameTable& known,
                       const std::string& unknown, std::string& joined) {
  std::vector<std::string> words;
  reader_.List(
      key, node,
      [&](std::string_view word) -> std::string {
        return Lookup(known, word) != known.end() ? "" : unknown + DidYouMean(word, known);
      },
      words);
  for (const std::string& word : words) {
    const auto found = Lookup(known, word);
    if (found == known.end() || found->second.empty()) continue;
    joined.append(joined.empty() ? "" : ":").append(found->second);
  }
  return !words.empty();
}

std::optional<TlsSettings> TlsSection::Finish(const YamlNode& section) {
  // exporter-toolkit, too, serves plain HTTP when there is nothing but, say, min_version. A key that is
  // misspelt may have been meant for the certificate.
  const bool asks_for_tls =
      tls_.cert.line > 0 || tls_.key.line > 0 || tls_.client_ca.line > 0 || auth_at_ != nullptr;
  if (!asks_for_tls && KnowsAll(section)) return std::nullopt;
  if (tls_.cert.line == 0)
    reader_.Fault(section, "tls_server_config: the certificate is missing: give cert_file or cert");
  if (tls_.key.line == 0)
    reader_.Fault(section, "tls_server_config: the private key is missing: give key_file or key");
  CheckClientAuth(section);
  if (only_tls13_ciphers_) tls_.min_version = 0x0304;
  if (tls_.min_version > tls_.max_version)
    reader_.Fault(max_at_ ? *max_at_ : section,
                  "max_version is older than what min_version and cipher_suites allow");
  return std::move(tls_);
}

bool TlsSection::KnowsAll(const YamlNode& section) {
  const std::vector<YamlKey> keys = Keys();
  return std::all_of(section.entries.begin(), section.entries.end(), [&](const YamlNode::Entry& entry) {
    return std::any_of(keys.begin(), keys.end(), [&](const YamlKey& key) { return key.name == entry.key; });
  });
}

void TlsSection::CheckClientAuth(const YamlNode& section) {
  const ClientAuth auth = tls_.client_auth;
  const YamlNode& place = auth_at_ ? *auth_at_ : section;
  const bool requires_cert = auth == ClientAuth::kRequireAny || auth == ClientAuth::kRequireAndVerify;
  if (tls_.client_ca.line > 0 && auth == ClientAuth::kNone)
    reader_.Fault(place, std::string("client_ca is given but ") +
                             (auth_at_ ? "NoClientCert asks for no certificate" : "client_auth_type is not") +
                             ": RequireAndVerifyClientCert makes use of it");
  if (sans_at_ && !tls_.client_allowed_sans.empty() && !requires_cert)
    reader_.Fault(
        *sans_at_,
        "client_allowed_sans needs client_auth_type RequireAndVerifyClientCert (or RequireAnyClientCert)");
}

void ReadSwitch(YamlReader& reader, std::string_view name, const YamlNode& node, bool& out) {
  auto text = reader.Text(name, node);
  if (!text) return;
  std::transform(text->begin(), text->end(), text->begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (*text == "true" || *text == "yes" || *text == "on") {
    out = true;
  } else if (*text == "false" || *text == "no" || *text == "off") {
    out = false;
  } else {
    reader.Fault(node, std::string(name) + " must be true or false, not " + Quoted(node.text));
  }
}

}  // namespace plimsoll::http
