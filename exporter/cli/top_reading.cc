#include "exporter/cli/top_reading.h"

#include <map>
#include <nlohmann/json.hpp>

#include "exporter/cli/shown_text.h"

namespace plimsoll::cli {
namespace {

using Json = nlohmann::json;

std::optional<double> Number(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return std::nullopt;
  return found->get<double>();
}

std::string Text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? std::string() : found->get<std::string>();
}

struct Standing {
  std::string text;
  bool is_firing = false;
};

std::string Rule(const Json& alert) {
  std::string text = ShownText(alert.at("rule").get<std::string>());
  if (alert.at("state") != "pending" || alert.at("count").is_null() || alert.at("of").is_null()) return text;
  return text + " " + std::to_string(alert.at("count").get<uint64_t>()) + "/" +
         std::to_string(alert.at("of").get<uint64_t>());
}

// By container: firing and recovering rules first, since a narrow window cuts the end.
std::map<uint64_t, Standing> ParseAlerts(const Json& answer) {
  std::map<uint64_t, Standing> standings;
  for (const bool wants_firing : {true, false})
    for (const Json& alert : answer.at("alerts")) {
      const bool is_firing = alert.at("state") != "pending";
      if (is_firing != wants_firing || alert.at("container_id").is_null()) continue;
      Standing& standing = standings[alert.at("container_id").get<uint64_t>()];
      standing.text += (standing.text.empty() ? "" : ", ") + Rule(alert);
      standing.is_firing |= is_firing;
    }
  return standings;
}

// The combined state, for a server whose list of alerts is a moment older or younger.
std::string CombinedText(const std::string& state) {
  if (state == "cpu_alert") return "cpu";
  if (state == "mem_alert") return "mem";
  return state == "both_alert" ? "cpu+mem" : "-";
}

TopRow ParseRow(const Json& container, const std::map<uint64_t, Standing>& standings) {
  TopRow row;
  row.id = container.at("id").get<uint64_t>();
  row.name = ShownText(container.at("name").get<std::string>());
  row.state = ShownText(container.at("state").get<std::string>());
  const std::string health = Text(container, "health");
  if (!health.empty() && health != "none" && health != "healthy") row.state += " (" + ShownText(health) + ")";
  const std::string combined = Text(container, "alert_state");
  row.alert = CombinedText(combined);
  row.is_firing = row.alert != "-";
  if (const auto found = standings.find(row.id); found != standings.end()) {
    row.alert = found->second.text;
    row.is_firing |= found->second.is_firing;
  }
  const Json& current = container.at("current");
  if (current.is_null()) return row;
  row.cpu_percent = Number(current, "cpu_percent");
  row.cpu_limit = Number(current, "cpu_limit_percent");
  row.memory_used = Number(current, "mem_used");
  row.memory_limit = Number(current, "mem_limit");
  row.memory_percent = Number(current, "mem_percent");
  row.cpu_pressure = Number(current, "cpu_pressure_percent");
  row.memory_pressure = Number(current, "mem_pressure_percent");
  row.io_pressure = Number(current, "io_pressure_percent");
  row.receive = Number(current, "net_rx_bytes_per_second");
  row.transmit = Number(current, "net_tx_bytes_per_second");
  row.block_read = Number(current, "block_read_bytes_per_second");
  row.block_write = Number(current, "block_write_bytes_per_second");
  return row;
}

// Runs `parse` on the answer, whose shape others decide.
template <typename Parse>
Result<void> Taking(const char* what, std::string_view text, Parse parse) {
  try {
    parse(Json::parse(text));
    return {};
  } catch (const Json::exception&) {
    return Fail(std::string(what) + " is not answered as Plimsoll does; is the URL one of a Plimsoll?");
  }
}

}  // namespace

Result<TopReading> ParseTop(std::string_view containers, std::string_view summary, std::string_view alerts) {
  TopReading reading;
  std::map<uint64_t, Standing> standings;
  Result<void> taken =
      Taking("/api/v1/alerts", alerts, [&](const Json& answer) { standings = ParseAlerts(answer); });
  if (taken)
    taken = Taking("/api/v1/containers", containers, [&](const Json& answer) {
      reading.running = answer.at("running").get<uint64_t>();
      for (const Json& container : answer.at("containers"))
        reading.rows.push_back(ParseRow(container, standings));
    });
  if (taken)
    taken = Taking("/api/v1/resources/summary", summary, [&](const Json& answer) {
      reading.host.cpu_percent = Number(answer, "cpu_percent");
      reading.host.memory_used = Number(answer, "mem_used");
      reading.host.memory_total = Number(answer, "mem_limit");
      if (const auto cores = Number(answer, "cpu_count")) reading.host.cores = static_cast<uint64_t>(*cores);
    });
  if (!taken) return tl::unexpected(taken.error());
  return reading;
}

}  // namespace plimsoll::cli
