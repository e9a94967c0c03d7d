#include "config/storage_section.h"

#include "config/size.h"
#include "config/yaml_bytes.h"

namespace plimsoll {
namespace {

using std::chrono_literals::operator""min;
using std::chrono_literals::operator""h;

constexpr uint64_t kLeastSize = uint64_t{16} << 20;
constexpr uint64_t kMostSize = uint64_t{64} << 40;
constexpr auto kLongest = 24h * 36500;

// How long a tier is kept: at least two buckets of the tier that is made from it.
YamlKey Tier(YamlReader& reader, std::string_view name, std::chrono::milliseconds least,
             std::chrono::seconds& out) {
  return {name,
          [&reader, name, least, &out](const YamlNode& node) {
            std::chrono::milliseconds kept = out;
            reader.Duration("retention." + std::string(name), node, least, kLongest, kept);
            out = std::chrono::ceil<std::chrono::seconds>(kept);
          },
          {}};
}

void ReadPath(YamlReader& reader, const YamlNode& node, std::string& out) {
  const std::optional<std::string> path = reader.Text("path", node);
  if (!path) return;
  if (path->empty())
    return reader.Fault(node, "path is empty; write a file name, or \":memory:\" to keep nothing");
  if (path->ends_with('/'))
    return reader.Fault(node, "path: " + Quoted(node.text) + " is a folder; write a file name");
  out = *path;
}

void ReadSize(YamlReader& reader, const YamlNode& node, uint64_t& out) {
  const std::optional<std::string> text = reader.Text("max_size", node);
  if (!text) return;
  const Result<uint64_t> bytes = ParseSize(*text);
  if (!bytes)
    return reader.Fault(node, "max_size: bad size " + Quoted(node.text) + ": " + bytes.error().message);
  if (*bytes < kLeastSize || *bytes > kMostSize)
    return reader.Fault(node, "max_size must be from " + FormatSize(kLeastSize) + " to " +
                                  FormatSize(kMostSize) + ", not " + Quoted(node.text));
  out = *bytes;
}

}  // namespace

YamlKey StorageSection(YamlReader& reader, StorageConfig& config) {
  StorageConfig::Retention& kept = config.retention;
  return {"storage",
          {},
          {{"path", [&](const YamlNode& node) { ReadPath(reader, node, config.path); }, {}},
           {"retention",
            {},
            {Tier(reader, "raw", 2min, kept.raw), Tier(reader, "1m", 2h, kept.minute),
             Tier(reader, "1h", 48h, kept.hour), Tier(reader, "1d", 48h, kept.day)}},
           {"max_size", [&](const YamlNode& node) { ReadSize(reader, node, config.max_size_bytes); }, {}}}};
}

}  // namespace plimsoll
