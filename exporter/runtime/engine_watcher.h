#pragma once

#include <sys/types.h>

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "exporter/runtime/docker_api.h"
#include "exporter/runtime/engine_http.h"
#include "exporter/runtime/sign_of_life.h"
#include "model/frame.h"

namespace plimsoll::runtime {

// Whoever wants to know what an engine says. Called on the watcher's thread.
class EngineListener {
 public:
  virtual ~EngineListener() = default;
  virtual void OnDescribed(int engine, Container who) = 0;
  // Something of it changed that no description holds: its limits.
  virtual void OnUpdated(int engine, const std::string& id) = 0;
  // All that an event said of a container that could not be inspected (any more).
  virtual void OnMentioned(int engine, Container who) = 0;
  // It ended; the engine cannot, or not yet, describe it any further.
  virtual void OnEnded(int engine, const std::string& id, std::optional<int> exit_code,
                       std::optional<WallTime> at) = 0;
  // From OnLive to OnLost everything that happens is told.
  virtual void OnLive(int engine, const std::string& data_root) = 0;
  virtual void OnLost(int engine) = 0;
  // Ids this engine described last: those it no longer lists after a lost connection have ended.
  virtual std::vector<std::string> IdsOf(int engine) = 0;
  // Whether an ended container is worth describing: somebody saw it alive.
  virtual bool IsWanted(const std::string& id) = 0;
};

struct EngineOptions {
  int number = 0;  // the listener's name for it
  RuntimeKind runtime = RuntimeKind::kDocker;
  std::string socket_path;
  uid_t user = 0;              // whose word it is; a user's engine may say less at once than root's (0)
  bool is_configured = false;  // asked for by name: its absence is a fault
  SignOfLife sign;
  std::function<bool(RuntimeKind)> wanted;  // whether this runtime's containers are asked for; empty: any's
  std::chrono::milliseconds answer_timeout{5000};
  std::chrono::milliseconds first_backoff{200};
  std::chrono::milliseconds last_backoff{5000};
  // For how long an engine that has ended the connection may still be stopping: systemd's default allows 90
  // s.
  std::chrono::milliseconds stopping{100000};
  // How often one that stops slowly is asked something: an idle connection is ended by some servers after 5
  // minutes.
  std::chrono::milliseconds ask_every{60000};
  // How long a socket that nobody configured is spoken of after it is gone: a user has logged out.
  std::chrono::milliseconds keep_gone{30000};
};

// Follows one engine on a thread of its own: opens the stream of events first,
// then lists and inspects what is there, so that nothing falls in between; then
// inspects each container that an event names. A lost connection is tried again
// with growing pauses, and compared with what was known.
//
// With a sign of life it connects to an engine that runs only, and to one that ended the connection not
// before it is surely not stopping: such a connection would start it again.
class EngineWatcher {
 public:
  EngineWatcher(EngineOptions options, EngineListener& listener);  // `listener` must outlive it
  ~EngineWatcher();                                                // stops
  EngineWatcher(const EngineWatcher&) = delete;
  EngineWatcher& operator=(const EngineWatcher&) = delete;

  void Start();
  void Stop();  // at once, whatever it waits for

  // Somebody saw a container that was not told of. Any thread; does not wait.
  void Ask(const std::string& id);

  // nullopt: there is no such engine (any more), or it does not run, and nobody configured it.
  std::optional<RuntimeHealth> health() const;

  // Podman may answer on a socket that is called Docker's.
  RuntimeKind runtime() const;

 private:
  // A container to inspect.
  struct Pending {
    std::optional<EngineEvent> event;  // the newest about it
    size_t event_bytes = 0;            // of its text
    bool was_updated = false;
    int tries = 0;
  };
  void Run();
  bool MayConnect();
  Result<void> Follow();  // until the connection is lost; always an Error
  Result<void> Resync(HttpStream& events);
  Result<void> ReadEvents(HttpStream& events, std::chrono::milliseconds wait);
  bool IsFlooded() const;
  void OnEvent(EngineEvent event, size_t bytes);
  Result<void> KeepConversation();
  Result<void> InspectNext();
  Result<Container> Inspect(const std::string& id);
  void OnNotInspected(const std::string& id, Pending pending, const Error& error);
  std::chrono::milliseconds Pause() const;
  void TakeAsked();
  void Enqueue(const std::string& id, std::optional<EngineEvent> event, size_t bytes = 0);
  Result<std::string> Get(const std::string& target, size_t max_bytes, std::chrono::milliseconds timeout);
  void SetRuntime(RuntimeKind runtime);
  void SetUp(const std::string& version);
  void SetDown(const Error& error);
  void SetAsleep();
  enum class Waited { kInVain, kAppeared, kStopped };  // kAppeared: the socket, and the pause was cut short
  Waited WaitToRetry(std::chrono::milliseconds pause);

  const EngineOptions options_;
  EngineListener& listener_;
  int stop_fd_ = -1;
  int wake_fd_ = -1;
  std::thread thread_;

  const size_t max_answer_bytes_, max_list_bytes_, max_event_bytes_;

  // The thread's own.
  std::string api_ = "/v1.41";
  RuntimeKind runtime_;
  std::optional<HttpConversation> questions_;  // while it is followed
  std::optional<std::string> life_;            // the sign of life seen last
  std::chrono::steady_clock::time_point trusted_from_{}, next_ping_{};
  std::optional<std::chrono::steady_clock::time_point> gone_since_;
  std::string partial_line_;
  std::deque<std::string> order_;  // of pending_
  std::map<std::string, Pending> pending_;
  std::set<std::string> unanswered_;  // containers whose inspection got no answer, since the last that did
  std::set<std::string> complaints_;  // logged since the engine was reached
  std::string said_;                  // the last lost connection logged
  bool was_live_ = false;
  bool is_unwanted_ = false;  // it is an engine of a runtime that the configuration leaves out

  mutable std::mutex mutex_;
  std::vector<std::string> asked_;
  bool seen_ = false;  // the socket was there once
  RuntimeHealth health_;
};

}  // namespace plimsoll::runtime
