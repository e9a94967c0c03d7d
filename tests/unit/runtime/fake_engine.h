#pragma once

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace plimsoll::runtime {

// A server on a unix socket that answers as an engine does, or, where a test
// says so, as a broken one. Connections stay open for the next question, but after an answer that a test
// wrote. One thread; answers are small enough to be written at once.
class FakeEngine {
 public:
  explicit FakeEngine(std::string path) : path_(std::move(path)), stop_fd_(::eventfd(0, EFD_CLOEXEC)) {
    Start();
  }
  ~FakeEngine() {
    Stop();
    ::close(stop_fd_);
  }

  void Start() {
    if (thread_.joinable()) return;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string unheard = path_ + ".new";  // appears when it is listened on
    std::strncpy(address.sun_path, unheard.c_str(), sizeof address.sun_path - 1);
    ::unlink(unheard.c_str());
    listen_fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::bind(listen_fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::abort();
    if (::listen(listen_fd_, 64) != 0) std::abort();
    if (::rename(unheard.c_str(), path_.c_str()) != 0) std::abort();
    is_stopping_ = false;
    thread_ = std::thread([this] { Run(); });
  }

  // As an engine that is stopped: every connection ends, the socket is gone.
  void Stop() {
    if (!thread_.joinable()) return;
    ::eventfd_write(stop_fd_, 1);
    thread_.join();
    eventfd_t count = 0;
    ::eventfd_read(stop_fd_, &count);
    ::close(listen_fd_);
    ::unlink(path_.c_str());
    const std::lock_guard lock(mutex_);
    EndAll();
    for (const int fd : kept_) ::close(fd);
    kept_.clear();
  }

  // The engine's own containers; `state` as in an inspection's State.Status.
  void Put(const std::string& id, const std::string& name, const std::string& status, int exit_code = 0) {
    const std::lock_guard lock(mutex_);
    containers_[id] = {name, status, exit_code};
  }
  void Remove(const std::string& id) {
    const std::lock_guard lock(mutex_);
    containers_.erase(id);
  }

  static std::string EventLine(const std::string& action, const std::string& id,
                               const std::string& attributes = "") {
    return "{\"Type\":\"container\",\"Action\":\"" + action + "\",\"Actor\":{\"ID\":\"" + id +
           "\",\"Attributes\":{\"name\":\"from-event\",\"image\":\"i:1\"" + attributes +
           "}},\"timeNano\":1795411857229006680}\n";
  }
  void SendEvent(const std::string& action, const std::string& id, const std::string& attributes = "") {
    SendLine(EventLine(action, id, attributes));
  }
  void SendLine(const std::string& line) {
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", line.size());
    SendRaw(size + line + "\r\n");
  }
  // As fast as it is read: meanwhile questions are answered.
  void SendRaw(const std::string& bytes) {
    std::list<int> streams;
    {
      const std::lock_guard lock(mutex_);
      streams = streams_;
    }
    for (const int fd : streams) {
      for (std::string_view left = bytes; !left.empty();) {
        {
          const std::lock_guard lock(mutex_);
          if (std::find(streams_.begin(), streams_.end(), fd) == streams_.end()) break;
          const ssize_t n = ::send(fd, left.data(), left.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
          if (n < 0 && errno != EAGAIN) break;
          if (n > 0) left.remove_prefix(static_cast<size_t>(n));
        }
        if (!left.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    }
  }

  void DropConnections() {
    const std::lock_guard lock(mutex_);
    EndAll();
  }
  // As an engine that begins to stop: it tells what happens, but answers nobody any more.
  void DropQuestions() {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    EndKept();
  }
  int connections() {
    const std::lock_guard lock(mutex_);
    return connections_;
  }

  // While set: what to answer to a target instead; nullopt leaves it to the engine, "" never answers.
  using Fault = std::function<std::optional<std::string>(const std::string& target)>;
  void SetFault(Fault fault) {
    const std::lock_guard lock(mutex_);
    fault_ = std::move(fault);
  }

  int requests(const std::string& part) {
    const std::lock_guard lock(mutex_);
    int count = 0;
    for (const std::string& target : targets_) count += target.find(part) != std::string::npos ? 1 : 0;
    return count;
  }

  static std::string Ok(const std::string& body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

 private:
  struct Fact {
    std::string name, status;
    int exit_code = 0;
  };

  void EndKept() {  // its own thread waits for these, and closes them
    for (const int fd : kept_) ::shutdown(fd, SHUT_RDWR);
  }
  void EndAll() {
    EndKept();
    for (const int fd : streams_) ::close(fd);
    for (const int fd : hanging_) ::close(fd);
    streams_.clear();
    hanging_.clear();
  }

  void Run() {
    for (;;) {
      std::vector<pollfd> fds{{stop_fd_, POLLIN, 0}, {listen_fd_, POLLIN, 0}};
      {
        const std::lock_guard lock(mutex_);
        for (const int fd : kept_) fds.push_back({fd, POLLIN, 0});
      }
      ::poll(fds.data(), fds.size(), -1);
      if (fds[0].revents != 0) return;
      for (size_t i = 2; i < fds.size(); ++i) {
        if (fds[i].revents == 0) continue;
        {
          const std::lock_guard lock(mutex_);
          kept_.remove(fds[i].fd);
        }
        Serve(fds[i].fd);
      }
      const int fd = fds[1].revents != 0 ? ::accept4(listen_fd_, nullptr, nullptr, SOCK_CLOEXEC) : -1;
      if (fd < 0) continue;
      {
        const std::lock_guard lock(mutex_);
        ++connections_;
      }
      Serve(fd);
    }
  }

  void Serve(int fd) {
    std::string request;
    char block[4096];
    while (request.find("\r\n\r\n") == std::string::npos) {
      const ssize_t n = ::read(fd, block, sizeof block);
      if (n <= 0) {  // who asked has given up
        ::close(fd);
        return;
      }
      request.append(block, static_cast<size_t>(n));
    }
    const std::string target = request.substr(4, request.find(' ', 4) - 4);
    const std::lock_guard lock(mutex_);
    if (is_stopping_) {
      ::close(fd);
      return;
    }
    targets_.push_back(target);
    std::optional<std::string> answer;
    if (fault_) answer = fault_(target);
    if (answer && answer->empty()) {
      hanging_.push_back(fd);
      return;
    }
    if (!answer && target.find("/events") != std::string::npos) {
      const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
      (void)!::send(fd, head.data(), head.size(), MSG_NOSIGNAL);
      streams_.push_back(fd);
      return;
    }
    const bool is_its_own = !answer;
    if (!answer) answer = Answer(target);
    (void)!::send(fd, answer->data(), answer->size(), MSG_NOSIGNAL);
    if (is_its_own && request.find("Connection: close") == std::string::npos)
      kept_.push_back(fd);
    else
      ::close(fd);
  }

  std::string Answer(const std::string& target) const {
    if (target == "/version") return Ok(R"({"Version":"1.2.3","ApiVersion":"1.41","MinAPIVersion":"1.12"})");
    if (target == "/_ping") return Ok("OK");
    if (target == "/v1.41/info") return Ok(R"({"DockerRootDir":"/nowhere/docker"})");
    if (target.starts_with("/v1.41/containers/json")) {
      std::string list;
      for (const auto& [id, fact] : containers_)
        list += (list.empty() ? "" : ",") + ("{\"Id\":\"" + id + "\",\"State\":\"" + fact.status + "\"}");
      return Ok("[" + list + "]");
    }
    const std::string prefix = "/v1.41/containers/";
    const auto found = containers_.find(target.substr(std::min(prefix.size(), target.size()), 64));
    if (found == containers_.end())
      return "HTTP/1.1 404 Not Found\r\nContent-Length: 23\r\n\r\n{\"message\":\"not there\"}";
    const Fact& fact = found->second;
    return Ok("{\"Id\":\"" + found->first + "\",\"Name\":\"/" + fact.name +
              "\",\"Config\":{\"Image\":\"i:1\"}," + "\"State\":{\"Status\":\"" + fact.status +
              "\",\"ExitCode\":" + std::to_string(fact.exit_code) +
              ",\"StartedAt\":\"2026-11-23T05:30:29Z\"}}");
  }

  const std::string path_;
  const int stop_fd_;
  int listen_fd_ = -1;
  std::thread thread_;
  std::mutex mutex_;
  std::map<std::string, Fact> containers_;
  Fault fault_;
  std::list<int> streams_, hanging_, kept_;
  int connections_ = 0;
  bool is_stopping_ = false;
  std::vector<std::string> targets_;
};

}  // namespace plimsoll::runtime
