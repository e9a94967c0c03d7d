#include <arpa/inet.h>
#include <dirent.h>

#include <charconv>
#include <filesystem>
#include <set>

#include "config/load.h"
#include "exporter/cli/doctor_checks.h"
#include "exporter/collect/file_text.h"
#include "exporter/collect/text.h"
#include "exporter/http/listen_address.h"
#include "exporter/http/web_config.h"

namespace plimsoll::cli {
namespace {

void AddFaults(const std::string& file, const std::vector<ConfigFault>& faults, const char* advice,
               Findings& findings) {
  for (const ConfigFault& fault : faults) {
    const std::string at =
        fault.line == 0 ? file : file + ":" + std::to_string(fault.line) + ":" + std::to_string(fault.column);
    findings.push_back({Level::kFail, "configuration", at + ": " + fault.message, advice});
  }
}

// Inodes of sockets that listen on the port, from /proc/PID/net/tcp:
//   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
//    0: 0100007F:2645 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 41422 1 ...
void AddListening(const std::string& table, uint16_t port, std::set<std::string>& inodes) {
  collect::TextCursor cursor(table);
  cursor.Line();
  while (!cursor.done()) {
    collect::TextCursor line(cursor.Line());
    line.Word();
    const std::string_view local = line.Word();
    line.Word();
    const std::string_view state = line.Word();
    for (int skipped = 0; skipped < 5; ++skipped) line.Word();
    const std::string_view inode = line.Word();
    const size_t colon = local.rfind(':');
    if (colon == std::string_view::npos || state != "0A" || inode.empty()) continue;
    unsigned found = 0;
    std::from_chars(local.data() + colon + 1, local.data() + local.size(), found, 16);
    if (found == port) inodes.emplace(inode);
  }
}

bool HoldsSocket(const std::string& process, const std::set<std::string>& inodes) {
  std::error_code error;
  for (auto at = std::filesystem::directory_iterator(process + "/fd", error);
       !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    std::error_code gone;
    const std::string to = std::filesystem::read_symlink(at->path(), gone);
    constexpr std::string_view kSocket = "socket:[";
    if (to.starts_with(kSocket) && inodes.contains(to.substr(kSocket.size(), to.size() - kSocket.size() - 1)))
      return true;
  }
  return false;
}

void CheckAddress(const std::string& text, const Surroundings& around, Findings& findings) {
  const auto address = http::ParseListenAddress(text, http::ServesIpv6());
  if (!address) {
    findings.push_back({Level::kFail, "address", address.error().message, "correct --web.listen-address"});
    return;
  }
  const Result<void> bound = around.probe_bind(text);
  if (bound) {
    findings.push_back({Level::kOk, "address", text + " is free", ""});
    return;
  }
  std::string who;
  bool is_plimsoll = false;
  for (const std::string& one : ListenersOn(around.own_procfs, address->port)) {
    who += (who.empty() ? "" : ", ") + one;
    is_plimsoll |= one.starts_with("plimsoll ");
  }
  if (is_plimsoll)
    findings.push_back({Level::kOk, "address", text + ": " + who + " serves there already", ""});
  else
    findings.push_back(
        {Level::kFail, "address",
         text + ": " + bound.error().message + (who.empty() ? "" : "; " + who + " listens there"),
         who.empty()
             ? "choose another with --web.listen-address (which program uses a port is seen as root only)"
             : "end it, or choose another with --web.listen-address"});
}

}  // namespace

Config CheckConfiguration(const DoctorOrder& order, Findings& findings) {
  Config config;
  if (order.config_file.empty()) {
    findings.push_back({Level::kOk, "configuration", "built-in defaults (no --config.file)", ""});
  } else {
    LoadedConfig loaded = LoadConfigFile(order.config_file);
    AddFaults(order.config_file, loaded.faults,
              "Plimsoll does not start with it; plimsoll check-config FILE tells when it is right", findings);
    if (loaded.faults.empty()) {
      findings.push_back({Level::kOk, "configuration", order.config_file + " has no fault", ""});
      config = std::move(loaded.config);
      for (const std::string& name : UnusedReceivers(config.alerting))
        findings.push_back({Level::kWarn, "configuration", UnusedReceiverText(name), kUnusedReceiverAdvice});
    }
  }
  if (order.web_config_file.empty()) return config;
  const http::LoadedWebConfig web = http::LoadWebConfigFile(order.web_config_file);
  AddFaults(order.web_config_file, web.faults,
            "Plimsoll does not start with it; correct it and run this again", findings);
  if (web.faults.empty())
    findings.push_back({Level::kOk, "configuration", order.web_config_file + " has no fault", ""});
  return config;
}

std::vector<std::string> ListenersOn(const std::string& procfs, uint16_t port) {
  std::set<std::string> inodes;
  for (const char* table : {"/self/net/tcp", "/self/net/tcp6"})
    AddListening(collect::ReadSmallFile(procfs + table).value_or(""), port, inodes);
  std::vector<std::string> found;
  if (inodes.empty()) return found;
  std::error_code error;
  for (auto at = std::filesystem::directory_iterator(procfs, error);
       !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    const std::string pid = at->path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos || !HoldsSocket(at->path(), inodes))
      continue;
    found.push_back(collect::ReadSmallFile(at->path() / "comm").value_or("?") + " (PID " + pid + ")");
  }
  return found;
}

void CheckAddresses(const DoctorOrder& order, const Surroundings& around, Findings& findings) {
  for (const std::string& address : order.listen_addresses) CheckAddress(address, around, findings);
}

}  // namespace plimsoll::cli
