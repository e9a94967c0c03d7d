#pragma once

#include <chrono>
#include <optional>

#include "alerting/engine/event_window.h"
#include "config/alert_metric.h"
#include "model/reading.h"

namespace plimsoll::alerting {

// A container's figure as rules judge it; nothing when it cannot be known. What
// the store keeps is taken from the reading, so that a replay sees the same;
// limits and health come from the sample. Not for metrics that count events,
// kAbsent and the host's: these are never known here.
std::optional<double> ValueOf(AlertMetric metric, const Reading& reading, const ContainerSample& sample);

// A figure of the host; kUnscrapedSeconds is never known here.
std::optional<double> HostValueOf(AlertMetric metric, const HostSample& host);

// A count of what happened to a container within the window.
std::optional<double> EventValueOf(AlertMetric metric, const Happenings& happenings, MonoTime now,
                                   std::chrono::milliseconds window);

// The limit that the figure is measured against, in its own unit: bytes of
// memory, percent of CPU (100 = one core), threads. Nothing when there is none.
std::optional<double> LimitOf(AlertMetric metric, const ContainerSample& sample);

// The metric by which containers are ranked as consumers when this one alerts;
// nothing where there is no such rank.
std::optional<AlertMetric> ConsumedMetric(AlertMetric metric);

}  // namespace plimsoll::alerting
