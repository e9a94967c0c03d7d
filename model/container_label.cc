#include "model/container_label.h"

#include <algorithm>

#include "model/utf8.h"

namespace plimsoll {
namespace {

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

std::string ContainerLabelName(std::string_view key) {
  std::string name(kContainerLabelPrefix);
  const size_t most = name.size() + kMaxContainerLabelName;
  for (size_t at = 0; at < key.size() && name.size() < most;) {
    name += IsNameCharacter(key[at]) ? key[at] : '_';
    at += std::max<size_t>(Utf8Length(key, at), 1);
  }
  return name;
}

}  // namespace plimsoll
