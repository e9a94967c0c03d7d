#include "exporter/http/server.h"

#include <civetweb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <mutex>
#include <new>
#include <thread>

#include "exporter/http/listen_address.h"
#include "exporter/http/own_sockets.h"
#include "exporter/http/service.h"
#include "model/log.h"

namespace plimsoll::http {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kStopGrace{700};  // for answers in flight; the rest of the second is for the threads
constexpr milliseconds kRefreshInterval{1000};  // of the web config file
constexpr int kMaxHeadBytes = 16384;

// Threads inherit the mask: signals stay with main.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

class Server::Impl {
 public:
  explicit Impl(ServerOptions options) : options_(std::move(options)), service_(options_) {}

  Service& service() { return service_; }
  Result<void> Start();
  void Stop();
  std::vector<std::string> addresses() const;
  bool tls() const { return service_.access() && service_.access()->tls(); }
  std::string web_config_fault() const {
    return service_.access() ? service_.access()->fault() : std::string();
  }

 private:
  static Impl& Of(const mg_connection* connection) {
    return *static_cast<Impl*>(mg_get_user_data(mg_get_context(connection)));
  }
  static mg_callbacks Callbacks();
  static void* OnThread(const mg_context*, int type);
  static int OnOpened(const mg_connection* connection, void** data);
  static void OnClosed(const mg_connection* connection);
  static int OnLog(const mg_connection* connection, const char* message);
  static int OnUnparsed(mg_connection* connection, int status, const char* message);
  static int OnRequest(mg_connection* connection);
  static int OnSslContext(void** context, void* user_data);

  Result<void> ParseAddresses();
  mg_context* Launch();
  void LearnPorts();
  void DeferSilentClients();
  void Watch();
  void TellWebConfig() const;
  Error WhyNot() const;
  std::vector<uint16_t> Ports() const;

  const ServerOptions options_;
  Service service_;
  std::vector<ListenAddress> addresses_;  // with the true ports once started
  mg_context* context_ = nullptr;
  std::mutex said_mutex_;
  bool starting_ = false;  // guarded by said_mutex_, as is:
  std::string said_;       // what civetweb logged while it started
  std::mutex watch_mutex_;
  std::condition_variable watch_ends_;
  bool watch_ending_ = false;  // guarded by watch_mutex_
  std::thread watch_;          // re-reads the web config file
};

Result<void> Server::Impl::Start() {
  static std::once_flag once;
  // Without the TLS bit: civetweb would load OpenSSL here.
  std::call_once(once, [] { mg_init_library(MG_FEATURES_DEFAULT); });
  if (auto parsed = ParseAddresses(); !parsed) return parsed;
  if (!options_.web_config_file.empty())
    if (auto opened = service_.Open(options_.web_config_file); !opened) return opened;
  const SignalsBlocked blocked;
  context_ = Launch();
  if (!context_) return tl::unexpected(WhyNot());
  LearnPorts();
  DeferSilentClients();
  service_.connections().Start(Ports());
  if (!service_.access()) return {};
  TellWebConfig();
  watch_ = std::thread([this] { Watch(); });
  return {};
}

Result<void> Server::Impl::ParseAddresses() {
  addresses_.clear();
  if (options_.listen_addresses.empty()) return Fail("no address to listen on: give --web.listen-address");
  for (const std::string& text : options_.listen_addresses) {
    auto address = ParseListenAddress(text, ServesIpv6());
    if (!address) return tl::unexpected(address.error());
    const auto same = [&](const ListenAddress& other) {
      return other.port != 0 && FormatAddress(other) == FormatAddress(*address);
    };
    if (std::any_of(addresses_.begin(), addresses_.end(), same))
      return Fail("--web.listen-address " + text + " is given twice");
    addresses_.push_back(std::move(*address));
  }
  return {};
}

mg_context* Server::Impl::Launch() {
  std::string ports;
  for (const ListenAddress& address : addresses_)
    ports += (ports.empty() ? "" : ",") + FormatAddress(address) + (tls() ? "s" : "");
  const std::string threads = std::to_string(options_.worker_threads);
  const std::string queue = std::to_string(options_.worker_threads * 4);
  const std::string timeout = std::to_string(options_.io_timeout.count());
  const std::string head = std::to_string(kMaxHeadBytes);
  const char* settings[] = {
      "listening_ports", ports.c_str(), "num_threads", threads.c_str(),
      // Connections beyond workers and queue wait in the kernel's backlog, then are refused.
      "connection_queue", queue.c_str(), "listen_backlog", "128", "request_timeout_ms", timeout.c_str(),
      "keep_alive_timeout_ms", timeout.c_str(), "enable_keep_alive", "yes", "tcp_nodelay", "1",
      "max_request_size", head.c_str(), "decode_url", "no", "enable_auth_domain_check", "no", nullptr};
  const mg_callbacks callbacks = Callbacks();
  {
    const std::lock_guard lock(said_mutex_);
    starting_ = true;
    said_.clear();
  }
  mg_context* context = mg_start(&callbacks, this, settings);
  const std::lock_guard lock(said_mutex_);
  starting_ = false;
  return context;
}

mg_callbacks Server::Impl::Callbacks() {
  mg_callbacks callbacks{};
  callbacks.init_thread = &OnThread;
  callbacks.init_connection = &OnOpened;
  callbacks.connection_close = &OnClosed;
  callbacks.log_message = &OnLog;
  callbacks.http_error = &OnUnparsed;
  callbacks.begin_request = &OnRequest;
  callbacks.external_ssl_ctx = &OnSslContext;
  return callbacks;
}

void Server::Impl::LearnPorts() {
  std::vector<mg_server_port> bound(addresses_.size());
  const int count = mg_get_server_ports(context_, static_cast<int>(bound.size()), bound.data());
  for (size_t i = 0; i < static_cast<size_t>(std::max(count, 0)); ++i)
    addresses_[i].port = static_cast<uint16_t>(bound[i].port);
}

// A connection that never sends a byte then waits in the kernel, not on a worker.
void Server::Impl::DeferSilentClients() {
  const int patience_seconds = static_cast<int>(options_.io_timeout.count() / 1000) + 1;
  VisitOwnSockets(Ports(), [&](const OwnSocket& socket) {
    if (socket.listening)
      setsockopt(socket.fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &patience_seconds, sizeof patience_seconds);
  });
}

std::vector<uint16_t> Server::Impl::Ports() const {
  std::vector<uint16_t> ports;
  for (const ListenAddress& address : addresses_) ports.push_back(address.port);
  return ports;
}

void Server::Impl::Watch() {
  pthread_setname_np(pthread_self(), "http-config");
  std::unique_lock lock(watch_mutex_);
  while (!watch_ends_.wait_for(lock, kRefreshInterval, [this] { return watch_ending_; })) {
    lock.unlock();
    if (service_.access()->Refresh()) TellWebConfig();
    lock.lock();
  }
}

void Server::Impl::TellWebConfig() const {
  if (options_.on_web_config) options_.on_web_config(web_config_fault().empty());
}

Error Server::Impl::WhyNot() const {
  for (const ListenAddress& address : addresses_)
    if (const auto probe = ProbeBind(address); !probe) return probe.error();
  return Error{"start the web server: " + (said_.empty() ? std::string("unknown reason") : said_)};
}

void Server::Impl::Stop() {
  if (!context_) return;
  service_.Close();
  const std::vector<uint16_t> ports = Ports();
  VisitOwnSockets(ports, [](const OwnSocket& socket) {
    if (socket.listening) shutdown(socket.fd, SHUT_RDWR);
  });
  service_.connections().WaitUntilIdle(kStopGrace);
  // mg_stop waits for threads that look at its stop flag only when their
  // poll(2) returns, up to 2 seconds later: shutting the sockets wakes them.
  std::atomic<bool> stopped{false};
  std::thread stop([&] {
    mg_stop(context_);
    stopped = true;
  });
  while (!stopped) {
    VisitOwnSockets(ports, [](const OwnSocket& socket) { shutdown(socket.fd, SHUT_RDWR); });
    std::this_thread::sleep_for(milliseconds(5));
  }
  stop.join();
  context_ = nullptr;
  service_.connections().End();
  {
    const std::lock_guard lock(watch_mutex_);
    watch_ending_ = true;
  }
  watch_ends_.notify_all();
  if (watch_.joinable()) watch_.join();
}

std::vector<std::string> Server::Impl::addresses() const {
  std::vector<std::string> list;
  for (const ListenAddress& address : addresses_) list.push_back(FormatAddress(address));
  return list;
}

void* Server::Impl::OnThread(const mg_context*, int type) {
  pthread_setname_np(pthread_self(), type == 0 ? "http-accept" : "http-worker");
  return nullptr;
}

int Server::Impl::OnOpened(const mg_connection* connection, void** data) {
  try {
    *data = Of(connection).service_.connections().Opened("");  // civetweb does not tell yet
  } catch (const std::bad_alloc&) {
    *data = nullptr;  // nothing of it is served
  }
  return 0;
}

void Server::Impl::OnClosed(const mg_connection* connection) {
  // Null, too, when the TLS handshake failed: that connection is closed, but was never opened.
  if (auto* opened = static_cast<Connections::Handle>(mg_get_user_connection_data(connection)))
    Of(connection).service_.connections().Closed(opened);
}

int Server::Impl::OnLog(const mg_connection* connection, const char* message) {
  Impl& self = Of(connection);
  {
    const std::lock_guard lock(self.said_mutex_);
    if (self.starting_) {
      self.said_ += (self.said_.empty() ? "" : "; ") + std::string(message);
      return 1;
    }
  }
  // Clients that hang up or speak no TLS are no fault of this host.
  const bool client =
      std::strncmp(message, "sslize", 6) == 0 || std::strncmp(message, "SSL syscall", 11) == 0;
  log::Write(client ? log::Level::kDebug : log::Level::kWarn, "the HTTP library reported a problem",
             {{"said", message}});
  return 1;
}

int Server::Impl::OnUnparsed(mg_connection* connection, int status, const char*) {
  Of(connection).service_.ServeUnparsed(connection, status);
  return 0;
}

// Called before civetweb would make a context of its own, and once more when it is done with ours.
int Server::Impl::OnSslContext(void** context, void* user_data) {
  if (!*context) *context = static_cast<Impl*>(user_data)->service_.access()->tls()->ssl_ctx();
  return 1;  // nothing left to do, nor to free
}

int Server::Impl::OnRequest(mg_connection* connection) { return Of(connection).service_.Serve(connection); }

Server::Server(ServerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Server::~Server() { Stop(); }

void Server::Handle(std::string method, std::string path, Handler handler) {
  impl_->service().router().Add(std::move(method), std::move(path), std::move(handler));
}

Result<void> Server::Start() { return impl_->Start(); }

void Server::Stop() { impl_->Stop(); }

std::vector<std::string> Server::addresses() const { return impl_->addresses(); }

std::string Server::web_config_fault() const { return impl_->web_config_fault(); }

}  // namespace plimsoll::http
