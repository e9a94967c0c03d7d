#include "exporter/serve.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <mutex>

#include "config/load.h"
#include "exporter/api/api.h"
#include "exporter/collect/collector.h"
#include "exporter/collect/machine.h"
#include "exporter/exposition/exposition.h"
#include "exporter/exposition/self_metrics.h"
#include "exporter/exposition/store_metrics.h"
#include "exporter/http/landing.h"
#include "exporter/http/server.h"
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

}  // namespace

class Exporter::Impl {
 public:
  explicit Impl(ServeOptions options) : options_(std::move(options)) {}
  ~Impl() { Stop(); }

  Result<void> Start() {
    Result<Config> config = Load();
    if (!config) return tl::unexpected(config.error());
    config_ = std::move(*config);
    self_.SetReload(true, clock_.Wall());
    const MachineInfo machine = collect::ReadMachineInfo(options_.paths);
    exposition_.emplace(config_.collector, machine, self_, clock_);
    if (auto opened = OpenStore(machine); !opened) return opened;
    if (auto started = Look(); !started) return started;
    return Serve();
  }

  void Stop() {
    if (server_) server_->Stop();
    const std::lock_guard lock(reload_mutex_);
    lookout_.reset();
    if (store_) store_->Stop();
  }

  Result<void> Reload() {
    const std::lock_guard lock(reload_mutex_);
    Result<Config> config = Load();
    if (!config) {
      self_.SetReload(false, clock_.Wall());
      log::Error("configuration not reloaded; the old one stays", {{"err", config.error().message}});
      return tl::unexpected(config.error());
    }
    const Config before = std::exchange(config_, std::move(*config));
    exposition_->Reconfigure(config_.collector);
    if (before.storage.path != config_.storage.path)
      log::Warn("storage.path changes with the next start only", {{"path", before.storage.path}});
    config_.storage.path = before.storage.path;
    store_->Reconfigure(config_.storage);
    if (SameRuntimes(before.collector, config_.collector)) {
      lookout_->collector.Reconfigure(config_.collector);
    } else if (auto started = Look(); !started) {
      return started;
    }
    self_.SetReload(true, clock_.Wall());
    log::Info("configuration reloaded", {{"file", options_.config_file}});
    return {};
  }

  std::vector<std::string> addresses() const {
    return server_ ? server_->addresses() : std::vector<std::string>();
  }

 private:
  Result<Config> Load() const {
    Config config;
    if (!options_.config_file.empty()) {
      LoadedConfig loaded = LoadConfigFile(options_.config_file);
      if (!loaded.faults.empty()) return Fail(FormatFaults(options_.config_file, loaded.faults));
      config = std::move(loaded.config);
    }
    // Better no start than someone who waits for a message that never comes.
    if (!config.alerting.receivers.empty() || !config.alerting.heartbeat.url.empty())
      return Fail(
          options_.config_file +
          ": alerting: this version judges no rules and sends no notifications yet; take `receivers` and "
          "`heartbeat` out");
    if (options_.interval) config.collector.interval = *options_.interval;
    if (!options_.storage_path.empty()) config.storage.path = options_.storage_path;
    return config;
  }

  Result<void> OpenStore(const MachineInfo& machine) {
    auto store = rollup::Store::Open(config_.storage, clock_);
    if (!store) return tl::unexpected(store.error());
    store_ = std::move(*store);
    api::ApiSources sources;
    sources.store = store_.get();
    sources.clock = &clock_;
    sources.newest_frame = [this] { return newest_.load(); };
    sources.settings = [this] {
      const std::lock_guard lock(reload_mutex_);
      return api::ApiSettings{config_.collector.interval, config_.storage.retention};
    };
    sources.enable_admin_api = options_.enable_admin_api;
    sources.version = kVersion;
    sources.cores = machine.cpu_cores;
    sources.memory_bytes = machine.memory_bytes;
    api_.emplace(std::move(sources));
    store_->Start([this](std::shared_ptr<const ReadingSet> set) { api_->Observe(std::move(set)); },
                  [this](std::chrono::nanoseconds took, bool) {
                    self_.ObserveStore(FiguresOf(store_->status(), took));
                  });
    return {};
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
  }

  Result<void> Serve() {
    http::ServerOptions server;
    server.listen_addresses = options_.listen_addresses;
    server.web_config_file = options_.web_config_file;
    server.on_request = [this](std::string_view route, int status, std::chrono::nanoseconds duration) {
      self_.CountHttp(route, status, duration);
    };
    server_.emplace(std::move(server));
    server_->Handle("GET", options_.telemetry_path, [this](const http::Request& r) { return Metrics(r); });
    api_->Routes(*server_);
    server_->Handle("GET", "/", [this](const http::Request&) {
      return http::LandingPage("Plimsoll", kVersion,
                               {{options_.telemetry_path, "metrics for Prometheus"},
                                {"/api/v1/containers", "containers, as JSON"},
                                {"/api/v1/openapi.yaml", "all of the JSON API, described"},
                                {"/-/healthy", "alive?"},
                                {"/-/ready", "has it read the host?"}});
    });
    server_->Handle("GET", "/-/healthy",
                    [](const http::Request&) { return http::TextResponse(200, "Plimsoll is healthy.\n"); });
    server_->Handle("GET", "/-/ready", [this](const http::Request&) {
      return exposition_->HasFrame() ? http::TextResponse(200, "Plimsoll is ready.\n")
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
    response.body = exposition_->Body(encoding);
    if (!response.body)
      return http::ErrorResponse(503, "NOT_READY", "the host was not read yet; ask again in a second");
    store_->NoteScrape();
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
    return http::TextResponse(200, "Plimsoll ends.\n");
  }

  const ServeOptions options_;
  const SystemClock clock_;
  Config config_;
  exposition::SelfMetrics self_;
  std::optional<exposition::Exposition> exposition_;
  std::atomic<FramePtr> newest_;
  std::unique_ptr<rollup::Store> store_;
  std::optional<api::Api> api_;
  std::mutex reload_mutex_;  // guards config_ and lookout_
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
