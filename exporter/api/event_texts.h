#pragma once

#include "alerting/engine/transition.h"
#include "exporter/api/event_ring.h"
#include "model/reading.h"

namespace plimsoll::api {

// resource.snapshot: the current figures of every living container.
Event SnapshotEvent(const ReadingSet& set);

// container.start, container.stop, ... of one container; `id` 0: not known.
Event LifeEvent(const ContainerEvent& event, uint32_t id);

// resource.alert or resource.recovery.
Event AlertEvent(const alerting::CombinedNotice& notice);

}  // namespace plimsoll::api
