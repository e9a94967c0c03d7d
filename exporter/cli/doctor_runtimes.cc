#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "exporter/cli/doctor_checks.h"
#include "exporter/runtime/docker_api.h"
#include "exporter/runtime/engines.h"
#include "exporter/runtime/host_places.h"
#include "exporter/runtime/runtime_choice.h"
#include "exporter/runtime/sign_of_life.h"
#include "exporter/runtime/small_file.h"

namespace plimsoll::cli {
namespace {

using runtime::EngineSocket;
using runtime::JoinPath;

std::string TitleOf(RuntimeKind kind) { return kind == RuntimeKind::kPodman ? "podman" : "docker"; }

class RuntimeCheck {
 public:
  RuntimeCheck(const CollectorConfig& config, const runtime::HostPaths& paths, const Surroundings& around,
               Findings& findings)
      : config_(config), paths_(paths), around_(around), findings_(findings), choice_(config.runtimes) {}

  void Run() {
    for (const EngineSocket& socket : runtime::FindEngineSockets(config_, paths_, around_.docker_host))
      if (choice_.Has(socket.runtime)) CheckSocket(socket);
    for (const runtime::NamedFolder& folder : runtime::NamedFolders(config_))
      if (choice_.Has(folder.runtime)) CheckNamed(folder);
    std::vector<uid_t> users = runtime::UsersHere(paths_);
    users.insert(users.begin(), 0);
    for (const uid_t user : users) CheckFoldersOf(user);
    // Its storages are Podman's too, so only its own folder tells that it is here.
    if (choice_.Has(RuntimeKind::kCrio)) CheckFolder("crio", JoinPath(paths_.rootfs, "run/crio"));
    if (is_any_) return;
    Add(Level::kWarn, "runtimes",
        "no container engine was found: what runc or crun alone started, and plain cgroups, are measured",
        "start one; inside a container mount the host's / and name it with --path.rootfs");
  }

 private:
  void Add(Level level, const std::string& subject, const std::string& said, const std::string& advice = "") {
    findings_.push_back({level, subject, said, advice});
  }

  void CheckSocket(const EngineSocket& socket) {
    const std::string title = TitleOf(socket.runtime) + " socket";
    const int fault = around_.access(socket.path, R_OK | W_OK);
    if (fault == ENOENT || fault == ENOTDIR) {
      if (socket.is_configured)
        Add(Level::kFail, title, socket.path + " is not there, though it was asked for",
            "start the engine, or correct collector." + TitleOf(socket.runtime) + " or $DOCKER_HOST");
      return;
    }
    is_any_ = true;
    if (fault != 0) {
      Add(Level::kWarn, title, socket.path + ": " + std::strerror(fault),
          "not needed where the runtime's files on disk can be read (only Docker 25 and later tell of health "
          "checks by it alone); else run as root, or in the group that owns the socket (which is as good as "
          "root)");
      return;
    }
    if (const auto sign = runtime::SignOfLifeOf(socket, paths_); sign.look && !sign.look()) {
      Add(Level::kOk, title,
          socket.path + ": the engine is not running; not asked, as systemd would start it");
      return;
    }
    Result<runtime::HttpAnswer> answer = around_.ask(socket.path, "/version");
    if (answer && answer->status != 200)
      answer = Fail("GET /version answers " + std::to_string(answer->status));
    const auto version = answer ? runtime::ParseEngineVersion(answer->body)
                                : Result<runtime::EngineVersion>(tl::unexpected(answer.error()));
    if (!version) {
      Add(Level::kWarn, title, socket.path + " is there and does not answer: " + version.error().message,
          "see whether the engine runs; events come late without it, figures do not");
      return;
    }
    Add(Level::kOk, title,
        socket.path + ": " + (version->is_podman ? "Podman " : "Docker ") + version->version +
            " answers, API " + version->api_version);
    if (!version->is_podman) CheckImageStore(socket, *version);
  }

  // "DriverStatus":[["driver-type","io.containerd.snapshotter.v1"]]: Docker 29's default.
  void CheckImageStore(const EngineSocket& socket, const runtime::EngineVersion& version) {
    const auto info = around_.ask(socket.path, "/v" + runtime::ChooseApiVersion(version) + "/info");
    if (!info || info->status != 200) return;
    if (info->body.find("io.containerd.snapshotter.v1") == std::string::npos) return;
    Add(Level::kOk, "docker images",
        "lie in containerd's store; Plimsoll does not need Docker's own layers (readers of its layer folders "
        "do)");
  }

  void CheckFoldersOf(uid_t user) {
    if (choice_.Has(RuntimeKind::kDocker))
      for (const std::string& root : runtime::DockerDataRoots(config_, paths_, user))
        CheckFolder("docker", JoinPath(root, "containers"));
    if (choice_.Has(RuntimeKind::kPodman))
      for (const std::string& storage : runtime::PodmanStorages(config_, paths_, user))
        CheckFolder("podman", storage);
    if (choice_.Has(RuntimeKind::kContainerd))
      for (const std::string& state : runtime::ContainerdStates(config_, paths_, user))
        CheckFolder("containerd", JoinPath(state, "io.containerd.runtime.v2.task"));
    if (choice_.Has(RuntimeKind::kOci))
      for (const std::string& root : runtime::OciRoots(paths_, user)) CheckFolder("oci", root);
  }

  // One that may not be read is told with what lies below it.
  void CheckNamed(const runtime::NamedFolder& folder) {
    const int fault = around_.access(folder.path, R_OK | X_OK);
    if (fault != ENOENT && fault != ENOTDIR) return;
    const std::string name(RuntimeName(folder.runtime));
    Add(Level::kWarn, name + " files",
        std::string(folder.key) + ": " + folder.path + ": " + std::strerror(fault) + "; no file tells of " +
            name + "'s containers",
        "correct the path, or leave the key out, and it is found by itself; inside a container the path "
        "begins where the host's / is mounted");
  }

  void CheckFolder(const std::string& runtime_name, const std::string& folder) {
    // Who may not search the folder's parents is told so, not that it is missing.
    const int fault = around_.access(folder, R_OK | X_OK);
    if (fault == ENOENT || fault == ENOTDIR) return;
    is_any_ = true;
    const std::string title = runtime_name + " files";
    if (fault == 0)
      Add(Level::kOk, title, folder + " can be read");
    else
      Add(Level::kWarn, title,
          folder + ": " + std::strerror(fault) + "; names of its containers may be missing",
          "run as root, or give Plimsoll CAP_DAC_READ_SEARCH");
  }

  const CollectorConfig& config_;
  const runtime::HostPaths& paths_;
  const Surroundings& around_;
  Findings& findings_;
  const runtime::RuntimeChoice choice_;
  bool is_any_ = false;
};

}  // namespace

void CheckRuntimes(const CollectorConfig& config, const runtime::HostPaths& paths, const Surroundings& around,
                   Findings& findings) {
  RuntimeCheck(config, paths, around, findings).Run();
}

}  // namespace plimsoll::cli
