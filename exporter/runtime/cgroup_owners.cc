#include "exporter/runtime/cgroup_owners.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "exporter/runtime/small_file.h"

namespace plimsoll::runtime {
namespace {

// As the kernel tells of cgroups; what users write down may lead elsewhere,
// "/user.slice/user-1000.slice/../..".
bool IsPlainPath(std::string_view cgroup) {
  return cgroup.starts_with('/') && (std::string(cgroup) + "/").find("/../") == std::string::npos;
}

// "/user.slice/user-1000.slice/session-2.scope" -> 1000
std::optional<uid_t> UserOfSlice(std::string_view cgroup) {
  constexpr std::string_view kSlice = "/user.slice/user-";
  if (!cgroup.starts_with(kSlice)) return std::nullopt;
  cgroup.remove_prefix(kSlice.size());
  uid_t user = 0;
  const auto [end, error] = std::from_chars(cgroup.data(), cgroup.data() + cgroup.size(), user);
  cgroup.remove_prefix(static_cast<size_t>(end - cgroup.data()));
  if (error != std::errc() || user == 0 || !cgroup.starts_with(".slice/")) return std::nullopt;
  return user;
}

// nullopt: not there.
std::optional<uid_t> OwnerOf(const std::string& directory) {
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return std::nullopt;
  return status.st_uid;
}

}  // namespace

CgroupOwners::CgroupOwners(const std::string& sysfs) : mounts_(JoinPath(sysfs, "fs/cgroup")) {}

std::vector<std::string> CgroupOwners::DirectoriesOf(std::string_view cgroup) const {
  std::vector<std::string> all;
  if (!IsPlainPath(cgroup)) return all;
  if (std::string unified = JoinPath(mounts_, cgroup); OwnerOf(unified)) all.push_back(std::move(unified));
  if (OwnerOf(JoinPath(mounts_, "memory")) ||
      OwnerOf(JoinPath(mounts_, "unified")))  // one mount a controller
    if (const auto mounts = ListDirectory(mounts_))
      for (const std::string& mount : *mounts)
        if (std::string one = JoinPath(JoinPath(mounts_, mount), cgroup); OwnerOf(one))
          all.push_back(std::move(one));
  return all;
}

std::vector<uid_t> CgroupOwners::UsersOf(std::string_view cgroup) const {
  std::vector<uid_t> users;
  if (!IsPlainPath(cgroup)) return users;
  if (const auto user = UserOfSlice(cgroup)) users.push_back(*user);
  // In every hierarchy that has it: one that was given to a user says nothing about the others.
  std::optional<uid_t> owner;
  for (const std::string& directory : DirectoriesOf(cgroup)) {
    const auto here = OwnerOf(directory);
    if (!here) continue;
    if (owner && *owner != *here) return users;
    owner = here;
  }
  if (owner && *owner != 0 && std::find(users.begin(), users.end(), *owner) == users.end())
    users.push_back(*owner);
  return users;
}

bool CgroupOwners::MaySpeak(uid_t user, std::string_view cgroup) const {
  if (user == 0) return true;
  const std::vector<uid_t> users = UsersOf(cgroup);
  return std::find(users.begin(), users.end(), user) != users.end();
}

bool CgroupOwners::Exists(std::string_view cgroup) const { return !DirectoriesOf(cgroup).empty(); }

}  // namespace plimsoll::runtime
