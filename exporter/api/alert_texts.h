#pragma once

#include <string>

#include "alerting/sidecar/sidecar.h"
#include "exporter/api/object_text.h"

// Alerts, transitions, silences and messages as the API writes them.
namespace plimsoll::api {

void AppendAlert(std::string& out, const alerting::AlertView& alert, const std::string& silenced_by);
void AppendTransition(std::string& out, const alerting::HistoryEntry& entry);
void AppendSilence(std::string& out, const alerting::Silence& silence, WallTime now);
void AppendParcel(std::string& out, const alerting::Parcel& parcel);
void AppendHeld(std::string& out, const alerting::StandingKey& key, const alerting::Standing& standing);

// ["a","b"]
std::string ListText(const std::vector<std::string>& texts);
// {"a":"b"}
std::string PairsText(const TextPairs& pairs);

}  // namespace plimsoll::api
