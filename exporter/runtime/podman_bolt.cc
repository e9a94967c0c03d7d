#include <unistd.h>

#include <memory>
#include <utility>

#include "exporter/runtime/bolt_file.h"
#include "exporter/runtime/careful_open.h"
#include "exporter/runtime/podman_database.h"

namespace plimsoll::runtime {
namespace {

// A user can make pages that lead to one another on and on: of theirs no more than kMostOfUsers is read.
BoltFile::ReadAt ReaderOf(OpenedFile file) {
  constexpr uint64_t kMostOfUsers = uint64_t{32} << 20;
  struct Reader {
    Descriptor fd;
    uint64_t bytes_left;
  };
  auto reader =
      std::make_shared<Reader>(Reader{std::move(file.fd), file.user == 0 ? UINT64_MAX : kMostOfUsers});
  return [reader = std::move(reader)](uint64_t offset, char* into, size_t size) {
    if (size > reader->bytes_left) return false;
    reader->bytes_left -= size;
    while (size > 0) {
      const ssize_t n = ::pread(reader->fd.get(), into, size, static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return false;
      offset += static_cast<uint64_t>(n);
      into += n;
      size -= static_cast<size_t>(n);
    }
    return true;
  };
}

}  // namespace

Result<std::optional<PodmanRow>> ReadPodmanBolt(const std::string& path, const std::string& id,
                                                uint64_t seen) {
  auto opened = OpenRegularFile(path);
  if (!opened) return tl::unexpected(opened.error());
  if (!*opened) return std::nullopt;
  const BoltFile::ReadAt read_at = ReaderOf(std::move(**opened));
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
