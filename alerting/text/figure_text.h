#pragma once

#include <chrono>
#include <string>

#include "config/alert_metric.h"

namespace plimsoll::alerting {

// A figure with its unit, as people read it: "94.2 %", "1.5 GiB", "3", "12m 30s".
std::string FigureText(AlertMetric metric, double value);

// The limit that a figure is measured against, in the unit of value.h's LimitOf:
// "512 MiB", "150 %", "100 threads".
std::string LimitText(AlertMetric metric, double limit);

// "45s", "3m 20s", "2h 5m", "3d 4h": the two greatest parts, rounded down.
std::string LastedText(std::chrono::milliseconds lasted);

// What the figure is called in a sentence: "memory in use". Empty for metrics
// that are told in words of their own.
const char* FigureName(AlertMetric metric);

}  // namespace plimsoll::alerting
