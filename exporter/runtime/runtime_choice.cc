#include "exporter/runtime/runtime_choice.h"

namespace plimsoll::runtime {

RuntimeChoice::RuntimeChoice(const std::vector<std::string>& names) {
  for (const std::string& name : names)
    for (const auto kind : {RuntimeKind::kCgroup, RuntimeKind::kDocker, RuntimeKind::kPodman,
                            RuntimeKind::kContainerd, RuntimeKind::kCrio, RuntimeKind::kOci})
      if (name == "auto" || name == RuntimeName(kind)) chosen_[static_cast<size_t>(kind)] = true;
}

}  // namespace plimsoll::runtime
