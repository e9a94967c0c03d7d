#include "exporter/exposition/exposition.h"

#include <prometheus/metric_family.h>

#include <array>
#include <mutex>
#include <vector>

#include "exporter/body/gzip.h"
#include "exporter/body/page_buffer.h"
#include "exporter/exposition/peaks.h"
#include "exporter/exposition/renderer.h"

namespace plimsoll::exposition {
namespace {

using BodyPtr = std::shared_ptr<const std::string>;

constexpr size_t kSlack = 256 * 1024;
constexpr size_t kPiece = 64 * 1024;  // of plain text, compressed while the processor's cache holds it

size_t SlotOf(Encoding encoding) {
  return (encoding.format == Format::kOpenMetrics ? 2u : 0u) + (encoding.gzip ? 1u : 0u);
}

}  // namespace

class Exposition::Impl {
 public:
  Impl(const CollectorConfig& config, MachineInfo machine, SelfMetrics& self, const Clock& clock)
      : self_(self), clock_(clock), renderer_(config, std::move(machine)) {}

  void Observe(FramePtr frame) {
    self_.ObserveFrame(*frame);
    std::array<BodyPtr, 4> stale;  // freed after the lock
    FramePtr old;
    std::lock_guard lock(mutex_);
    if (!frame_ || frame_->set != frame->set) peaks_.Note(*frame->set);
    stale.swap(bodies_);
    old = std::exchange(frame_, std::move(frame));
  }

  void Observe(std::shared_ptr<const Standings> standings) {
    std::array<BodyPtr, 4> stale;
    const std::lock_guard lock(mutex_);
    if (*standings_ == *standings) return;
    standings_.swap(standings);
    stale.swap(bodies_);
  }

  BodyPtr Body(Encoding encoding, Asker asker) {
    if (BodyPtr ready = Ready(encoding, asker)) return ready;
    std::lock_guard rendering(render_mutex_);
    if (BodyPtr ready = Ready(encoding, asker)) return ready;  // made while we waited
    const Taken taken = Take(asker);
    if (!taken.frame) return nullptr;
    BodyPtr body = Make(encoding, taken);
    std::lock_guard lock(mutex_);
    if (frame_ == taken.frame && standings_ == taken.standings) bodies_[SlotOf(encoding)] = body;
    return body;
  }

  bool HasFrame() const {
    std::lock_guard lock(mutex_);
    return frame_ != nullptr;
  }

  void Reconfigure(const CollectorConfig& config) {
    std::lock_guard rendering(render_mutex_);
    renderer_.Reconfigure(config);
    std::array<BodyPtr, 4> stale;
    std::lock_guard lock(mutex_);
    stale.swap(bodies_);
  }

 private:
  // What was rendered for a probe, too, shows the peaks of the newest set.
  BodyPtr Ready(Encoding encoding, Asker asker) {
    std::lock_guard lock(mutex_);
    const BodyPtr& ready = bodies_[SlotOf(encoding)];
    if (ready && asker == Asker::kScraper) peaks_.Shown();
    return ready;
  }

  struct Taken {
    FramePtr frame;
    std::shared_ptr<const Standings> standings;
  };

  // The newest frame, with its peaks in shown_; null before the first.
  Taken Take(Asker asker) {
    std::lock_guard lock(mutex_);
    if (!frame_) return {};
    shown_.clear();
    for (const ContainerSample& sample : frame_->set->containers)
      shown_.push_back(peaks_.Of(sample.who->cgroup));
    if (asker == Asker::kScraper) peaks_.Shown();
    return {frame_, standings_};
  }

  BodyPtr Make(Encoding encoding, const Taken& taken) {
    if (encoding.gzip) {
      if (const BodyPtr plain = Ready({encoding.format, false}, Asker::kProbe))
        return std::make_shared<std::string>(body::Gzip(*plain));
    }
    const MonoTime begin = clock_.Mono();
    BodyPtr body = encoding.gzip ? RenderGzip(encoding.format, taken, begin)
                                 : RenderPlain(encoding.format, taken, begin);
    self_.ObserveRender(clock_.Mono() - begin);
    return body;
  }

  // Compressed as it is written, so that the megabytes of the plain text are nowhere.
  BodyPtr RenderGzip(Format format, const Taken& taken, MonoTime now) {
    body::GzipStream gzip;
    body::PageBuffer piece(kPiece, kPiece, [&](std::string_view text) { gzip.Add(text); });
    renderer_.Render(format, *taken.frame, shown_, *taken.standings, self_.Collect(now), piece);
    return std::make_shared<std::string>(gzip.Finish(piece.text()));
  }

  BodyPtr RenderPlain(Format format, const Taken& taken, MonoTime now) {
    body::PageBuffer pages(last_size_ + last_size_ / 8 + kSlack, last_size_);
    renderer_.Render(format, *taken.frame, shown_, *taken.standings, self_.Collect(now), pages);
    last_size_ = pages.size();
    return std::make_shared<std::string>(pages.text());
  }

  SelfMetrics& self_;
  const Clock& clock_;

  mutable std::mutex mutex_;  // held for moments; below it: what the collector and the scrapers share
  FramePtr frame_;
  std::shared_ptr<const Standings> standings_ = std::make_shared<Standings>();
  Peaks peaks_;
  std::array<BodyPtr, 4> bodies_;  // of frame_, by encoding

  std::mutex render_mutex_;  // held while a body is made; taken before mutex_
  Renderer renderer_;
  std::vector<Peak> shown_;
  size_t last_size_ = 0;  // of a plain body; the next one is about as long
};

Exposition::Exposition(const CollectorConfig& config, MachineInfo machine, SelfMetrics& self,
                       const Clock& clock)
    : impl_(std::make_unique<Impl>(config, std::move(machine), self, clock)) {}
Exposition::~Exposition() = default;
void Exposition::Observe(FramePtr frame) { impl_->Observe(std::move(frame)); }
void Exposition::Observe(std::shared_ptr<const Standings> standings) { impl_->Observe(std::move(standings)); }
std::shared_ptr<const std::string> Exposition::Body(Encoding encoding, Asker asker) {
  return impl_->Body(encoding, asker);
}
bool Exposition::HasFrame() const { return impl_->HasFrame(); }
void Exposition::Reconfigure(const CollectorConfig& config) { impl_->Reconfigure(config); }

}  // namespace plimsoll::exposition
