#include "exporter/exposition/label_text.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <set>

#include "model/container_label.h"
#include "model/utf8.h"

namespace plimsoll::exposition {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";     // U+2026

struct Piece {
  std::string_view text;  // what a scraper shall read
  size_t consumed;        // bytes of the input
};

Piece NextPiece(std::string_view rest) {
  const size_t length = rest[0] == '\0' ? 0 : Utf8Length(rest, 0);
  if (length == 0) return {kReplacement, 1};
  return {rest.substr(0, length), length};
}

// How many bytes of `value` are shown in full, and whether "…" follows.
struct Cut {
  size_t bytes;
  bool ellipsis;
};

Cut WhereToCut(std::string_view value) {
  size_t shown = 0, fits = 0;
  for (size_t at = 0; at < value.size();) {
    const Piece piece = NextPiece(value.substr(at));
    if (shown + piece.text.size() > kMaxLabelValue) return {fits, true};
    shown += piece.text.size();
    at += piece.consumed;
    if (shown + kEllipsis.size() <= kMaxLabelValue) fits = at;
  }
  return {value.size(), false};
}

char* Put(char* to, std::string_view text) {
  if (!text.empty()) std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

char* PutEscaped(char* to, std::string_view piece) {
  switch (piece[0]) {
    case '\n':
      return Put(to, "\\n");
    case '\\':
      return Put(to, "\\\\");
    case '"':
      return Put(to, "\\\"");
    default:
      return Put(to, piece);
  }
}

void AppendContainerLabels(const Container& who, const std::vector<std::string>& allowed,
                           LabelBlocks& blocks) {
  const size_t before = blocks.full.size();
  for (const auto& [name, value] : ContainerLabels(who, allowed)) {
    if (value.empty()) continue;
    const size_t mark = blocks.full.size();
    AppendLabel(blocks.full, name, value);
    if (blocks.full.size() - before <= kMaxContainerLabels) continue;
    blocks.full.resize(mark);
    ++blocks.labels_left_out;
  }
}

}  // namespace

bool IsPlainLabelValue(std::string_view value) {
  if (value.size() > kMaxLabelValue) return false;
  for (const char c : value) {
    if (static_cast<unsigned char>(c) >= 0x80 || c == '\0' || c == '\n' || c == '\\' || c == '"')
      return false;
  }
  return true;
}

char* EscapeLabelValue(char* to, std::string_view value) {
  if (value.empty()) return to;
  if (IsPlainLabelValue(value)) return Put(to, value);
  const Cut cut = WhereToCut(value);
  for (size_t at = 0; at < cut.bytes;) {
    const Piece piece = NextPiece(value.substr(at));
    to = PutEscaped(to, piece.text);
    at += piece.consumed;
  }
  return cut.ellipsis ? Put(to, kEllipsis) : to;
}

std::string ReadableLabelValue(std::string_view value) {
  if (IsPlainLabelValue(value)) return std::string(value);
  const Cut cut = WhereToCut(value);
  std::string readable;
  for (size_t at = 0; at < cut.bytes;) {
    const Piece piece = NextPiece(value.substr(at));
    readable += piece.text;
    at += piece.consumed;
  }
  if (cut.ellipsis) readable += kEllipsis;
  return readable;
}

std::vector<std::pair<std::string, std::string_view>> ContainerLabels(
    const Container& who, const std::vector<std::string>& allowed) {
  const bool all = std::find(allowed.begin(), allowed.end(), "*") != allowed.end();
  std::vector<std::pair<std::string, std::string_view>> labels;
  std::set<std::string> taken;
  for (const auto& [key, value] : who.labels) {
    if (!all && std::find(allowed.begin(), allowed.end(), key) == allowed.end()) continue;
    std::string name = ContainerLabelName(key);
    if (taken.insert(name).second) labels.emplace_back(std::move(name), value);
  }
  return labels;
}

void AppendLabel(std::string& block, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  if (block.size() > 1) block += ',';
  block.append(name).append("=\"");
  const size_t at = block.size();
  block.resize(at + EscapedBound(value.size()));
  const char* end = EscapeLabelValue(block.data() + at, value);
  block.resize(static_cast<size_t>(end - block.data()));
  block += '"';
}

LabelBlocks RenderLabelBlocks(const Container& who, const std::vector<std::string>& allowed) {
  LabelBlocks blocks;
  blocks.full.assign(1, '{');
  AppendLabel(blocks.full, "container", who.kube_container);
  AppendContainerLabels(who, allowed, blocks);
  AppendLabel(blocks.full, "id", who.cgroup);
  AppendLabel(blocks.full, "image", who.image);
  AppendLabel(blocks.full, "name", who.name);
  AppendLabel(blocks.full, "namespace", who.kube_namespace);
  AppendLabel(blocks.full, "pod", who.kube_pod);

  blocks.identity.assign(1, '{');
  AppendLabel(blocks.identity, "id", who.cgroup);
  AppendLabel(blocks.identity, "image", who.image);
  AppendLabel(blocks.identity, "name", who.name);

  blocks.id = ReadableLabelValue(who.cgroup);
  blocks.full.shrink_to_fit();
  blocks.identity.shrink_to_fit();
  return blocks;
}

}  // namespace plimsoll::exposition
