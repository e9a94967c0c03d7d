#pragma once

#include <string>
#include <vector>

#include "config/alerting_section.h"

namespace plimsoll {

// Where a service that everybody shares is found; "" for those that each has of one's own.
const char* PublicReceiverUrl(ReceiverType type);

// Reads one entry of `receivers:`, and the files of secrets that it names.
class ReceiverReader {
 public:
  ReceiverReader(YamlReader& reader, UniqueNames& names, const std::string& folder)
      : reader_(reader), names_(names), folder_(folder) {}

  ReceiverConfig Read(const YamlNode& node);

 private:
  std::vector<YamlKey> Keys();
  std::vector<YamlKey> AccessKeys();
  std::vector<YamlKey> TypeKeys();
  YamlKey BasicAuth();
  YamlKey Tls();
  YamlKey SecretKey(std::string_view key, Secret& out);
  YamlKey SecretFileKey(std::string_view key, Secret& out);
  YamlKey LineKey(std::string_view key, std::string& out);
  void ReadUrls(const YamlNode& node);
  void ReadHeaders(const YamlNode& node);
  void ReadTemplateFile(const YamlNode& node);
  void TakeTemplate(const std::string& key, const YamlNode& node, std::string text);
  bool ReadType(const YamlNode& node);
  void CheckKeysOfType(const YamlNode& node);
  void CheckTwice(const YamlNode& node);
  void CheckNeeded(const YamlNode& node);
  void Need(const YamlNode& node, std::string_view key, std::string_view file_key);

  YamlReader& reader_;
  UniqueNames& names_;
  const std::string& folder_;
  ReceiverConfig receiver_;
};

}  // namespace plimsoll
