#include "config/load.h"

#include <algorithm>
#include <tuple>

#include "config/alerting_section.h"
#include "config/glob.h"
#include "config/storage_section.h"
#include "config/text_file.h"
#include "config/yaml_bytes.h"
#include "config/yaml_reader.h"
#include "config/yaml_tree.h"

namespace plimsoll {
namespace {

constexpr size_t kMaxFileBytes = 1 << 20;
constexpr size_t kMaxFaults = 100;      // told of one file
constexpr size_t kMaxSocketPath = 107;  // sun_path, unix(7)

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""h;

const std::vector<std::string_view> kRuntimes = {"auto", "docker", "podman", "containerd",
                                                 "crio", "oci",    "cgroup"};
const std::vector<std::string_view> kGroups = {"percpu", "tcp", "udp", "process", "disk", "hugetlb"};

// A list's check that takes only `words`.
YamlReader::Check OneOf(std::string_view what, const std::vector<std::string_view>& words) {
  return [what, &words](std::string_view word) -> std::string {
    if (std::find(words.begin(), words.end(), word) != words.end()) return "";
    const std::string_view nearest = Nearest(word, words);
    if (!nearest.empty())
      return "unknown " + std::string(what) + "; did you mean \"" + std::string(nearest) + "\"?";
    return "unknown " + std::string(what) + "; accepted: " + Join(words);
  };
}

std::string CheckPattern(std::string_view glob) {
  const Result<void> good = CheckGlob(glob);
  return good ? "" : "bad pattern: " + good.error().message;
}

std::string CheckLabel(std::string_view label) {
  if (label == "*" || label.find('*') == std::string_view::npos) return "";
  return "\"*\" alone stands for all labels; names have no patterns";
}

std::string CheckAbsolute(std::string_view path) {
  return path.starts_with('/') ? "" : "must be an absolute path, one that begins with /";
}

// A socket may be given as engines write it, unix:///run/docker.sock.
constexpr std::string_view kUnixScheme = "unix://";

std::string CheckSocket(std::string_view socket) {
  if (socket.starts_with(kUnixScheme)) {
    socket.remove_prefix(kUnixScheme.size());
  } else if (socket.find("://") != std::string_view::npos) {
    return "must be a unix socket of this host, such as /var/run/docker.sock";
  }
  if (socket.size() > kMaxSocketPath)
    return "longer than the " + std::to_string(kMaxSocketPath) + " bytes a socket's path may have";
  return CheckAbsolute(socket);
}

std::string SocketPath(std::string socket) {
  return socket.starts_with(kUnixScheme) ? socket.substr(kUnixScheme.size()) : socket;
}

// Secret files stand relative to the file that names them.
std::string FolderOf(const std::string& file) {
  const size_t slash = file.rfind('/');
  return slash == std::string::npos ? "" : file.substr(0, slash + 1);
}

// Which keys there are and what they must hold.
class Sections {
 public:
  Sections(YamlReader& reader, Config& config, const std::string& file)
      : reader_(reader),
        collector_(config.collector),
        storage_(config.storage),
        alerting_(reader, config.alerting, FolderOf(file)) {}

  std::vector<YamlKey> Keys() {
    std::vector<YamlKey> collector = {
        {"interval",
         [this](const YamlNode& n) { reader_.Duration("interval", n, 1s, 5min, collector_.interval); },
         {}},
        {"last_seen_for",
         [this](const YamlNode& n) {
           reader_.Duration("last_seen_for", n, 0s, 24h, collector_.last_seen_for);
         },
         {}},
        {"runtimes", [this](const YamlNode& n) { Runtimes(n); }, {}},
        {"include", [this](const YamlNode& n) { Include(n); }, {}},
        {"exclude",
         [this](const YamlNode& n) { reader_.List("exclude", n, CheckPattern, collector_.exclude); },
         {}},
        {"container_labels", [this](const YamlNode& n) { Labels(n); }, {}},
        {"enable_groups", [this](const YamlNode& n) { Groups(n); }, {}},
        {"docker",
         {},
         {Path("socket", CheckSocket, collector_.docker.socket),
          Path("data_root", CheckAbsolute, collector_.docker.data_root)}},
        {"podman",
         {},
         {{"sockets", [this](const YamlNode& n) { PodmanSockets(n); }, {}},
          Path("storage_root", CheckAbsolute, collector_.podman.storage_root)}},
        {"containerd", {}, {Path("state", CheckAbsolute, collector_.containerd.state)}},
    };
    return {{"collector", {}, std::move(collector)}, StorageSection(reader_, storage_), alerting_.Key()};
  }

  // After all has been read: what one part says of another.
  void Finish() { alerting_.Finish(); }

 private:
  // A path, or "" for the one that is found by itself.
  YamlKey Path(std::string_view key, std::string (*check)(std::string_view), std::string& out) {
    return {key,
            [this, key, check, &out](const YamlNode& node) {
              const std::optional<std::string> text = reader_.Text(key, node);
              if (!text) return;
              const std::string wrong = text->empty() ? "" : check(*text);
              if (!wrong.empty())
                return reader_.Fault(node, std::string(key) + ": " + Quoted(node.text) + ": " + wrong);
              out = SocketPath(*text);
            },
            {}};
  }

  void Runtimes(const YamlNode& node) {
    reader_.List("runtimes", node, OneOf("runtime", kRuntimes), collector_.runtimes);
    NeedsOne("runtimes", node, collector_.runtimes, "auto");
    const auto& names = collector_.runtimes;
    if (names.size() > 1 && std::find(names.begin(), names.end(), "auto") != names.end())
      reader_.Fault(node, "runtimes: \"auto\" already stands for all that are found; leave the others out");
  }

  void Include(const YamlNode& node) {
    reader_.List("include", node, CheckPattern, collector_.include);
    NeedsOne("include", node, collector_.include, "*");
  }

  // An empty list would leave nothing to watch: surely a mistake.
  void NeedsOne(std::string_view key, const YamlNode& node, const std::vector<std::string>& values,
                std::string_view all) {
    if (!values.empty() || !node.items.empty() || !node.complete || node.kind != YamlNode::Kind::kList)
      return;
    reader_.Fault(node, std::string(key) + " is empty, which leaves nothing to watch; write [\"" +
                            std::string(all) + "\"] for all");
  }

  void Labels(const YamlNode& node) {
    reader_.List("container_labels", node, CheckLabel, collector_.container_labels);
  }

  void Groups(const YamlNode& node) {
    std::vector<std::string> groups(collector_.enable_groups.begin(), collector_.enable_groups.end());
    reader_.List("enable_groups", node, OneOf("group", kGroups), groups);
    collector_.enable_groups = {groups.begin(), groups.end()};
  }

  void PodmanSockets(const YamlNode& node) {
    std::vector<std::string>& sockets = collector_.podman.sockets;
    reader_.List("sockets", node, CheckSocket, sockets);
    std::transform(sockets.begin(), sockets.end(), sockets.begin(), SocketPath);
  }

  YamlReader& reader_;
  CollectorConfig& collector_;
  StorageConfig& storage_;
  AlertingSection alerting_;
};

// In the file's order, each once: a list that two keys share by an alias would
// tell its faults twice. Thousands of faults help nobody.
void Order(std::vector<ConfigFault>& faults) {
  const auto place = [](const ConfigFault& f) { return std::tie(f.line, f.column, f.message); };
  std::sort(faults.begin(), faults.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
  faults.erase(std::unique(faults.begin(), faults.end(),
                           [&](const auto& a, const auto& b) { return place(a) == place(b); }),
               faults.end());
  if (faults.size() <= kMaxFaults) return;
  const size_t more = faults.size() - kMaxFaults;
  const ConfigFault& next = faults[kMaxFaults];
  const ConfigFault summary{next.line, next.column,
                            "and " + std::to_string(more) + " more faults from here on"};
  faults.resize(kMaxFaults);
  faults.push_back(summary);
}

std::string TooLarge() {
  return "larger than " + std::to_string(kMaxFileBytes) +
         " bytes, which no configuration needs; is this the right file?";
}

// The sections of the file that --web.config.file names. Which of the two files is which is easily mixed up.
void TellWebConfig(const YamlNode& root, const std::vector<YamlKey>& own, std::vector<ConfigFault>& faults) {
  static const std::vector<std::string_view> kWebSections = {"tls_server_config", "http_server_config",
                                                             "basic_auth_users", "rate_limit"};
  const auto is_own = [&](const YamlNode::Entry& entry) {
    return std::any_of(own.begin(), own.end(), [&](const YamlKey& key) { return key.name == entry.key; });
  };
  const auto is_web = [](const YamlNode::Entry& entry) {
    return std::find(kWebSections.begin(), kWebSections.end(), entry.key) != kWebSections.end();
  };
  const auto& entries = root.entries;
  const auto first = std::find_if(entries.begin(), entries.end(), is_web);
  if (first == entries.end() || std::any_of(entries.begin(), entries.end(), is_own)) return;
  faults.push_back({first->line, first->column,
                    "this looks like a web configuration, which plimsoll doctor --web.config.file=FILE "
                    "checks and --web.config.file takes"});
}

LoadedConfig Refused(std::string message) {
  LoadedConfig loaded;
  loaded.faults.push_back({0, 0, std::move(message)});
  return loaded;
}

}  // namespace

LoadedConfig LoadConfigFile(const std::string& file) {
  const Result<std::string> text = ReadTextFile(file, kMaxFileBytes, TooLarge());
  return text ? LoadConfigText(*text, file) : Refused(text.error().message);
}

LoadedConfig LoadConfigText(const std::string& text, const std::string& file) {
  if (text.size() > kMaxFileBytes) return Refused(TooLarge());
  LoadedConfig loaded;
  const YamlTree tree(text, loaded.faults);
  YamlReader reader(tree, loaded.faults);
  Sections sections(reader, loaded.config, file);
  const std::vector<YamlKey> keys = sections.Keys();
  reader.Read(keys);
  TellWebConfig(tree.Root(), keys, loaded.faults);
  sections.Finish();
  Order(loaded.faults);
  return loaded;
}

std::string FormatFaults(const std::string& file, const std::vector<ConfigFault>& faults) {
  std::string lines;
  for (const ConfigFault& fault : faults) {
    lines += file + ":";
    if (fault.line > 0) lines += std::to_string(fault.line) + ":" + std::to_string(fault.column) + ":";
    lines += " " + fault.message + "\n";
  }
  return lines;
}

}  // namespace plimsoll
