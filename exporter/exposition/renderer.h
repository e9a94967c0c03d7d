#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "exporter/body/page_buffer.h"
#include "exporter/exposition/exposition.h"
#include "exporter/exposition/families.h"
#include "exporter/exposition/label_text.h"

namespace prometheus {
struct MetricFamily;
}

namespace plimsoll::exposition {

class BodyWriter;

// Writes bodies. Keeps the label block of every known container from one body
// to the next and nothing else. Not thread-safe.
class Renderer {
 public:
  Renderer(const CollectorConfig& config, MachineInfo machine);

  // Takes the allowlist and the groups of `config`; label blocks are rendered anew.
  void Reconfigure(const CollectorConfig& config);

  // One body. `peaks` runs parallel to frame.set->containers; `own` holds the
  // exporter's own families. Throws std::bad_alloc alone.
  void Render(Format format, const Frame& frame, const std::vector<Peak>& peaks, const Standings& standings,
              const std::vector<prometheus::MetricFamily>& own, body::PageBuffer& out);

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  struct Known {
    std::shared_ptr<const Container> who;
    LabelBlocks blocks;
    uint64_t used = 0;  // the round of rendering that needed it last
  };
  struct Row {  // what one container's lines are made of
    const ContainerSample* sample;
    const LabelBlocks* blocks;
    Peak peak;
    const Standing* standing;  // null: nobody says how it stands
    bool is_container;
  };
  struct EndedRow {
    const EndedContainer* ended;
    const LabelBlocks* blocks;
  };

  void RenderFrame(Format format, const Frame& frame, const std::vector<Peak>& peaks,
                   const Standings& standings, const std::vector<prometheus::MetricFamily>& own,
                   body::PageBuffer& out);
  // The blocks of `who`, or null when this body already shows a cgroup of the
  // same path or with the same `id` label. Stay valid until the end of Render.
  const LabelBlocks* Claim(const std::shared_ptr<const Container>& who);
  void ForgetUnused();
  void LineUp(const Frame& frame, const std::vector<Peak>& peaks, const Standings& standings);
  void WriteFamily(const Family& family, const Frame& frame, BodyWriter& body) const;
  void WriteEnded(BodyWriter& body) const;

  std::vector<std::string> container_labels_;
  std::set<std::string, std::less<>> groups_;
  const MachineInfo machine_;
  const std::string machine_block_;
  std::unordered_map<std::string, Known, Hash, std::equal_to<>> known_;
  uint64_t round_ = 0;

  // Of the running call; members only to reuse their memory.
  std::vector<Row> rows_;
  std::unordered_set<std::string_view> ids_;  // shown so far
  std::vector<EndedRow> ended_rows_;
  std::vector<std::unique_ptr<const ContainerSample>> mended_;  // copies of hostile samples
};

}  // namespace plimsoll::exposition
