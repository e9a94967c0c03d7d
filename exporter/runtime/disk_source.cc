#include "exporter/runtime/disk_source.h"

#include <unistd.h>

#include "exporter/runtime/careful_open.h"

namespace plimsoll::runtime {

Error WhyUnread(const std::string& root, const Error& error) {
  const auto may = MayUseDirectory(root, X_OK);
  return may ? error : may.error();
}

Result<std::optional<DiskRecord>> FindInPlaces(DiskSource& source, const std::vector<Place>& places,
                                               std::string_view cgroup, const CgroupName& name) {
  std::optional<Error> unread;
  for (const Place& place : places) {
    auto record = source.Find(place, cgroup, name);
    if (record && *record) return record;
    if (!record && !unread) unread = record.error();
  }
  if (unread) return tl::unexpected(*unread);
  return std::nullopt;
}

}  // namespace plimsoll::runtime
