#include "exporter/collect/collector.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "exporter/collect/census.h"
#include "exporter/collect/host.h"
#include "exporter/collect/recycler.h"
#include "model/log.h"

namespace plimsoll::collect {
namespace {

constexpr auto kHostInterval = std::chrono::seconds(1);
// At the start an engine's answer may come after the first beat; the names it
// brings are not kept waiting for a whole interval.
constexpr auto kStartPhase = std::chrono::seconds(5);
constexpr auto kSoon = std::chrono::milliseconds(50);

enum Tag : uint64_t { kTimer, kTree, kDirectory, kWake, kFirstCgroup };

timespec ToTimespec(MonoTime at) {
  const auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count();
  return {static_cast<time_t>(since / 1'000'000'000), static_cast<long>(since % 1'000'000'000)};
}

}  // namespace

class Collector::Impl {
 public:
  Impl(const CollectorConfig& config, runtime::HostPaths paths, runtime::Directory& directory,
       const Clock& clock, Publish publish)
      : config_(config),
        paths_(std::move(paths)),
        directory_(directory),
        clock_(clock),
        publish_(std::move(publish)),
        host_(paths_) {}

  ~Impl() { Stop(); }

  Result<void> Start() {
    Result<Hierarchies> trees = FindHierarchies(paths_.sysfs);
    if (!trees) return tl::unexpected(trees.error());
    epoll_ = Descriptor(::epoll_create1(EPOLL_CLOEXEC));
    timer_ = Descriptor(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
    wake_ = Descriptor(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!epoll_ || !timer_ || !wake_) return tl::unexpected(ErrnoError("collector"));
    const auto listen = [this](int fd, uint64_t tag) { Listen(fd, tag); };
    census_.emplace(config_, paths_, std::move(*trees), directory_, clock_,
                    [listen](int fd, uint64_t incarnation) { listen(fd, kFirstCgroup + incarnation); });
    Listen(timer_.get(), kTimer);
    Listen(wake_.get(), kWake);
    Listen(directory_.change_fd(), kDirectory);
    if (census_->watch_fd() >= 0) Listen(census_->watch_fd(), kTree);

    started_ = clock_.Mono();
    next_beat_ = next_host_ = started_;
    Beat();
    SetTimer();
    running_ = true;
    thread_ = std::thread([this] { Run(); });
    return {};
  }

  void Stop() {
    if (!thread_.joinable()) return;
    running_ = false;
    Wake();
    thread_.join();
  }

  void Reconfigure(const CollectorConfig& config) {
    {
      const std::lock_guard lock(mutex_);
      new_config_ = config;
    }
    Wake();
  }

 private:
  void Listen(int fd, uint64_t tag) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = tag;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
      log::Error("collector cannot listen", {{"err", std::strerror(errno)}});
  }

  void Wake() {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t n = ::write(wake_.get(), &one, sizeof one);  // full means awake already
  }

  void SetTimer() {
    itimerspec when{};
    const MonoTime next = std::min(next_beat_, next_host_);
    when.it_value = ToTimespec(early_beat_ ? std::min(next, *early_beat_) : next);
    ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
  }

  void Run() {
    ::pthread_setname_np(::pthread_self(), "collector");
    epoll_event events[64];
    while (running_) {
      const int n = ::epoll_wait(epoll_.get(), events, 64, -1);
      for (int i = 0; i < n; ++i) Handle(events[i].data.u64);
    }
  }

  void Handle(uint64_t tag) {
    uint64_t ignored;
    switch (tag) {
      case kTimer:
        [[maybe_unused]] ssize_t n;
        n = ::read(timer_.get(), &ignored, sizeof ignored);
        Beat();
        SetTimer();
        return;
      case kTree:
        census_->TakeTreeEvents();
        return;
      case kDirectory:
        if (census_->TakeIdentities() && clock_.Mono() - started_ < kStartPhase) {
          if (!early_beat_) early_beat_ = clock_.Mono() + kSoon;
          SetTimer();
        }
        return;
      case kWake:
        n = ::read(wake_.get(), &ignored, sizeof ignored);
        TakeConfig();
        return;
      default:
        census_->Notice(tag - kFirstCgroup);
    }
  }

  void TakeConfig() {
    std::optional<CollectorConfig> config;
    {
      const std::lock_guard lock(mutex_);
      config.swap(new_config_);
    }
    if (!config) return;
    config_ = std::move(*config);
    census_->Reconfigure(config_);
    // Together with a beat of the host: apart from it, every frame would be published twice.
    const MonoTime latest = std::min(next_beat_, clock_.Mono() + config_.interval);
    next_beat_ = next_host_;
    if (latest > next_host_) next_beat_ += (latest - next_host_) / kHostInterval * kHostInterval;
    SetTimer();
  }

  // One beat of whatever is due: the host, or the host and all containers.
  void Beat() {
    const MonoTime now = clock_.Mono();
    const bool host_due = now >= next_host_;
    const bool early = early_beat_ && now >= *early_beat_;
    const bool set_due = early || now >= next_beat_;
    if (host_due) {
      host_.Read(host_sample_);
      Advance(next_host_, kHostInterval, now, nullptr);
    }
    if (set_due) {
      host_.ReadDisks(host_sample_);
      set_ = census_->Read(host_sample_, host_.memory_free(), beats_skipped_);
      early_beat_.reset();
      if (now >= next_beat_) Advance(next_beat_, config_.interval, now, &beats_skipped_);
    }
    if (!host_due && !set_due) return;
    const std::shared_ptr<Frame> frame = frames_.Lend();
    frame->sequence = ++sequence_;
    frame->wall = clock_.Wall();
    frame->mono = now;
    frame->host = host_sample_;
    frame->set = set_;
    frame->set_is_new = set_due;
    publish_(frame);
  }

  // The next beat after `now`; those that were missed are skipped, not made up for.
  static void Advance(MonoTime& next, std::chrono::nanoseconds interval, MonoTime now, uint64_t* skipped) {
    next += interval;
    if (next > now) return;
    const auto missed = (now - next) / interval + 1;
    next += missed * interval;
    if (skipped) *skipped += static_cast<uint64_t>(missed);
  }

  CollectorConfig config_;
  const runtime::HostPaths paths_;
  runtime::Directory& directory_;
  const Clock& clock_;
  const Publish publish_;

  HostReader host_;
  HostSample host_sample_;
  std::optional<Census> census_;
  std::shared_ptr<const ContainerSet> set_;
  Recycler<Frame> frames_;
  uint64_t sequence_ = 0, beats_skipped_ = 0;
  MonoTime started_{}, next_beat_{}, next_host_{};
  std::optional<MonoTime> early_beat_;  // one besides, which moves none of the others

  Descriptor epoll_, timer_, wake_;
  std::thread thread_;
  std::atomic<bool> running_{false};
  std::mutex mutex_;  // guards new_config_
  std::optional<CollectorConfig> new_config_;
};

Collector::Collector(const CollectorConfig& config, runtime::HostPaths paths, runtime::Directory& directory,
                     const Clock& clock, Publish publish)
    : impl_(std::make_unique<Impl>(config, std::move(paths), directory, clock, std::move(publish))) {}
Collector::~Collector() = default;
Result<void> Collector::Start() { return impl_->Start(); }
void Collector::Stop() { impl_->Stop(); }
void Collector::Reconfigure(const CollectorConfig& config) { impl_->Reconfigure(config); }

}  // namespace plimsoll::collect
