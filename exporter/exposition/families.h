#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

#include "exporter/exposition/label_text.h"
#include "exporter/exposition/number.h"
#include "exporter/exposition/peaks.h"
#include "exporter/exposition/standing.h"
#include "model/frame.h"

namespace plimsoll::exposition {

enum class Type { kGauge, kCounter };

// Whose figures a family holds, and with it which labels its samples begin with.
enum class About {
  kCgroup,     // every cgroup: the full label block
  kContainer,  // containers of a runtime, not plain cgroups: id, image, name
  kMachine,    // the host as cAdvisor shows it: machine_id, system_uuid, boot_id
  kHost,       // the host or the exporter: no labels
};

// One thing that figures are asked of. `sample` and `peak` are null unless the
// family is about cgroups or containers, `standing` also where nothing is known of it.
struct Subject {
  const Frame& frame;
  const MachineInfo& machine;
  const ContainerSample* sample = nullptr;
  const Peak* peak = nullptr;
  const Standing* standing = nullptr;

  bool IsRoot() const { return sample != nullptr && sample->who->cgroup == "/"; }
};

// Takes the samples of one family about one subject.
class Sink {
 public:
  virtual void Add(Number value, std::initializer_list<Label> extras = {}) = 0;

 protected:
  ~Sink() = default;
};

struct Family {
  std::string_view name;  // as in the text format
  std::string_view help;
  Type type;
  About about;
  std::string_view group;  // shown only when this group is enabled; "": always
  // Hands what is known to the sink; nothing for what is not. No two samples
  // with the same extras as long as the subject's lists name each thing once.
  void (*extract)(const Subject&, Sink&);
};

// Every family that is drawn from frames, in the order of the body. The
// exporter's own (self_metrics.h) and plimsoll_metric_series follow them.
std::span<const Family> Families();

}  // namespace plimsoll::exposition
