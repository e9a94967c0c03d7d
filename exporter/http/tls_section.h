#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/yaml_reader.h"
#include "exporter/http/tls_names.h"
#include "exporter/http/web_config.h"

namespace plimsoll::http {

// Reads tls_server_config: its keys' values into settings, then whether they go together.
class TlsSection {
 public:
  // File names are relative to `folder`; those that are read are added to `files`.
  TlsSection(YamlReader& reader, std::string folder, std::vector<std::string>& files)
      : reader_(reader), folder_(std::move(folder)), files_(files) {}

  std::vector<YamlKey> Keys();
  // When all keys have been read: `section` is where faults of no single key stand. Nothing when neither
  // certificate, key, client_ca nor client_auth_type is given.
  std::optional<TlsSettings> Finish(const YamlNode& section);

 private:
  void Inline(std::string_view name, const YamlNode& node, Pem& pem);
  void File(std::string_view name, const YamlNode& node, Pem& pem);
  void Version(std::string_view name, const YamlNode& node, uint16_t& out);
  void Auth(const YamlNode& node);
  // A list of known words, whose OpenSSL names are joined by colons. Returns whether it has any.
  bool Names(std::string_view key, const YamlNode& node, const NameTable& known, const std::string& unknown,
             std::string& joined);
  bool KnowsAll(const YamlNode& section);
  void CheckClientAuth(const YamlNode& section);

  YamlReader& reader_;
  const std::string folder_;
  std::vector<std::string>& files_;
  TlsSettings tls_;
  bool only_tls13_ciphers_ = false;
  const YamlNode* auth_at_ = nullptr;  // null: not given
  const YamlNode* sans_at_ = nullptr;
  const YamlNode* max_at_ = nullptr;
};

// A boolean as YAML has them: true false yes no on off.
void ReadSwitch(YamlReader& reader, std::string_view name, const YamlNode& node, bool& out);

}  // namespace plimsoll::http
