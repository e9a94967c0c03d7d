#pragma once

#include <array>
#include <string>
#include <vector>

#include "model/container.h"

namespace plimsoll::runtime {

// Which runtimes the configuration asks for ("auto" stands for all).
class RuntimeChoice {
 public:
  explicit RuntimeChoice(const std::vector<std::string>& names);
  bool Has(RuntimeKind kind) const { return chosen_[static_cast<size_t>(kind)]; }

 private:
  std::array<bool, 6> chosen_{};
};

}  // namespace plimsoll::runtime
