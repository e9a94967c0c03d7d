#pragma once

#include "config/config.h"
#include "exporter/cli/doctor.h"
#include "exporter/collect/hierarchy.h"

namespace plimsoll::cli {

// The parts of Examine(). Each appends what it found.

// The cgroup hierarchies, their controllers, swap accounting and pressure. Absent when there are none.
std::optional<collect::Hierarchies> CheckCgroups(const runtime::HostPaths& paths, Findings& findings);

// Engines' sockets, and what runtimes leave on disk.
void CheckRuntimes(const CollectorConfig& config, const runtime::HostPaths& paths, const Surroundings& around,
                   Findings& findings);

// Namespaces, capabilities, descriptors, inotify, clock.
void CheckProcess(const runtime::HostPaths& paths, const Surroundings& around, size_t cgroups,
                  Findings& findings);

// Disk at storage.path.
void CheckStorage(const StorageConfig& storage, const Surroundings& around, Findings& findings);

// Faults of both configuration files; the configuration, or the defaults when it is faulty.
Config CheckConfiguration(const DoctorOrder& order, Findings& findings);

// Whether each address can be listened on, else who does.
void CheckAddresses(const DoctorOrder& order, const Surroundings& around, Findings& findings);

// The processes that listen on a TCP port: "nginx (PID 812)". Empty when it cannot
// be known. `procfs` must be of the network namespace that is asked about.
std::vector<std::string> ListenersOn(const std::string& procfs, uint16_t port);

// CapEff of /proc/PID/status as bits: "CapEff:\t00000000a80425fb". Absent when it is not there.
std::optional<uint64_t> ParseCapabilities(std::string_view status);

}  // namespace plimsoll::cli
