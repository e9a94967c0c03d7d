#include "alerting/sidecar/transition_log.h"

#include <string>

#include "alerting/text/figure_text.h"
#include "model/log.h"

namespace plimsoll::alerting {
namespace {

constexpr size_t kMostLines = 20;

void LogOne(const Transition& told) {
  const std::string subject = told.name.empty() ? "host" : told.name;
  const std::string value = FigureText(told.metric, told.value);
  const std::string line =
      std::string(CompareOpText(told.op)) + " " + FigureText(told.metric, told.threshold);
  if (told.kind == TransitionKind::kResolved)
    log::Info("alert resolved", {{"rule", told.rule},
                                 {"subject", subject},
                                 {"reason", ResolveReasonName(told.reason)},
                                 {"value", value},
                                 {"line", line}});
  else
    log::Info(told.kind == TransitionKind::kFired ? "alert fired" : "alert still fires",
              {{"rule", told.rule},
               {"subject", subject},
               {"severity", told.severity},
               {"value", value},
               {"line", line}});
}

}  // namespace

void LogTransitions(const std::vector<Transition>& transitions) {
  for (size_t i = 0; i < transitions.size() && i < kMostLines; ++i) LogOne(transitions[i]);
  if (transitions.size() > kMostLines)
    log::Info("more alerts changed in the same tick",
              {{"alerts", std::to_string(transitions.size() - kMostLines)}});
}

}  // namespace plimsoll::alerting
