#include "exporter/runtime/host_places.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "exporter/runtime/bundle_index.h"
#include "exporter/runtime/engines.h"
#include "exporter/runtime/json_text.h"
#include "exporter/runtime/small_file.h"
#include "unit/runtime/fixture.h"

namespace plimsoll::runtime {
namespace {

HostPaths Below(const TempFolder& dir) { return {"/proc", "/sys", dir.path()}; }

TEST(HostPlacesTest, TheHomeOfAUser) {
  constexpr const char* kPasswd =
      "root:x:0:0:root:/root:/bin/bash\nanna:x:1000:1000::/home/anna:/bin/sh\n"
      "nobody:x:65534:65534:nobody:/:/usr/sbin/nologin\nbad line\nx:x:1:1:::\nb:x:x:1::/home/b:";
  EXPECT_EQ(ParseHome(kPasswd, 1000), "/home/anna");
  EXPECT_EQ(ParseHome(kPasswd, 65534), "");
  EXPECT_EQ(ParseHome(kPasswd, 1), "");
  EXPECT_EQ(ParseHome(kPasswd, 7), "");
  EXPECT_EQ(ParseHome("", 0), "");
}

TEST(HostPlacesTest, WhatIsMountedFromElsewhereIsRemote) {
  constexpr const char* kMounts =
      "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
      "23 22 0:40 / /home rw,relatime shared:1 - autofs systemd-1 rw\n"
      "24 23 0:41 / /home/anna rw - nfs4 server:/anna rw\n"
      "25 23 8:2 / /home/ben rw master:2 - xfs /dev/sdb1 rw\n"
      "26 25 0:42 / /home/ben/.local/share/docker rw - fuse.sshfs other:/ rw\n"
      "half a line\n";
  EXPECT_FALSE(IsRemote("/var/home", kMounts));
  EXPECT_TRUE(IsRemote("/home/cleo", kMounts));
  EXPECT_TRUE(IsRemote("/home/anna/.local", kMounts));
  EXPECT_FALSE(IsRemote("/home/ben/.local", kMounts));
  EXPECT_TRUE(IsRemote("/home/ben/.local/share/docker", kMounts));
  EXPECT_FALSE(IsRemote("/homes", kMounts));
  EXPECT_FALSE(IsRemote("/home", ""));
}

TEST(HostPlacesTest, UsersAreThoseWithARuntimeDirectory) {
  TempFolder dir;
  EXPECT_TRUE(UsersHere(Below(dir)).empty());
  for (const char* name : {"1001", "0", "1000", "x", "12x"})
    std::filesystem::create_directories(dir / (std::string("run/user/") + name));
  EXPECT_EQ(UsersHere(Below(dir)), (std::vector<uid_t>{1000, 1001}));
}

TEST(HostPlacesTest, ConfiguredBeforeDaemonsBeforeCustom) {
  TempFolder dir;
  CollectorConfig config;
  const std::string snap = dir / "var/snap/docker/common/var-lib-docker";
  EXPECT_EQ(DockerDataRoots(config, Below(dir), 0), (std::vector<std::string>{dir / "var/lib/docker", snap}));
  WriteText(dir / "etc/docker/daemon.json", R"({"data-root":"/mnt/docker"})");
  WriteText(dir / "etc/passwd", "anna:x:1000:1000::/home/anna:/bin/sh\n");
  EXPECT_EQ(DockerDataRoots(config, Below(dir), 0), (std::vector<std::string>{dir / "mnt/docker", snap}));
  EXPECT_EQ(DockerDataRoots(config, Below(dir), 1000),
            (std::vector<std::string>{dir / "home/anna/.local/share/docker"}));
  EXPECT_EQ(PodmanStorages(config, Below(dir), 1000),
            (std::vector<std::string>{dir / "home/anna/.local/share/containers/storage"}));
  EXPECT_TRUE(PodmanStorages(config, Below(dir), 1001).empty());
  EXPECT_EQ(ContainerdStates(config, Below(dir), 1000),
            (std::vector<std::string>{dir / "run/user/1000/containerd"}));
  EXPECT_TRUE(NamedFolders(config).empty());
  config.docker.data_root = "/here";
  ASSERT_EQ(NamedFolders(config).size(), 1u);
  EXPECT_EQ(NamedFolders(config)[0].key, std::string("collector.docker.data_root"));
  EXPECT_EQ(NamedFolders(config)[0].path, "/here");
  config.podman.storage_root = "/there";
  config.containerd.state = "/over";
  EXPECT_EQ(DockerDataRoots(config, Below(dir), 0), (std::vector<std::string>{"/here"}));
  EXPECT_EQ(PodmanStorages(config, Below(dir), 0), (std::vector<std::string>{"/there"}));
  EXPECT_EQ(ContainerdStates(config, Below(dir), 0), (std::vector<std::string>{"/over"}));
  EXPECT_TRUE(DockerDataRoots(config, Below(dir), 1000).empty());
}

TEST(HostPlacesTest, WhatAUserMountedFromElsewhereIsNoPlace) {
  TempFolder dir;
  const HostPaths paths{dir / "proc", "/sys", dir.path()};
  const std::string users = dir / "run/user/1000/";
  EXPECT_EQ(OciRoots(paths, 1000), (std::vector<std::string>{users + "runc", users + "crun"}));
  EXPECT_EQ(ContainerdStates({}, paths, 1000), (std::vector<std::string>{users + "containerd"}));
  const auto mount = [&](const std::string& at) {
    ReplaceText(dir / "proc/self/mountinfo", "30 1 0:50 / " + at + " rw - fuse.sshfs other:/ rw\n");
  };
  mount(users + "runc");
  EXPECT_EQ(OciRoots(paths, 1000), (std::vector<std::string>{users + "crun"}));
  EXPECT_TRUE(IsRemote(paths, users + "./runc//x"));
  mount(users + "containerd");
  EXPECT_TRUE(ContainerdStates({}, paths, 1000).empty());
  mount(dir / "run");
  EXPECT_EQ(OciRoots(paths, 0).size(), 2u) << "root's is root's affair";
}

TEST(BundleIndexTest, ALinkThatAUserMadeIsNotLookedInto) {
  TempFolder dir;
  std::filesystem::create_directories(dir / "own/bundle");
  std::filesystem::create_directories(dir / "elsewhere/bundle");
  std::filesystem::create_directory_symlink(dir / "elsewhere", dir / "own/link");
  GiveToUser(dir / "own/link");
  std::vector<std::string> looked_into;
  BundleIndex index([&](const std::string& bundle) {
    looked_into.push_back(bundle);
    return std::optional<std::string>("/a");
  });
  EXPECT_EQ(index.Find(dir / "own", "/a"), dir / "own/bundle");
  EXPECT_THAT(looked_into, testing::ElementsAre(dir / "own/bundle"));
  EXPECT_EQ(index.Find(dir / "own/link", "/a"), std::nullopt);
}

TEST(EngineSocketsTest, WhoseWordItIsTheSocketsPathTells) {
  TempFolder dir;
  EXPECT_EQ(UserOfSocket(dir / "run/user/1000/docker.sock", Below(dir)), 1000u);
  EXPECT_EQ(UserOfSocket(dir / "run/user/1000/podman/podman.sock", Below(dir)), 1000u);
  EXPECT_EQ(UserOfSocket("/var/run/user/7/docker.sock", {}), 7u);
  EXPECT_EQ(UserOfSocket(dir / "run/user/1000", Below(dir)), 0u);
  EXPECT_EQ(UserOfSocket(dir / "run/docker.sock", Below(dir)), 0u);
}

std::vector<std::string> PathsOf(const std::vector<EngineSocket>& sockets) {
  std::vector<std::string> paths;
  for (const EngineSocket& socket : sockets) paths.push_back((socket.is_configured ? "!" : "") + socket.path);
  return paths;
}

TEST(EngineSocketsTest, ConfiguredBeforeEnvironmentBeforeCustom) {
  TempFolder dir;
  CollectorConfig config;
  EXPECT_EQ(PathsOf(FindEngineSockets(config, {}, "")),
            (std::vector<std::string>{"/var/run/docker.sock", "/run/podman/podman.sock"}));
  EXPECT_EQ(PathsOf(FindEngineSockets(config, Below(dir), "tcp://1.2.3.4:2375")),
            (std::vector<std::string>{dir / "run/docker.sock", dir / "run/podman/podman.sock"}));
  EXPECT_EQ(PathsOf(FindEngineSockets(config, Below(dir), "unix:///d.sock"))[0], "!/d.sock");
  config.docker.socket = "unix:///c.sock";
  config.podman.sockets = {"/p1", "/p2"};
  EXPECT_EQ(PathsOf(FindEngineSockets(config, Below(dir), "unix:///d.sock")),
            (std::vector<std::string>{"!/c.sock", "!/p1", "!/p2"}));
}

TEST(EngineSocketsTest, UsersSocketsAreFoundWhenTheyAreThere) {
  TempFolder dir;
  const std::string path = dir / "run/user/1000/podman/podman.sock";
  WriteText(dir / "run/user/1001/podman/podman.sock", "no socket");
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(PathsOf(FindEngineSockets({}, Below(dir), "")),
            (std::vector<std::string>{dir / "run/docker.sock", dir / "run/podman/podman.sock", path}));
  ::close(fd);
}

TEST(SmallFileTest, AbsentUnreadableTooLargeAndNoFile) {
  TempFolder dir;
  EXPECT_FALSE(ReadSmallFile(dir / "absent")->has_value());
  WriteText(dir / "file", "text");
  EXPECT_FALSE(ReadSmallFile(dir / "file/below")->has_value());
  EXPECT_EQ(ReadSmallFile(dir / "file")->value(), "text");
  EXPECT_EQ(ReadSmallFile(dir / "file", 4)->value(), "text");
  EXPECT_THAT(ReadSmallFile(dir / "file", 3).error().message, testing::HasSubstr("larger than 3 bytes"));
  EXPECT_THAT(ReadSmallFile(dir.path()).error().message, testing::HasSubstr("not a regular file"));
  ASSERT_EQ(::mkfifo((dir / "fifo").c_str(), 0600), 0);
  EXPECT_FALSE(ReadSmallFile(dir / "fifo"));  // and does not wait for a writer
  EXPECT_TRUE(ListDirectory(dir / "absent")->empty());
  EXPECT_EQ(ListDirectory(dir.path())->size(), 2u);
  EXPECT_EQ(JoinPath("/", "/etc"), "/etc");
  EXPECT_EQ(JoinPath("/rootfs/", "etc"), "/rootfs/etc");
}

TEST(JsonTextTest, DeepNestingIsLeftOutRatherThanBuilt) {
  const auto deep = ParseJson(std::string(100000, '['));
  EXPECT_FALSE(deep);
  const auto closed = ParseJson(std::string(100000, '[') + std::string(100000, ']'));
  ASSERT_TRUE(closed);
  int depth = 0;
  for (const Json* at = &*closed; at->is_array() && !at->empty(); at = &at->front()) ++depth;
  EXPECT_LE(depth, kMaxJsonDepth);
}

TEST(JsonTextTest, WhatIsNoJsonIsNotQuoted) {
  EXPECT_EQ(ParseJson("root:$6$secret").error().message, "not JSON (14 bytes)");
}

TEST(JsonTextTest, AccessorsTakeAnyType) {
  const auto json =
      ParseJson(R"({"s":"x","n":-3,"u":18446744073709551615,"f":1.5,"b":true,"z":null,"o":{"k":"v","n":1}})");
  ASSERT_TRUE(json);
  EXPECT_EQ(StringAt(*json, "s"), "x");
  EXPECT_EQ(StringAt(*json, "n"), "");
  EXPECT_EQ(IntAt(*json, "n"), -3);
  EXPECT_EQ(IntAt(*json, "u"), std::nullopt);
  EXPECT_EQ(IntAt(*json, "f"), std::nullopt);
  EXPECT_EQ(BoolAt(*json, "b"), true);
  EXPECT_EQ(BoolAt(*json, "s"), std::nullopt);
  EXPECT_EQ(Member(*json, "z"), nullptr);
  EXPECT_EQ(LabelsAt(*json, "o"), (Labels{{"k", "v"}}));
  EXPECT_EQ(StringAt(Json(3), "s"), "");
  EXPECT_FALSE(ParseJson("\"\xff\""));  // not UTF-8
  EXPECT_FALSE(ParseJson(""));
  EXPECT_FALSE(ParseJsonObject("[]"));
}

}  // namespace
}  // namespace plimsoll::runtime
