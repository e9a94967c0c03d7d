#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "config/alerting_config.h"

namespace plimsoll {

// The configuration as the program uses it. Defaults here are the defaults of
// the product; config/plimsoll.yaml says the same and a test holds them equal.
struct CollectorConfig {
  std::chrono::milliseconds interval{std::chrono::seconds(10)};      // 1s .. 5m
  std::chrono::milliseconds last_seen_for{std::chrono::minutes(5)};  // how long an ended container stays

  // "auto", or any of docker podman containerd crio oci cgroup.
  std::vector<std::string> runtimes{"auto"};

  // Globs (fnmatch(3)) over the container's name; over the cgroup path where
  // there is no name. The root cgroup is always in.
  std::vector<std::string> include{"*"};
  std::vector<std::string> exclude;

  // Runtime labels that become container_label_*; "*" stands for all.
  std::vector<std::string> container_labels{
      // Compose
      "com.docker.compose.project", "com.docker.compose.service", "com.docker.compose.container-number",
      // Swarm
      "com.docker.stack.namespace", "com.docker.swarm.service.name", "com.docker.swarm.node.id",
      "com.docker.swarm.task.name",
      // Kubernetes
      "app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/component",
      "app.kubernetes.io/part-of", "app"};

  std::set<std::string> enable_groups;  // percpu tcp udp process disk hugetlb

  struct Docker {
    std::string socket;     // empty: $DOCKER_HOST when it is a unix socket, else /var/run/docker.sock
    std::string data_root;  // empty: asked of the engine, else daemon.json, else /var/lib/docker
    bool operator==(const Docker&) const = default;
  } docker;
  struct Podman {
    std::vector<std::string> sockets;  // empty: /run/podman/podman.sock and /run/user/*/podman/podman.sock
    std::string storage_root;          // empty: /var/lib/containers/storage and each rootless user's
    bool operator==(const Podman&) const = default;
  } podman;
  struct Containerd {
    std::string state;  // empty: /run/containerd
    bool operator==(const Containerd&) const = default;
  } containerd;

  bool operator==(const CollectorConfig&) const = default;
};

struct StorageConfig {
  std::string path = "data/plimsoll.db";  // its folder is made; ":memory:" keeps nothing
  // How long each resolution is kept. Each at least twice the next one's bucket.
  struct Retention {
    std::chrono::seconds raw = std::chrono::hours(48);
    std::chrono::seconds minute = std::chrono::hours(24 * 7);
    std::chrono::seconds hour = std::chrono::hours(24 * 90);
    std::chrono::seconds day = std::chrono::hours(24 * 730);
    bool operator==(const Retention&) const = default;
  } retention;
  uint64_t max_size_bytes = uint64_t{1} << 30;  // of file and WAL together

  bool operator==(const StorageConfig&) const = default;
};

struct Config {
  CollectorConfig collector;
  StorageConfig storage;
  AlertingConfig alerting;
  bool operator==(const Config&) const = default;
};

}  // namespace plimsoll
