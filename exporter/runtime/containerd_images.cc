#include "exporter/runtime/containerd_images.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "exporter/runtime/bolt_file.h"
#include "exporter/runtime/careful_open.h"
#include "exporter/runtime/small_file.h"
#include "model/log.h"

namespace plimsoll::runtime {
namespace {

constexpr size_t kMaxRemembered = 8192;
constexpr uint64_t kMaxBytesRead = uint64_t{8} << 20;  // of one look into the database; it needs some 100 kB
constexpr std::string_view kMetaDb = "io.containerd.metadata.v1.bolt/meta.db";

// Kubernetes distributions that bring their own containerd; all below the host's root.
struct Custom {
  std::string_view state, root, settings;
};
constexpr std::array kCustoms{
    Custom{"run/k3s/containerd", "var/lib/rancher/k3s/agent/containerd",
           "var/lib/rancher/k3s/agent/etc/containerd/config.toml"},
    Custom{"run/k3s/containerd", "var/lib/rancher/rke2/agent/containerd",
           "var/lib/rancher/rke2/agent/etc/containerd/config.toml"},
    Custom{"run/k0s/containerd", "var/lib/k0s/containerd", "etc/k0s/containerd.toml"},
    Custom{"var/snap/microk8s/common/run/containerd", "var/snap/microk8s/common/var/lib/containerd",
           "var/snap/microk8s/current/args/containerd.toml"},
    Custom{"", "var/lib/containerd",
           "etc/containerd/config.toml"},  // containerd's own, and of any other state
};

std::string_view Trimmed(std::string_view text) {
  const size_t begin = std::min(text.find_first_not_of(" \t\r"), text.size());
  return text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
}

// key = "value", in either kind of quotes.
std::optional<std::pair<std::string_view, std::string_view>> KeyAndText(std::string_view line) {
  const size_t equals = line.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const std::string_view value = Trimmed(line.substr(equals + 1));
  if (value.empty() || (value.front() != '"' && value.front() != '\'')) return std::nullopt;
  const size_t end = value.find(value.front(), 1);
  if (end == std::string_view::npos) return std::nullopt;
  return std::pair(Trimmed(line.substr(0, equals)), value.substr(1, end - 1));
}

std::string TextOf(const std::string& path) {
  auto text = ReadSmallFile(path);
  return text && *text ? std::move(**text) : std::string();
}

}  // namespace

ContainerdSettings ParseContainerdSettings(std::string_view config_toml) {
  ContainerdSettings settings;
  bool in_table = false;
  while (!config_toml.empty()) {
    const std::string_view line = config_toml.substr(0, config_toml.find('\n'));
    config_toml.remove_prefix(std::min(line.size() + 1, config_toml.size()));
    in_table = in_table || Trimmed(line).starts_with('[');
    const auto found = KeyAndText(line);
    if (!found) continue;
    const auto& [key, text] = *found;
    if (!in_table && key == "root") settings.root = text;
    if ((key == "sandbox_image" || key == "sandbox") && settings.sandbox_image.empty())
      settings.sandbox_image = text;
  }
  return settings;
}

Result<std::string> ReadContainerdImage(const std::string& meta_db, std::string_view space,
                                        std::string_view id) {
  Descriptor opened(::open(meta_db.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (opened.get() < 0 && (errno == ENOENT || errno == ENOTDIR)) return std::string();
  if (opened.get() < 0) return tl::unexpected(ErrnoError("open " + meta_db));
  const BoltFile::ReadAt read_at = BoltFile::ReaderOf(std::move(opened), kMaxBytesRead);
  // A writer that commits twice while we read may reuse pages we are on.
  for (int tries = 0; tries < 5; ++tries) {
    const auto file = BoltFile::Open(read_at);
    if (!file) return tl::unexpected(file.error().In(meta_db));
    auto image = file->Get({"v1", space, "containers", id, "image"});
    const auto after = BoltFile::Open(read_at);
    if (!after || after->transaction() != file->transaction()) continue;
    if (!image) return tl::unexpected(image.error().In(meta_db));
    return image->value_or("");
  }
  return Fail(meta_db + ": written all the time");
}

std::string ContainerdImages::Of(const std::string& state, const std::string& space, const std::string& id,
                                 std::optional<WallTime> made) {
  const std::tuple key(state, space, id);
  if (const auto at = known_.find(key); at != known_.end() && at->second.made == made)
    return at->second.image;
  auto image = ReadContainerdImage(HomeOf(state).meta_db, space, id);
  if (!image) {
    if (!std::exchange(complained_, true))
      log::Warn("containerd's database cannot be read; images of some containers are unknown",
                {{"runtime", "containerd"}, {"err", image.error().message}});
    return "";
  }
  if (known_.size() >= kMaxRemembered) known_.clear();
  known_[key] = {made, *image};
  return *image;
}

std::string ContainerdImages::OfSandboxes(const std::string& state) { return HomeOf(state).sandbox_image; }

const ContainerdImages::Home& ContainerdImages::HomeOf(const std::string& state) {
  if (const auto known = homes_.find(state); known != homes_.end()) return known->second;
  for (const Custom& custom : kCustoms) {
    const bool any = custom.state.empty();
    if (!any && state != JoinPath(rootfs_, custom.state)) continue;
    const std::string root = JoinPath(rootfs_, custom.root);
    if (!any && ::access(root.c_str(), F_OK) != 0) continue;
    const ContainerdSettings settings = ParseContainerdSettings(TextOf(JoinPath(rootfs_, custom.settings)));
    const std::string its = settings.root.starts_with('/') ? JoinPath(rootfs_, settings.root) : root;
    return homes_[state] = Home{JoinPath(its, kMetaDb), settings.sandbox_image};
  }
  return homes_[state];
}

}  // namespace plimsoll::runtime
