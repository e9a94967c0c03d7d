#include <utility>

#include "exporter/runtime/bolt_file.h"
#include "exporter/runtime/careful_open.h"
#include "exporter/runtime/podman_database.h"

namespace plimsoll::runtime {
namespace {

constexpr uint64_t kMostOfUsers = uint64_t{32} << 20;

}  // namespace

Result<std::optional<PodmanRow>> ReadPodmanBolt(const std::string& path, const std::string& id,
                                                uint64_t seen) {
  auto opened = OpenRegularFile(path);
  if (!opened) return tl::unexpected(opened.error());
  if (!*opened) return std::nullopt;
  const uint64_t most = (*opened)->user == 0 ? UINT64_MAX : kMostOfUsers;
  const BoltFile::ReadAt read_at = BoltFile::ReaderOf(std::move((*opened)->fd), most);
  // A writer that commits twice while we read may reuse pages we are on.
  for (int tries = 0; tries < 5; ++tries) {
    const auto file = BoltFile::Open(read_at);
    if (!file) return tl::unexpected(file.error().In(path));
    PodmanRow row{file->transaction(), {}, {}, {}};
    if (row.version == seen) return row;
    auto config = file->Get({"ctr", id, "config"});
    auto state = file->Get({"ctr", id, "state"});
    auto exit_code = file->Get({"exit-code", id});
    const auto after = BoltFile::Open(read_at);
    if (!after || after->transaction() != row.version) continue;
    for (const auto* part : {&config, &state, &exit_code})
      if (!*part) return tl::unexpected(part->error().In(path));
    row.config = std::move(*config);
    row.state = std::move(*state);
    row.exit_code = std::move(*exit_code);
    return row;
  }
  return Fail(path + ": written all the time");
}

}  // namespace plimsoll::runtime
