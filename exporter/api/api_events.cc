#include "exporter/api/api_events.h"

#include <charconv>

#include "exporter/api/answer.h"
#include "exporter/api/parameters.h"
#include "exporter/api/resources.h"

namespace plimsoll::api {
namespace {

constexpr std::chrono::milliseconds kPatience{250};  // as http::Stream asks
constexpr std::chrono::seconds kKeepalive{15};

// What no listener of ours was ever given counts as none.
std::optional<uint64_t> ParseEventId(std::string_view text) {
  uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || id == UINT64_MAX)
    return std::nullopt;
  return id;
}

void Send(http::Stream& stream, const Clock& clock, EventHub& hub, std::optional<uint64_t> last_seen,
          uint32_t container) {
  EventHub::Listener listener(hub, last_seen, container);
  // Sends the head on its way; the time is how long a browser waits before it comes again.
  MonoTime written = clock.Mono();
  if (!stream.Write("retry: 5000\n\n")) return;
  while (stream.open()) {
    std::string text = listener.Next(kPatience);
    if (text.empty() && clock.Mono() - written >= kKeepalive) text = ": keepalive\n\n";
    if (text.empty()) continue;
    written = clock.Mono();
    if (!stream.Write(text)) return;
  }
}

// The container to listen to; 0: all.
tl::expected<uint32_t, http::Response> TakeContainer(const ApiSources& sources, const http::Query& query) {
  const std::string* text = query.Find("container_id");
  if (!text) return 0;
  const auto id = ParseId(*text);
  if (!id)
    return tl::unexpected(BadParameter(Error{"container_id must be a container's id, not " + Shown(*text)}));
  const auto known = IsKnown(sources, *id);
  if (known && !*known) return tl::unexpected(NoSuchContainer(*text));
  return *id;  // also when the disk cannot tell: it may come back
}

}  // namespace

http::Response GetEvents(const ApiSources& sources, EventHub& hub, const http::Request& request) {
  const auto query = http::Query::Parse(request.query, {"container_id", "last_event_id"});
  if (!query) return BadParameter(query.error());
  const auto container = TakeContainer(sources, *query);
  if (!container) return container.error();
  std::string_view last = request.Header("Last-Event-ID");
  if (const std::string* given = query->Find("last_event_id"); given && last.empty()) last = *given;

  http::Response response;
  response.content_type = "text/event-stream; charset=utf-8";
  response.headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};
  response.stream = [&clock = *sources.clock, &hub, last_seen = ParseEventId(last),
                     id = *container](http::Stream& stream) { Send(stream, clock, hub, last_seen, id); };
  return response;
}

}  // namespace plimsoll::api
