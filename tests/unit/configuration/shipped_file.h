#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "config/load.h"
#include "exporter/http/web_config.h"
#include "temp_folder.h"
#include "text_file.h"
#include "unit/configuration/key_probe.h"
#include "unit/configuration/told_keys.h"

namespace plimsoll::testing {

// A file of this repository.
inline Lines RepositoryLines(const std::string& file) {
  return LinesOf(ReadText(std::string(PLIMSOLL_SOURCE_DIR) + "/" + file));
}

// A configuration file that is shipped: what it tells, and what its reader takes.
struct ShippedFile {
  std::string name;
  ToldKeys told;
  KeyProbe probe;
  // Whether two texts are taken, and mean the same.
  std::function<bool(const std::string&, const std::string&)> is_same;
  std::map<std::string, TakenKey> taken = probe.AllKeys();

  // Where it has its faults, as check-config says it.
  std::string Faults(const std::string& text) const { return FormatFaults(name, probe.Faults(text)); }
};

// `load` makes of a text what has `faults` and `config`.
template <typename Load>
ShippedFile Shipped(std::string name, Lines lines, Load load,
                    std::map<std::string, std::vector<KeyProbe::Setting>> settings) {
  const auto is_same = [load](const std::string& a, const std::string& b) {
    const auto one = load(a), other = load(b);
    return one.faults.empty() && other.faults.empty() && one.config == other.config;
  };
  return {std::move(name), ToldKeys(std::move(lines)),
          KeyProbe([load](const std::string& text) { return load(text).faults; }, std::move(settings)),
          is_same};
}

inline ShippedFile MainFile() {
  const std::string name = "config/plimsoll.yaml";
  std::vector<KeyProbe::Setting> receivers;
  for (const ReceiverType type : kReceiverTypes) {
    const std::string word = ReceiverTypeName(type);
    receivers.push_back({word, {"type: " + word, "name: a"}});
  }
  return Shipped(name, WithEntriesInForce(RepositoryLines(name)),
                 [](const std::string& text) { return LoadConfigText(text, "f"); },
                 {{"alerting.rules[]", {{"", {"name: a", "metric: restarts"}}}},
                  {"alerting.receivers[]", receivers},
                  {"alerting.maintenance[]", {{"", {"name: a"}}}}});
}

// The files that it names are put into `folder`.
inline ShippedFile WebFile(const TempFolder& folder) {
  const std::string name = "deploy/debian/web.yml";
  for (const char* file : {"tls.crt", "tls.key"}) WriteText(folder / file, "any text");
  const auto load = [here = folder / ""](std::string text) {
    const std::string there = "/etc/plimsoll/";
    for (size_t at; (at = text.find(there)) != std::string::npos;) text.replace(at, there.size(), here);
    return http::LoadWebConfigText(text, here + "web.yml");
  };
  return Shipped(name, WithAllInForce(RepositoryLines(name)), load, {});
}

}  // namespace plimsoll::testing
