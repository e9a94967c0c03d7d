#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "model/clock.h"
#include "model/result.h"

namespace plimsoll::runtime {

// What containerd's settings say about images. Of both versions of config.toml; empty when it does not say.
struct ContainerdSettings {
  std::string root;           // where its database is
  std::string sandbox_image;  // "sandbox_image", or "sandbox" of pinned_images (version 3)
};
ContainerdSettings ParseContainerdSettings(std::string_view config_toml);

// The image of a container out of containerd's database, which may be large and is being written:
// only the pages on the way are read. "" when it is not in there.
Result<std::string> ReadContainerdImage(const std::string& meta_db, std::string_view space,
                                        std::string_view id);

// What images containers were made from, for those whose own files do not tell: pods' sandboxes before
// containerd 2, and all that ctr and nerdctl start. Answers are remembered.
class ContainerdImages {
 public:
  explicit ContainerdImages(std::string rootfs) : rootfs_(std::move(rootfs)) {}

  // Of container `id` in namespace `space` of the containerd that keeps its tasks in `state`; "" when nobody
  // knows. `made` tells it from an earlier container of the same name.
  std::string Of(const std::string& state, const std::string& space, const std::string& id,
                 std::optional<WallTime> made);

  // The one that the settings name for sandboxes; "" when they do not.
  std::string OfSandboxes(const std::string& state);

 private:
  struct Home {
    std::string meta_db;
    std::string sandbox_image;
  };
  const Home& HomeOf(const std::string& state);

  const std::string rootfs_;
  std::map<std::string, Home> homes_;  // by state; looked for when first needed
  struct Known {
    std::optional<WallTime> made;
    std::string image;
  };
  std::map<std::tuple<std::string, std::string, std::string>, Known> known_;  // by state, namespace and id
  bool complained_ = false;
};

}  // namespace plimsoll::runtime
