#include "exporter/serve.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <random>

#include "alerting/notify/curl_sender.h"
#include "alerting/sidecar/sidecar.h"
#include "config/load.h"
#include "exporter/api/api.h"
#include "exporter/collect/collector.h"
#include "exporter/collect/machine.h"
#include "exporter/exposition/alert_metrics.h"
#include "exporter/exposition/exposition.h"
#include "exporter/exposition/self_metrics.h"
#include "exporter/exposition/store_metrics.h"
#include "exporter/http/server.h"
#include "exporter/page/page.h"
#include "exporter/service/service_notice.h"
#include "model/log.h"
#include "model/version.h"
#include "rollup/store.h"

namespace plimsoll {
namespace {

// Everything that looks at the host. Remade as a whole when a reload names other runtimes.
struct Lookout {
  Lookout(const CollectorConfig& config, const runtime::HostPaths& paths, const Clock& clock,
          collect::Collector::Publish publish)
      : directory(config, paths, clock), collector(config, paths, directory, clock, std::move(publish)) {}

  Result<void> Start() {
    directory.Start();
    return collector.Start();
  }

  runtime::Directory directory;
  collect::Collector collector;
};

bool SameRuntimes(const CollectorConfig& a, const CollectorConfig& b) {
  return a.runtimes == b.runtimes && a.docker == b.docker && a.podman == b.podman &&
         a.containerd == b.containerd;
}

exposition::StoreFigures FiguresOf(const rollup::StoreStatus& status, std::chrono::nanoseconds write) {
  exposition::StoreFigures figures;
  figures.write = write;
  figures.up = status.writing;
  figures.file_bytes = status.file_bytes;
  figures.wal_bytes = status.wal_bytes;
  figures.free_bytes = status.free_bytes;
  figures.rows_written = status.rows_written;
  figures.rows_deleted = status.rows_deleted;
  figures.frames_dropped = status.frames_dropped;
  figures.damaged_files = status.damaged_files;
  figures.size_bound_drops = status.size_bound_drops;
  figures.write_errors = status.write_errors;
  return figures;
}

exposition::AlertFigures FiguresOf(const alerting::SidecarFigures& sidecar) {
  exposition::AlertFigures figures;
  figures.pending = sidecar.pending;
  figures.firing = sidecar.firing;
  figures.recovering = sidecar.recovering;
  figures.transitions = sidecar.transitions;
  for (const auto& [of, count] : sidecar.notifications)
    figures.notifications.push_back({of.first, of.second, count});
  figures.outbox_depth = sidecar.depth;
  figures.outbox_oldest = sidecar.oldest;
  return figures;
}

// How each container of the set stands, for /metrics.
std::shared_ptr<const exposition::Standings> StandingsOf(const ReadingSet& set,
                                                         const alerting::Sidecar& sidecar) {
  using alerting::CombinedState;
  const std::vector<alerting::ContainerAlerts> alerts = sidecar.Of(set);
  auto standings = std::make_shared<exposition::Standings>();
  standings->reserve(alerts.size());
  for (size_t i = 0; i < alerts.size(); ++i) {
    const CombinedState state = alerts[i].combined;
    const bool both = state == CombinedState::kBothAlert;
    standings->push_back({set.containers[i].sample->incarnation, both || state == CombinedState::kCpuAlert,
                          both || state == CombinedState::kMemAlert, alerts[i].cpu_breaches,
                          alerts[i].memory_breaches});
  }
  std::sort(standings->begin(), standings->end(),
            [](const auto& a, const auto& b) { return a.incarnation < b.incarnation; });
  return standings;
}

// Whether the host is where the flags say. Without this a wrong path would be a host without processes or
// containers.
Result<void> CheckPaths(const runtime::HostPaths& paths) {
  const std::string stat = paths.procfs + "/stat";
  if (::access(stat.c_str(), R_OK) != 0)
    return tl::unexpected(ErrnoError(stat).In("--path.procfs is not the host's /proc"));
  if (::access((paths.rootfs + "/.").c_str(), X_OK) != 0)
    return tl::unexpected(ErrnoError(paths.rootfs).In("--path.rootfs is not the host's /"));
  return {};
}

}  // namespace

class Exporter::Impl {
 public:
  explicit Impl(ServeOptions options) : options_(std::move(options)) {}
  ~Impl() { Stop(); }

  Result<void> Start() {
    Result<Config> config = Load();
    if (!config) return tl::unexpected(config.error());
    if (auto found = CheckPaths(options_.paths); !found) return found;
    config_ = std::move(*config);
    self_.SetReload(true, clock_.Wall());
    machine_ = collect::ReadMachineInfo(options_.paths);
    exposition_.emplace(config_.collector, machine_, self_, clock_);
    if (auto opened = OpenStore(); !opened) return opened;
    StartWatch();
    MakeApi();
    StartStore();
    if (auto started = Look(); !started) return started;
    if (auto served = Serve(); !served) return served;
    TellReady();
    TellStart();
    return {};
  }

  void Stop() {
    notice_.Stopping();
    if (server_) server_->Stop();
    if (sidecar_) sidecar_->Stop();  // what was delivered is still written
    const std::lock_guard lock(reload_mutex_);
    lookout_.reset();
    if (store_) store_->Stop();
  }

  Result<void> Reload() {
    const std::lock_guard lock(reload_mutex_);
    notice_.Reloading();
    const Result<void> reloaded = TakeConfig();
    TellReady();  // a refused file, too, ends the reload: the old one serves on
    return reloaded;
  }

  std::vector<std::string> addresses() const {
    return server_ ? server_->addresses() : std::vector<std::string>();
  }

 private:
  // With reload_mutex_ held.
  Result<void> TakeConfig() {
    Result<Config> config = Load();
    if (!config) {
      self_.SetReload(false, clock_.Wall());
      config_fault_ = config.error().message;
      log::Error("configuration not reloaded; the old one stays", {{"err", config.error().message}});
      return tl::unexpected(config.error());
    }
    const Config before = std::exchange(config_, std::move(*config));
    exposition_->Reconfigure(config_.collector);
    if (before.storage.path != config_.storage.path)
      log::Warn("storage.path changes with the next start only", {{"path", before.storage.path}});
    config_.storage.path = before.storage.path;
    store_->Reconfigure(config_.storage);
    if (before.alerting != config_.alerting ||
        before.collector.container_labels != config_.collector.container_labels)
      sidecar_->Reconfigure(Watching());
    if (SameRuntimes(before.collector, config_.collector)) {
      lookout_->collector.Reconfigure(config_.collector);
    } else if (auto started = Look(); !started) {
      return started;
    }
    self_.SetReload(true, clock_.Wall());
    config_fault_.clear();
    log::Info("configuration reloaded", {{"file", options_.config_file}});
    return {};
  }

  void TellReady() {
    std::string status = "Serving on";
    for (const std::string& address : addresses()) status += " " + address;
    notice_.Ready(status);
  }

  void TellStart() const {
    const FramePtr first = newest_.load();
    log::Info("watching this host",
              {{"host", machine_.host_name},
               {"cgroups", std::to_string(first->set->containers.size())},
               {"config", options_.config_file.empty() ? "built-in defaults" : options_.config_file},
               {"storage", config_.storage.path},
               {"rules", std::to_string(config_.alerting.rules.size())},
               {"receivers", std::to_string(config_.alerting.receivers.size())}});
  }

  Result<Config> Load() const {
    Config config;
    if (!options_.config_file.empty()) {
      LoadedConfig loaded = LoadConfigFile(options_.config_file);
      if (!loaded.faults.empty()) return Fail(FormatFaults(options_.config_file, loaded.faults));
      config = std::move(loaded.config);
    }
    for (const std::string& name : UnusedReceivers(config.alerting))
      log::Warn(UnusedReceiverText(name), {{"hint", kUnusedReceiverAdvice}});
    if (options_.interval) config.collector.interval = *options_.interval;
    if (!options_.storage_path.empty()) config.storage.path = options_.storage_path;
    return config;
  }

  alerting::EngineConfig Watching() const {
    return {config_.alerting, config_.collector.container_labels, machine_.host_name};
  }

  Result<void> OpenStore() {
    auto store = rollup::Store::Open(config_.storage, clock_);
    if (!store) return tl::unexpected(store.error());
    store_ = std::move(*store);
    return {};
  }

  // Takes up the alerts where the last run left them.
  void StartWatch() {
    alerting::StoredAlerts stored;
    const auto load = [&](Database& database) { stored = alerting::LoadAlerts(database); };
    if (auto read = store_->Read(load); !read)
      log::Error("stored alert state cannot be read; all alerts start from normal",
                 {{"err", read.error().message}});
    const auto settings = store_->AlertSettings();
    if (!settings)
      log::Error("stored alert settings of the API cannot be read; ignoring them",
                 {{"err", settings.error().message}});
    alerting::SidecarWorld world;
    world.clock = &clock_;
    world.change = [this](const std::function<void(Database&)>& work) { return store_->Change(work); };
    world.make_sender = [] { return std::make_unique<alerting::CurlSender>(); };
    world.dice = [random = std::mt19937_64(std::random_device()())]() mutable {
      return std::uniform_real_distribution<double>(0, 1)(random);
    };
    world.on_notice = [this](const alerting::CombinedNotice& notice) { api_->Observe(notice); };
    world.is_healthy = [this] { return IsHealthy(); };
    sidecar_.emplace(Watching(), std::move(stored),
                     settings.value_or(std::vector<std::pair<uint32_t, AlertSetting>>()), std::move(world));
    store_->Attach(*sidecar_);
    sidecar_->Start();
  }

  // Whether containers are read on time and recorded.
  bool IsHealthy() {
    const FramePtr newest = newest_.load();
    if (!newest || !store_->status().writing) return false;
    const std::lock_guard lock(reload_mutex_);
    return clock_.Mono() - newest->set->mono < 3 * config_.collector.interval;
  }

  void MakeApi() {
    api::ApiSources sources;
    sources.store = store_.get();
    sources.alerts = &*sidecar_;
    sources.clock = &clock_;
    sources.newest_frame = [this] { return newest_.load(); };
    sources.settings = [this] {
      const std::lock_guard lock(reload_mutex_);
      return api::ApiSettings{config_.collector.interval, config_.storage.retention};
    };
    sources.more_parts = [this] { return MoreParts(); };
    sources.enable_admin_api = options_.enable_admin_api;
    sources.version = kVersion;
    sources.host_name = machine_.host_name;
    sources.cores = machine_.cpu_cores;
    sources.memory_bytes = machine_.memory_bytes;
    api_.emplace(std::move(sources));
  }

  std::vector<api::PartHealth> MoreParts() {
    std::vector<api::PartHealth> parts{NotifierHealth(), ConfigHealth()};
    if (options_.web_config_file.empty()) return parts;
    const std::string fault = server_->web_config_fault();
    parts.push_back({"web configuration", fault.empty(), fault});
    return parts;
  }

  api::PartHealth NotifierHealth() const {
    const std::string fault = sidecar_->DeliveryFault();
    return {"notifier", fault.empty(), fault.empty() ? "" : fault + " (see /api/v1/notifications)"};
  }

  api::PartHealth ConfigHealth() {
    const std::lock_guard lock(reload_mutex_);
    return {"configuration", config_fault_.empty(), config_fault_};
  }

  void StartStore() {
    store_->Start(
        [this](std::shared_ptr<const ReadingSet> set) {
          exposition_->Observe(StandingsOf(*set, *sidecar_));
          self_.ObserveAlerts(FiguresOf(sidecar_->Figures()));
          api_->Observe(std::move(set));
        },
        [this](std::chrono::nanoseconds took, bool) {
          self_.ObserveStore(FiguresOf(store_->status(), took));
        });
  }

  Result<void> Look() {
    lookout_.reset();
    lookout_ = std::make_unique<Lookout>(config_.collector, options_.paths, clock_,
                                         [this](FramePtr frame) { Publish(std::move(frame)); });
    return lookout_->Start();
  }

  // On the collector's thread: nobody here may make it wait.
  void Publish(FramePtr frame) {
    newest_.store(frame);
    exposition_->Observe(frame);
    store_->Observe(std::move(frame));
    notice_.Beat();
  }

  Result<void> Serve() {
    http::ServerOptions server;
    server.listen_addresses = options_.listen_addresses;
    server.web_config_file = options_.web_config_file;
    server.on_request = [this](std::string_view route, int status, std::chrono::nanoseconds duration) {
      self_.CountHttp(route, status, duration);
    };
    server.on_web_config = [this](bool successful) { self_.SetWebReload(successful, clock_.Wall()); };
    server_.emplace(std::move(server));
    server_->Handle("GET", options_.telemetry_path, [this](const http::Request& r) { return Metrics(r); });
    api_->Routes(*server_);
    page::AddRoutes(*server_, options_.telemetry_path);
    server_->Handle("GET", "/-/healthy",
                    [](const http::Request&) { return http::TextResponse(200, "Plimsoll is healthy.\n"); });
    server_->Handle("GET", "/-/ready", [this](const http::Request&) {
      // The API reads what the store has taken, a few milliseconds after /metrics.
      return exposition_->HasFrame() && store_->newest()
                 ? http::TextResponse(200, "Plimsoll is ready.\n")
                 : http::TextResponse(503, "Plimsoll has not read the host yet.\n");
    });
    for (const char* method : {"POST", "PUT"}) {
      server_->Handle(method, "/-/reload",
                      [this](const http::Request&) { return Lifecycle(&Impl::ReloadAnswer); });
      server_->Handle(method, "/-/quit",
                      [this](const http::Request&) { return Lifecycle(&Impl::QuitAnswer); });
    }
    return server_->Start();
  }

  http::Response Metrics(const http::Request& request) {
    const exposition::Encoding encoding =
        exposition::Negotiate(request.Header("Accept"), request.Header("Accept-Encoding"));
    http::Response response;
    response.content_type = exposition::ContentType(encoding.format);
    response.headers.emplace_back("Vary", "Accept, Accept-Encoding");
    if (encoding.gzip) response.headers.emplace_back("Content-Encoding", "gzip");
    const bool is_probe = request.method == "HEAD";
    response.body =
        exposition_->Body(encoding, is_probe ? exposition::Asker::kProbe : exposition::Asker::kScraper);
    if (!response.body)
      return http::ErrorResponse(503, "NOT_READY", "the host was not read yet; ask again in a second");
    if (is_probe) return response;
    store_->NoteScrape();
    sidecar_->NoteScrape();
    return response;
  }

  http::Response Lifecycle(http::Response (Impl::*answer)()) {
    if (options_.enable_lifecycle) return (this->*answer)();
    return http::ErrorResponse(
        403, "LIFECYCLE_DISABLED",
        "start Plimsoll with --web.enable-lifecycle to allow this, or send SIGHUP or SIGTERM");
  }

  http::Response ReloadAnswer() {
    const Result<void> reloaded = Reload();
    if (reloaded) return http::TextResponse(200, "Configuration reloaded.\n");
    return http::ErrorResponse(400, "BAD_CONFIG", reloaded.error().message);
  }

  http::Response QuitAnswer() {
    ::kill(::getpid(), SIGTERM);  // the one way to end: main waits for it
    return http::TextResponse(200, "Plimsoll is shutting down.\n");
  }

  const ServeOptions options_;
  const SystemClock clock_;
  service::ServiceNotice notice_{service::SettingsOfEnvironment(), clock_};
  MachineInfo machine_;
  Config config_;
  exposition::SelfMetrics self_;
  std::optional<exposition::Exposition> exposition_;
  std::atomic<FramePtr> newest_;
  std::unique_ptr<rollup::Store> store_;
  std::optional<alerting::Sidecar> sidecar_;
  std::optional<api::Api> api_;
  std::mutex reload_mutex_;   // guards config_, config_fault_ and lookout_
  std::string config_fault_;  // why the file that was last asked for is not in use; empty: it is
  std::unique_ptr<Lookout> lookout_;
  std::optional<http::Server> server_;
};

Exporter::Exporter(ServeOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Exporter::~Exporter() = default;
Result<void> Exporter::Start() { return impl_->Start(); }
void Exporter::Stop() { impl_->Stop(); }
Result<void> Exporter::Reload() { return impl_->Reload(); }
std::vector<std::string> Exporter::addresses() const { return impl_->addresses(); }

}  // namespace plimsoll
