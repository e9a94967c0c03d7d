#include "exporter/runtime/engine_watcher.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>

#include "exporter/runtime/cgroup_name.h"
#include "model/log.h"

namespace plimsoll::runtime {
namespace {

constexpr size_t kMaxAnswerBytes = size_t{4} << 20;
constexpr size_t kMaxListBytes = size_t{64} << 20;
constexpr size_t kMaxEventBytes = size_t{1} << 20;
// Of an engine that any local user may have made up. JSON takes 25 times its text while it is read.
constexpr size_t kMaxUsersAnswerBytes = size_t{256} << 10;
constexpr size_t kMaxUsersListBytes = size_t{1} << 20;
constexpr size_t kMaxUsersPending = 1024;
constexpr size_t kMaxUsersPendingBytes = size_t{1} << 20;  // of the events that wait with them
constexpr size_t kMaxUneventful = kMaxUsersPending / 2;    // leaves room for what happens meanwhile

constexpr std::chrono::milliseconds kBetweenLooks{1000};  // for a sign of life
constexpr std::chrono::milliseconds kListTimeout{
    30000};  // an engine with thousands of containers takes its time

// {"type":["container"],"event":["start","die",...]}, so that an engine whose health
// checks run every second does not tell us of each. Podman filters by its own
// names ("died", "remove") and then tells Docker's.
constexpr const char* kEventFilter =
    "%7B%22type%22%3A%5B%22container%22%5D%2C%22event%22%3A%5B%22start%22%2C%22die%22%2C%22died%22%2C%22oom%"
    "22%2C%"
    "22destroy%22%2C"
    "%22remove%22%2C%22rename%22%2C%22health_status%22%2C%22pause%22%2C%22unpause%22%2C%22update%22%2C%"
    "22restart%22"
    "%5D%7D";

bool IsReadable(int fd) {
  pollfd one{fd, POLLIN, 0};
  return ::poll(&one, 1, 0) > 0;
}

std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, std::max<size_t>(slash, 1));
}

}  // namespace

EngineWatcher::EngineWatcher(EngineOptions options, EngineListener& listener)
    : options_(std::move(options)),
      listener_(listener),
      stop_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      max_answer_bytes_(options_.user == 0 ? kMaxAnswerBytes : kMaxUsersAnswerBytes),
      max_list_bytes_(options_.user == 0 ? kMaxListBytes : kMaxUsersListBytes),
      max_event_bytes_(options_.user == 0 ? kMaxEventBytes : kMaxUsersAnswerBytes),
      runtime_(options_.runtime) {
  health_.runtime = options_.runtime;
  health_.endpoint = "unix://" + options_.socket_path;
}

EngineWatcher::~EngineWatcher() {
  Stop();
  if (stop_fd_ >= 0) ::close(stop_fd_);
  if (wake_fd_ >= 0) ::close(wake_fd_);
}

void EngineWatcher::Start() {
  if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
}

void EngineWatcher::Stop() {
  if (!thread_.joinable()) return;
  ::eventfd_write(stop_fd_, 1);
  thread_.join();
  eventfd_t count = 0;
  ::eventfd_read(stop_fd_, &count);
}

void EngineWatcher::Ask(const std::string& id) {
  const std::lock_guard lock(mutex_);
  if (!health_.up) return;  // the resync will find it
  // Of those that are left out it will be asked again.
  if (options_.user != 0 && asked_.size() >= kMaxUneventful) return;
  asked_.push_back(id);
  ::eventfd_write(wake_fd_, 1);
}

std::optional<RuntimeHealth> EngineWatcher::health() const {
  const std::lock_guard lock(mutex_);
  if (!seen_ && !options_.is_configured) return std::nullopt;
  return health_;
}

RuntimeKind EngineWatcher::runtime() const {
  const std::lock_guard lock(mutex_);
  return health_.runtime;
}

bool EngineWatcher::MayConnect() {
  if (!options_.sign.look) return true;
  auto life = options_.sign.look();
  const auto now = std::chrono::steady_clock::now();
  if (life != life_) {
    life_ = std::move(life);
    trusted_from_ = now + options_.sign.patience;
  }
  return life_ && now >= trusted_from_;
}

void EngineWatcher::Run() {
  ::pthread_setname_np(::pthread_self(), "runtime-engine");
  auto pause = options_.first_backoff;
  for (;;) {
    if (!MayConnect()) {
      SetAsleep();
      if (WaitToRetry(std::min(options_.last_backoff, kBetweenLooks)) == Waited::kStopped) break;
      continue;
    }
    const auto followed = Follow();
    questions_.reset();
    if (IsReadable(stop_fd_)) break;
    if (std::exchange(was_live_, false)) {
      pause = options_.first_backoff;
      trusted_from_ = std::chrono::steady_clock::now() + options_.stopping;
      listener_.OnLost(options_.number);
    }
    if (std::exchange(is_unwanted_, false) && !options_.is_configured) {
      SetAsleep();
      pause = options_.last_backoff;
    } else {
      SetDown(followed.error());
    }
    const Waited waited = WaitToRetry(pause);
    if (waited == Waited::kStopped) break;
    // One that has just made its socket may refuse the first call, and is not left alone for long because of
    // it.
    pause = waited == Waited::kAppeared ? options_.first_backoff : std::min(pause * 2, options_.last_backoff);
  }
}

Result<std::string> EngineWatcher::Get(const std::string& target, size_t max_bytes,
                                       std::chrono::milliseconds timeout) {
  auto answer = questions_->Get(target, {timeout, max_bytes});
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status != 200) {
    const std::string message = ParseErrorMessage(answer->body);
    return Fail("GET " + target + ": status " + std::to_string(answer->status) +
                (message.empty() ? "" : ": " + message));
  }
  return std::move(answer->body);
}

Result<void> EngineWatcher::Follow() {
  unanswered_.clear();
  partial_line_.clear();
  order_.clear();
  pending_.clear();
  const auto when_ended = options_.sign.stops_slowly ? HttpConversation::WhenEnded::kFail
                                                     : HttpConversation::WhenEnded::kConnectAgain;
  questions_.emplace(options_.socket_path, when_ended, stop_fd_);
  // Without a version in its path, /version is answered by every engine.
  const auto version_text = Get("/version", max_answer_bytes_, options_.answer_timeout);
  if (!version_text) return tl::unexpected(version_text.error());
  const auto engine = ParseEngineVersion(*version_text);
  if (!engine) return tl::unexpected(engine.error().In("GET /version"));
  SetRuntime(engine->is_podman ? RuntimeKind::kPodman : options_.runtime);
  if (options_.wanted && !options_.wanted(runtime_)) {
    is_unwanted_ = true;
    return Fail("an engine that collector.runtimes leaves out");
  }
  api_ = "/v" + ChooseApiVersion(*engine);
  auto events = HttpStream::Open(options_.socket_path, api_ + "/events?filters=" + kEventFilter,
                                 options_.answer_timeout, max_event_bytes_, stop_fd_);
  if (!events) return tl::unexpected(events.error());
  // Proxies that filter what is asked refuse this one, and all that is wanted of it is one path.
  const auto info = Get(api_ + "/info", max_answer_bytes_, options_.answer_timeout);
  if (const auto synced = Resync(*events); !synced) return synced;
  was_live_ = true;
  SetUp(engine->version);
  listener_.OnLive(options_.number, info ? ParseDataRoot(*info) : std::string());
  for (;;) {
    TakeAsked();
    const auto inspected = InspectNext();
    if (!inspected) return inspected;
    if (const auto kept = KeepConversation(); !kept) return kept;
    const auto read = ReadEvents(*events, Pause());
    if (!read) return read;
  }
}

// The connection for questions has to last, as there may be no other.
Result<void> EngineWatcher::KeepConversation() {
  const auto now = std::chrono::steady_clock::now();
  if (!options_.sign.stops_slowly || now < next_ping_) return {};
  next_ping_ = now + options_.ask_every;
  const auto pong = Get("/_ping", max_answer_bytes_, kListTimeout);
  if (!pong) return tl::unexpected(pong.error());
  return {};
}

Result<void> EngineWatcher::Resync(HttpStream& events) {
  const auto text = Get(api_ + "/containers/json?all=1", max_list_bytes_, kListTimeout);
  if (!text) return tl::unexpected(text.error());
  const auto listed = ParseContainerList(*text);
  if (!listed) return tl::unexpected(listed.error().In("GET /containers/json"));
  const std::vector<std::string> ids = listener_.IdsOf(options_.number);
  std::set<std::string> there;
  std::deque<std::string> listed_ids;  // to inspect
  for (const ListedContainer& container : *listed) {
    there.insert(container.id);
    if (container.is_active || listener_.IsWanted(container.id)) listed_ids.push_back(container.id);
  }
  for (const std::string& id : ids)
    if (!there.contains(id)) listener_.OnEnded(options_.number, id, std::nullopt, std::nullopt);
  while (!order_.empty() || !listed_ids.empty()) {
    for (; !listed_ids.empty() && pending_.size() < kMaxUneventful; listed_ids.pop_front())
      Enqueue(listed_ids.front(), std::nullopt);
    // The engine drops a listener that does not keep up.
    if (auto read = ReadEvents(events, Pause()); !read) return read;
    if (auto inspected = InspectNext(); !inspected) return inspected;
  }
  return {};
}

Result<void> EngineWatcher::ReadEvents(HttpStream& events, std::chrono::milliseconds wait) {
  const auto bytes = events.Read(wait, wake_fd_);
  if (!bytes) return tl::unexpected(bytes.error().In("events"));
  partial_line_ += *bytes;
  size_t begin = 0;
  for (size_t end = partial_line_.find('\n'); end != std::string::npos;
       end = partial_line_.find('\n', begin)) {
    const std::string_view line = std::string_view(partial_line_).substr(begin, end - begin);
    begin = end + 1;
    if (line.empty() || line == "\r") continue;
    auto event = ParseEvent(line);
    if (!event) return tl::unexpected(event.error().In("events"));
    if (*event) OnEvent(std::move(**event), line.size());
    if (IsFlooded()) return Fail("events: more than can be followed");
  }
  partial_line_.erase(0, begin);
  if (partial_line_.size() > max_event_bytes_) return Fail("events: one is too long");
  return {};
}

// The resync finds what is then left out.
bool EngineWatcher::IsFlooded() const {
  if (options_.user == 0) return false;
  size_t bytes = 0;
  for (const auto& [id, pending] : pending_) bytes += pending.event_bytes;
  return pending_.size() > kMaxUsersPending || bytes > kMaxUsersPendingBytes;
}

void EngineWatcher::OnEvent(EngineEvent event, size_t bytes) {
  if (event.action == "destroy" || event.action == "remove") {
    // Not yet inspected: what its last event said is all there will be.
    if (const auto found = pending_.find(event.id); found != pending_.end()) {
      if (found->second.event)
        listener_.OnMentioned(options_.number, ContainerOfEvent(*found->second.event, runtime_));
      pending_.erase(found);
      std::erase(order_, event.id);
    }
    listener_.OnEnded(options_.number, event.id, std::nullopt, std::nullopt);
    return;
  }
  // The exit code is gone as soon as the container runs again.
  if (event.action == "die") listener_.OnEnded(options_.number, event.id, event.exit_code, event.at);
  const std::string id = event.id;
  Enqueue(id, std::move(event), bytes);
}

void EngineWatcher::Enqueue(const std::string& id, std::optional<EngineEvent> event, size_t bytes) {
  const auto [at, is_new] = pending_.try_emplace(id);
  if (is_new) order_.push_back(id);
  at->second.tries = 0;
  if (!event) return;
  at->second.was_updated = at->second.was_updated || event->action == "update";
  at->second.event = std::move(event);
  at->second.event_bytes = bytes;
}

void EngineWatcher::TakeAsked() {
  std::vector<std::string> asked;
  {
    const std::lock_guard lock(mutex_);
    asked.swap(asked_);
    eventfd_t count = 0;
    ::eventfd_read(wake_fd_, &count);
  }
  for (const std::string& id : asked)
    if (options_.user == 0 || pending_.size() < kMaxUneventful) Enqueue(id, std::nullopt);
}

Result<Container> EngineWatcher::Inspect(const std::string& id) {
  const std::string target = api_ + "/containers/" + id + "/json";
  const auto answer = questions_->Get(target, {options_.answer_timeout, max_answer_bytes_});
  if (!answer) {
    if (questions_->was_too_large())
      unanswered_.clear();
    else
      unanswered_.insert(id);
    return tl::unexpected(answer.error());
  }
  unanswered_.clear();
  if (answer->status != 200) return Fail("GET " + target + ": status " + std::to_string(answer->status));
  auto who = ParseInspection(answer->body, runtime_);
  if (!who) return tl::unexpected(who.error().In("GET " + target));
  if (who->id != id) return Fail("GET " + target + ": describes another container");
  return who;
}

// One container that cannot be inspected must not keep the others from being
// followed: only several that get no answer at all are a lost engine.
Result<void> EngineWatcher::InspectNext() {
  constexpr size_t kLostAfter = 3;
  if (order_.empty()) return {};
  const std::string id = std::move(order_.front());
  order_.pop_front();
  Pending pending = std::move(pending_[id]);
  pending_.erase(id);
  auto who = Inspect(id);
  if (who) {
    listener_.OnDescribed(options_.number, std::move(*who));
    if (pending.was_updated) listener_.OnUpdated(options_.number, id);
    return {};
  }
  if (unanswered_.size() >= kLostAfter || IsReadable(stop_fd_)) return tl::unexpected(who.error());
  OnNotInspected(id, std::move(pending), who.error());
  return {};
}

void EngineWatcher::OnNotInspected(const std::string& id, Pending pending, const Error& error) {
  // 404: gone meanwhile, or another engine's. Podman answers 500 while it removes one.
  constexpr int kTries = 3;
  const bool is_gone = error.message.ends_with("status 404");
  if (!is_gone && !questions_->was_too_large() && ++pending.tries < kTries) {
    order_.push_back(id);
    pending_[id] = std::move(pending);
    return;
  }
  if (pending.event) listener_.OnMentioned(options_.number, ContainerOfEvent(*pending.event, runtime_));
  constexpr size_t kRemembered = 64;
  if (is_gone || complaints_.size() >= kRemembered || !complaints_.insert(error.message).second) return;
  log::Warn("container cannot be inspected", {{"runtime", RuntimeName(runtime_)}, {"err", error.message}});
}

// How long to wait for events before the next inspection: not at all, but that
// a failed one is not repeated at once.
std::chrono::milliseconds EngineWatcher::Pause() const {
  if (order_.empty()) return options_.sign.stops_slowly ? options_.ask_every : std::chrono::milliseconds(-1);
  const auto next = pending_.find(order_.front());
  return std::chrono::milliseconds(next != pending_.end() && next->second.tries > 0 ? 100 : 0);
}

void EngineWatcher::SetUp(const std::string& version) {
  {
    const std::lock_guard lock(mutex_);
    seen_ = true;
    health_.up = true;
    health_.version = version;
    health_.last_error.clear();
  }
  said_.clear();
  complaints_.clear();
  log::Info("container engine connected", {{"runtime", RuntimeName(runtime_)},
                                           {"endpoint", "unix://" + options_.socket_path},
                                           {"version", version}});
}

void EngineWatcher::SetRuntime(RuntimeKind runtime) {
  runtime_ = runtime;
  const std::lock_guard lock(mutex_);
  health_.runtime = runtime;
}

void EngineWatcher::SetDown(const Error& error) {
  const bool is_there = ::access(options_.socket_path.c_str(), F_OK) == 0 || errno != ENOENT;
  const auto now = std::chrono::steady_clock::now();
  gone_since_ = is_there ? std::nullopt : std::optional(gone_since_.value_or(now));
  {
    const std::lock_guard lock(mutex_);
    seen_ = is_there || (seen_ && now - *gone_since_ < options_.keep_gone);
    health_.up = false;
    health_.last_error = error.message;
    asked_.clear();
    if (!seen_ && !options_.is_configured) return;
  }
  if (said_ == error.message) return;
  said_ = error.message;
  log::Warn("container engine unreachable; retrying", {{"runtime", RuntimeName(runtime_)},
                                                       {"endpoint", "unix://" + options_.socket_path},
                                                       {"err", error.message}});
}

// It does not run, which is nobody's fault.
void EngineWatcher::SetAsleep() {
  const std::lock_guard lock(mutex_);
  seen_ = false;
  health_.up = false;
  asked_.clear();
}

// A socket that appears ends the pause: an engine that starts is followed at once.
EngineWatcher::Waited EngineWatcher::WaitToRetry(std::chrono::milliseconds pause) {
  const auto until = std::chrono::steady_clock::now() + pause;
  const std::string name = options_.socket_path.substr(options_.socket_path.rfind('/') + 1);
  const int appears = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (appears >= 0)
    ::inotify_add_watch(appears, ParentOf(options_.socket_path).c_str(), IN_CREATE | IN_MOVED_TO | IN_ATTRIB);
  Waited waited = Waited::kInVain;
  while (waited == Waited::kInVain) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    if (left <= 0) break;
    pollfd fds[2] = {{stop_fd_, POLLIN, 0}, {appears, POLLIN, 0}};
    ::poll(fds, 2, static_cast<int>(left));
    alignas(inotify_event) char buffer[4096];
    const ssize_t n = appears >= 0 ? ::read(appears, buffer, sizeof buffer) : -1;
    for (ssize_t at = 0; at < n;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      if (event->len > 0 && name == event->name) waited = Waited::kAppeared;
    }
    if (fds[0].revents != 0) waited = Waited::kStopped;
  }
  if (appears >= 0) ::close(appears);
  return waited;
}

}  // namespace plimsoll::runtime
