#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "config/config.h"
#include "exporter/exposition/self_metrics.h"
#include "exporter/exposition/standing.h"
#include "model/clock.h"
#include "model/frame.h"

namespace plimsoll::exposition {

enum class Format { kText, kOpenMetrics };  // text 0.0.4, OpenMetrics 1.0.0

// A probe (HEAD) takes no figures: the peaks of its body are still to be shown.
enum class Asker { kScraper, kProbe };

// What a scraper asked for, decided from its headers (RFC 9110 section 12.5).
struct Encoding {
  Format format = Format::kText;
  bool gzip = false;
};
Encoding Negotiate(std::string_view accept, std::string_view accept_encoding);

// "text/plain; version=0.0.4; charset=utf-8" or the OpenMetrics one.
const char* ContentType(Format format);

// Turns the newest frame into the body of /metrics. Every method is thread-safe.
// Between scrapes it holds the frame, one label block per container and the
// bodies of that frame that were asked for; those go with the next frame.
class Exposition {
 public:
  // `self` and `clock` must outlive the exposition. `self` is told of every
  // frame and every rendering from here; nobody else needs to.
  Exposition(const CollectorConfig& config, MachineInfo machine, SelfMetrics& self, const Clock& clock);
  ~Exposition();

  // A new frame was born. Cheap (peaks are noted); nothing is rendered until someone asks.
  void Observe(FramePtr frame);

  // How containers stand to their load lines from now on; never null. Shown with the newest frame too.
  void Observe(std::shared_ptr<const Standings> standings);

  // The body for the newest frame; never null once a frame was observed. A
  // frame is rendered and compressed at most once per encoding, however many ask;
  // those who come meanwhile wait for that one rendering. Throws std::bad_alloc alone.
  std::shared_ptr<const std::string> Body(Encoding encoding, Asker asker = Asker::kScraper);

  bool HasFrame() const;
  // Allowlist and groups of the next body, also of the same frame.
  void Reconfigure(const CollectorConfig& config);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace plimsoll::exposition
