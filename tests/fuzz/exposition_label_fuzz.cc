// Any bytes as a container's name, image, path and labels: the block that comes
// of them reads back as labels with distinct, valid names and values that are
// clean and bounded.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "exporter/exposition/label_text.h"

namespace {

using namespace plimsoll::exposition;

void Demand(bool condition) {
  if (!condition) std::abort();
}

bool IsNameChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Reads `name="value"` at the head of `rest` and takes it off.
void TakeLabel(std::string_view& rest, std::set<std::string_view>& names) {
  const size_t equals = rest.find('=');
  Demand(equals != std::string_view::npos && equals > 0);
  const std::string_view name = rest.substr(0, equals);
  for (const char c : name) Demand(IsNameChar(c));
  Demand(names.insert(name).second);
  rest.remove_prefix(equals + 1);
  Demand(rest.starts_with('"'));
  rest.remove_prefix(1);
  std::string value;
  while (!rest.starts_with('"')) {
    Demand(!rest.empty() && rest[0] != '\n' && rest[0] != '\0');
    char c = rest[0];
    if (c == '\\') {
      Demand(rest.size() > 1 && (rest[1] == 'n' || rest[1] == '\\' || rest[1] == '"'));
      c = rest[1] == 'n' ? '\n' : rest[1];
      rest.remove_prefix(1);
    }
    value += c;
    rest.remove_prefix(1);
  }
  rest.remove_prefix(1);
  Demand(!value.empty() && value.size() <= kMaxLabelValue);
  Demand(ReadableLabelValue(value) == value);  // nothing left to mend
}

void Check(std::string_view block) {
  Demand(block.starts_with('{'));
  block.remove_prefix(1);
  std::set<std::string_view> names;
  while (!block.empty()) {
    TakeLabel(block, names);
    if (block.empty()) break;
    Demand(block.starts_with(','));
    block.remove_prefix(1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto take = [&rest] {  // up to the next 0x01
    const size_t end = std::min(rest.find('\1'), rest.size());
    const std::string_view piece = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return std::string(piece);
  };
  plimsoll::Container who;
  who.cgroup = "/" + take();
  who.name = take();
  who.image = take();
  who.kube_pod = take();
  while (!rest.empty()) {
    std::string key = take();
    who.labels.emplace_back(std::move(key), take());
  }
  const LabelBlocks blocks = RenderLabelBlocks(who, {"*"});
  Check(blocks.full);
  Check(blocks.identity);
  Demand(blocks.full.size() < kMaxContainerLabels + 6 * 2 * (kMaxLabelValue + 20));
  std::string room(EscapedBound(size) + 1, '#');
  const std::string_view whole(reinterpret_cast<const char*>(data), size);
  Demand(EscapeLabelValue(room.data(), whole) <= room.data() + EscapedBound(size) && room.back() == '#');
  return 0;
}
