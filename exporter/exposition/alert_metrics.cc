#include "exporter/exposition/alert_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>

#include "exporter/exposition/catch_up.h"

namespace plimsoll::exposition {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;

}  // namespace

AlertMetrics::AlertMetrics(prometheus::Registry& registry)
    : alerts_(BuildGauge()
                  .Name("plimsoll_alerts")
                  .Help("Alerts by state; recovering ones have not resolved yet.")
                  .Register(registry)),
      transitions_(BuildCounter()
                       .Name("plimsoll_alert_transitions_total")
                       .Help("Alerts that fired, were repeated or resolved.")
                       .Register(registry)),
      notifications_(BuildCounter()
                         .Name("plimsoll_notifications_total")
                         .Help("Messages by receiver: delivered, or dropped for good; tries that will be "
                               "repeated; alerts that were kept silent; and, of an Alertmanager with several "
                               "URLs, tries at one of them that failed while another one took the message "
                               "(peer_failed).")
                         .Register(registry)),
      depth_(BuildGauge()
                 .Name("plimsoll_outbox_depth")
                 .Help("Messages that wait for their receiver.")
                 .Register(registry)
                 .Add({})),
      oldest_(BuildGauge()
                  .Name("plimsoll_outbox_oldest_seconds")
                  .Help("Age of the oldest message that waits for its receiver; 0 while none waits.")
                  .Register(registry)
                  .Add({})) {
  for (const char* kind : {"fired", "repeated", "resolved"}) transitions_.Add({{"kind", kind}});
}

void AlertMetrics::Observe(const AlertFigures& figures) {
  const auto set = [this](const char* state, size_t count) {
    alerts_.Add({{"state", state}}).Set(static_cast<double>(count));
  };
  set("pending", figures.pending);
  set("firing", figures.firing);
  set("recovering", figures.recovering);
  for (const auto& [kind, count] : figures.transitions) CatchUp(transitions_.Add({{"kind", kind}}), count);
  for (const auto& one : figures.notifications)
    CatchUp(notifications_.Add({{"receiver", one.receiver}, {"outcome", one.outcome}}), one.count);
  depth_.Set(static_cast<double>(figures.outbox_depth));
  const auto oldest = figures.outbox_oldest.value_or(std::chrono::nanoseconds(0));
  oldest_.Set(std::chrono::duration<double>(oldest).count());
}

}  // namespace plimsoll::exposition
