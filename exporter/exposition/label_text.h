#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "model/container.h"

namespace plimsoll::exposition {

// A label beside those of the container itself. An empty value means that the label is left out.
struct Label {
  std::string_view name;   // a valid label name; not escaped
  std::string_view value;  // any bytes
};

constexpr size_t kMaxLabelValue = 1024;  // bytes before escaping; longer values end in "…"
// All container_label_* of one container together, as printed. Further labels
// are left out, so that one container with "*" cannot flood every scrape.
constexpr size_t kMaxContainerLabels = 16 * 1024;

// At most so many bytes come out of EscapeLabelValue.
constexpr size_t EscapedBound(size_t bytes) {
  return (bytes < kMaxLabelValue ? bytes : kMaxLabelValue) * 3 + 3;
}

// True when the value is printed as it is: short, ASCII, nothing to escape.
bool IsPlainLabelValue(std::string_view value);

// Writes the value between quotes of a sample line: \ " and newline escaped,
// every byte that is not UTF-8, and NUL (many a reader ends there), as
// U+FFFD, cut at a code point to kMaxLabelValue. Returns the end.
char* EscapeLabelValue(char* to, std::string_view value);

// The same text without the escapes: what a scraper will read.
std::string ReadableLabelValue(std::string_view value);

// The label blocks of one container, up to but not including what a sample
// adds and the closing brace: `{id="/docker/ab",name="web"`.
struct LabelBlocks {
  std::string full;            // with container_label_* and Kubernetes' labels: cAdvisor's families
  std::string identity;        // id, image and name alone: plimsoll_container_*
  std::string id;              // the id's value as printed
  size_t labels_left_out = 0;  // for want of room, see kMaxContainerLabels
};

// `allowed` holds the runtime labels that are shown; one "*" stands for all.
LabelBlocks RenderLabelBlocks(const Container& who, const std::vector<std::string>& allowed);

// The labels of `who` that are allowed, as (label name, raw value), sorted by
// key; the first of those that fall on the same name wins.
std::vector<std::pair<std::string, std::string_view>> ContainerLabels(
    const Container& who, const std::vector<std::string>& allowed);

// Writes `,name="value"` (without the comma at the head of a block).
void AppendLabel(std::string& block, std::string_view name, std::string_view value);

}  // namespace plimsoll::exposition
