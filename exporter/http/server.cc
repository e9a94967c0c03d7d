#include "exporter/http/server.h"

#include <civetweb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <mutex>
#include <thread>

#include "exporter/http/connections.h"
#include "exporter/http/exchange.h"
#include "exporter/http/listen_address.h"
#include "exporter/http/own_sockets.h"
#include "exporter/http/router.h"
#include "exporter/http/web_access.h"
#include "model/log.h"

namespace plimsoll::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

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

Response MethodNotAllowed(const Router::Match& match, const std::string& method) {
  Response response =
      ErrorResponse(405, "METHOD_NOT_ALLOWED", method + " is not possible here: use " + match.allow);
  response.headers.emplace_back("Allow", match.allow);
  return response;
}

// What civetweb says of a request it could not parse, in our words. A head that is too large it calls
// malformed.
Response UnparsedResponse(int status) {
  if (status == 505)
    return ErrorResponse(505, "HTTP_VERSION_NOT_SUPPORTED", "only HTTP/1.0 and HTTP/1.1 are spoken here");
  if (status >= 500) return ErrorResponse(500, "INTERNAL", "the server could not handle this request");
  return ErrorResponse(400, "BAD_REQUEST",
                       "no valid HTTP request: its head is malformed, incomplete or larger than 16 KiB");
}

}  // namespace

class Server::Impl {
 public:
  explicit Impl(ServerOptions options)
      : options_(std::move(options)), connections_(options_.worker_threads, options_.io_timeout) {}

  void Handle(std::string method, std::string path, Handler handler) {
    router_.Add(std::move(method), std::move(path), std::move(handler));
  }

  Result<void> Start();
  void Stop();
  std::vector<std::string> addresses() const;
  bool tls() const { return access_ && access_->tls(); }
  bool web_config_fresh() const { return !access_ || access_->fresh(); }

 private:
  static Impl& Of(const mg_connection* connection) {
    return *static_cast<Impl*>(mg_get_user_data(mg_get_context(connection)));
  }
  static void* OnThread(const mg_context*, int type);
  static int OnOpened(const mg_connection* connection, void** data);
  static void OnClosed(const mg_connection* connection);
  static int OnLog(const mg_connection* connection, const char* message);
  static int OnUnparsed(mg_connection* connection, int status, const char* message);
  static int OnRequest(mg_connection* connection);
  static int OnSslContext(void** context, void* user_data);

  Result<void> Parse();
  Result<void> Launch();
  void Watch();
  Error WhyNot(const std::string& said) const;
  int Serve(mg_connection* connection);
  Response Answer(Exchange& exchange, Connections::Handle active, std::string_view& pattern);
  Response Guarded(const Handler& handler, const Request& request);
  void Report(std::string_view pattern, int status, steady_clock::duration duration);

  const ServerOptions options_;
  Router router_;
  Connections connections_;
  std::vector<ListenAddress> addresses_;  // with the true ports once started
  std::unique_ptr<WebAccess> access_;     // null: plain HTTP for everyone
  mg_context* context_ = nullptr;
  std::atomic<bool> stopping_{false};
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
  if (auto parsed = Parse(); !parsed) return parsed;
  if (!options_.web_config_file.empty()) {
    auto access = WebAccess::Open(options_.web_config_file);
    if (!access) return tl::unexpected(access.error());
    access_ = std::move(*access);
  }
  return Launch();
}

Result<void> Server::Impl::Parse() {
  addresses_.clear();
  if (options_.listen_addresses.empty()) return Fail("no address to listen on: give --web.listen-address");
  for (const std::string& text : options_.listen_addresses) {
    auto address = ParseListenAddress(text, mg_check_feature(MG_FEATURES_IPV6) != 0);
    if (!address) return tl::unexpected(address.error());
    addresses_.push_back(std::move(*address));
  }
  return {};
}

Result<void> Server::Impl::Launch() {
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
  mg_callbacks callbacks{};
  callbacks.init_thread = &OnThread;
  callbacks.init_connection = &OnOpened;
  callbacks.connection_close = &OnClosed;
  callbacks.log_message = &OnLog;
  callbacks.http_error = &OnUnparsed;
  callbacks.begin_request = &OnRequest;
  callbacks.external_ssl_ctx = &OnSslContext;
  {
    const std::lock_guard lock(said_mutex_);
    starting_ = true;
    said_.clear();
  }
  {
    const SignalsBlocked blocked;
    context_ = mg_start(&callbacks, this, settings);
  }
  const std::lock_guard lock(said_mutex_);
  starting_ = false;
  if (!context_) return tl::unexpected(WhyNot(said_));

  std::vector<mg_server_port> bound(addresses_.size());
  const int count = mg_get_server_ports(context_, static_cast<int>(bound.size()), bound.data());
  std::vector<uint16_t> numbers;
  for (int i = 0; i < count; ++i) {
    addresses_[static_cast<size_t>(i)].port = static_cast<uint16_t>(bound[static_cast<size_t>(i)].port);
    numbers.push_back(addresses_[static_cast<size_t>(i)].port);
  }
  // A connection that never sends a byte then waits in the kernel, not on a worker.
  const int patience_seconds = static_cast<int>(options_.io_timeout.count() / 1000) + 1;
  VisitOwnSockets(numbers, [&](const OwnSocket& socket) {
    if (socket.listening)
      setsockopt(socket.fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &patience_seconds, sizeof patience_seconds);
  });
  const SignalsBlocked blocked;
  connections_.Start(std::move(numbers));
  if (access_) watch_ = std::thread([this] { Watch(); });
  return {};
}

void Server::Impl::Watch() {
  pthread_setname_np(pthread_self(), "http-config");
  std::unique_lock lock(watch_mutex_);
  while (!watch_ends_.wait_for(lock, kRefreshInterval, [this] { return watch_ending_; })) {
    lock.unlock();
    access_->Refresh();
    lock.lock();
  }
}

Error Server::Impl::WhyNot(const std::string& said) const {
  for (const ListenAddress& address : addresses_)
    if (const auto probe = ProbeBind(address); !probe) return probe.error();
  return Error{"start the web server: " + (said.empty() ? std::string("unknown reason") : said)};
}

void Server::Impl::Stop() {
  if (!context_) return;
  stopping_ = true;  // answers from here on close their connection
  std::vector<uint16_t> ports;
  for (const ListenAddress& address : addresses_) ports.push_back(address.port);
  VisitOwnSockets(ports, [](const OwnSocket& socket) {
    if (socket.listening) shutdown(socket.fd, SHUT_RDWR);
  });
  connections_.WaitUntilIdle(kStopGrace);
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
  connections_.End();
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
  Impl& self = Of(connection);
  *data =
      &self;  // tells OnClosed that this connection was counted: a failed TLS handshake is closed uncounted
  self.connections_.Opened();
  return 0;
}

void Server::Impl::OnClosed(const mg_connection* connection) {
  if (auto* self = static_cast<Impl*>(mg_get_user_connection_data(connection))) self->connections_.Closed();
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
  log::Write(client ? log::Level::kDebug : log::Level::kWarn, "web server", {{"said", message}});
  return 1;
}

int Server::Impl::OnUnparsed(mg_connection* connection, int status, const char*) {
  try {
    const Response response = UnparsedResponse(status);
    Impl& self = Of(connection);
    self.Report("other", response.status, {});
    const auto headers = self.access_ ? self.access_->headers() : nullptr;
    WriteUnparsed(connection, response, headers ? *headers : HeaderList());
  } catch (const std::exception& error) {
    log::Error("web server", {{"error", error.what()}});
  }
  return 0;
}

// Called before civetweb would make a context of its own, and once more when it is done with ours.
int Server::Impl::OnSslContext(void** context, void* user_data) {
  if (!*context) *context = static_cast<Impl*>(user_data)->access_->tls()->ssl_ctx();
  return 1;  // nothing left to do, nor to free
}

int Server::Impl::OnRequest(mg_connection* connection) {
  try {
    return Of(connection).Serve(connection);
  } catch (const std::exception& error) {
    log::Error("web server", {{"error", error.what()}});
  } catch (...) {
    log::Error("web server", {{"error", "unknown exception"}});
  }
  SetKeepAlive(connection, false);
  return 500;
}

int Server::Impl::Serve(mg_connection* connection) {
  const auto begin = steady_clock::now();
  const mg_request_info* info = mg_get_request_info(connection);
  struct Entry {
    Connections& all;
    Connections::Handle handle;
    ~Entry() { all.Finish(handle); }
  } entry{connections_,
          connections_.Begin(std::string(info->remote_addr) + ":" + std::to_string(info->remote_port))};

  Exchange exchange(connection);
  std::string_view pattern = "other";
  const Response response = Answer(exchange, entry.handle, pattern);
  connections_.Enter(entry.handle, Connections::Phase::kWriting);
  const bool reusable =
      exchange.bounded() && exchange.WantsKeepAlive() && !stopping_ && !connections_.Crowded();
  static const HeaderList kNone;
  const auto headers = access_ ? access_->headers() : nullptr;
  bool alive = exchange.Write(response, headers ? *headers : kNone, reusable);
  connections_.Enter(entry.handle, Connections::Phase::kReading);
  alive = alive && exchange.Drain();
  SetKeepAlive(connection, alive && reusable);
  Report(pattern, response.status, steady_clock::now() - begin);
  // civetweb answers a negative number by not reading the rest of the body, however long.
  return alive ? response.status : -1;
}

Response Server::Impl::Answer(Exchange& exchange, Connections::Handle active, std::string_view& pattern) {
  if (auto fault = exchange.ReadHead()) return *fault;
  const Request& request = exchange.request();
  if (access_)
    if (auto refusal = access_->Refuse(request)) return *refusal;
  const Router::Match match = router_.Find(request.method, request.path);
  pattern = match.pattern;
  if (!match.handler) {
    if (!match.allow.empty()) return MethodNotAllowed(match, request.method);
    return ErrorResponse(404, "NOT_FOUND", "there is no " + request.path + " here: / lists what there is");
  }
  if (auto fault = exchange.ReadBody()) return *fault;
  connections_.Enter(active, Connections::Phase::kHandling);
  return Guarded(*match.handler, request);
}

Response Server::Impl::Guarded(const Handler& handler, const Request& request) {
  std::string reason;
  try {
    return handler(request);
  } catch (const std::exception& error) {
    reason = error.what();
  } catch (...) {
    reason = "unknown exception";
  }
  log::Error("request failed", {{"path", request.path}, {"error", reason}});
  return ErrorResponse(500, "INTERNAL", "the server failed to answer: see its log");
}

void Server::Impl::Report(std::string_view pattern, int status, steady_clock::duration duration) {
  if (options_.on_request) options_.on_request(pattern, status, duration);
}

Server::Server(ServerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Server::~Server() { Stop(); }

void Server::Handle(std::string method, std::string path, Handler handler) {
  impl_->Handle(std::move(method), std::move(path), std::move(handler));
}

Result<void> Server::Start() { return impl_->Start(); }

void Server::Stop() { impl_->Stop(); }

std::vector<std::string> Server::addresses() const { return impl_->addresses(); }

bool Server::tls() const { return impl_->tls(); }

bool Server::web_config_fresh() const { return impl_->web_config_fresh(); }

}  // namespace plimsoll::http
