#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "exporter/http/own_sockets.h"

namespace plimsoll::http {

// The connections that hold a worker, and a thread that frees workers whose
// clients abuse them. civetweb's own time-outs begin anew with every byte, so a
// client that drips bytes could hold a worker for hours, and a pool of
// keep-alive connections could leave none for a newcomer. Twice a second, while
// there are connections at all, it shuts down the socket of
//  - a request body that takes more than 2 io_timeouts to arrive, or 2 seconds when every worker is held,
//  - an answer, or a piece of a streaming one, that takes more than 6 to be taken, or 1 when every worker is
//  held,
//  - when every worker is held: whoever has no request under way and has been silent for a beat, or takes
//  more than 2 seconds for its TLS handshake and the head of its request.
//
// Who takes its answer slowly holds a body that nobody else wants any longer. When more than four different
// ones of more than 16 MiB together are being written, the oldest answers are cut at once.
class Connections {
 public:
  using Clock = std::chrono::steady_clock;
  // kHead: until a request's head is whole; handshake and the pause between two requests included.
  // kStreaming: between two pieces of an answer that goes on; may last as long as it likes.
  enum class Phase { kHead, kReading, kHandling, kWriting, kStreaming };
  struct Connection {
    std::thread::id worker;
    std::string peer;  // "127.0.0.1:40112"; empty until the first request: before it civetweb does not tell
    Phase phase = Phase::kHead;
    Clock::time_point since;
    int holds = 0;               // of Opened that Closed has not undone
    const void* body = nullptr;  // which one is being written
    size_t body_bytes = 0;
  };
  using Handle = Connection*;

  Connections(int workers, std::chrono::milliseconds io_timeout);
  ~Connections();  // ends the thread

  void Start(std::vector<uint16_t> ports);
  void End();

  // The calling worker took a connection, and let go of it. A TLS connection is opened twice, by its
  // handshake, which knows the peer, and by civetweb after it: the same handle, to be closed twice.
  Handle Opened(const std::string& peer);
  void Closed(Handle handle);
  // Half of the workers hold a connection: no more of them should be kept alive.
  bool Crowded() const;

  // A duplicate of the descriptor that talks to `peer`, for the caller to close; -1 when there is none.
  int DuplicateSocketOf(const std::string& peer);

  // A request of `peer` has come; it is under way until kHead is entered again.
  void Begin(Handle handle, const std::string& peer);
  void Enter(Handle handle, Phase phase);
  // Enters kWriting with a body, null where there is none.
  void EnterWriting(Handle handle, const std::string* body);
  // Waits until no request is being served; false when the time is over first.
  bool WaitUntilIdle(std::chrono::milliseconds limit);

 private:
  void Run();
  // Both with mutex_ held.
  bool IsIdle() const;
  std::vector<std::string> DropOldBodies(const void* newest);  // returns who holds them
  void Cut(const std::vector<std::string>& overdue, const std::vector<std::string>& slow_heads,
           const std::vector<std::string>& heads);
  void CutStrangers(const std::vector<std::string>& known);

  const size_t workers_;
  const std::chrono::milliseconds io_timeout_;
  OwnSockets sockets_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Clock::time_point> strangers_;  // of the thread: see CutStrangers
  std::list<Connection> open_;                          // guarded by mutex_, as is the next one
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace plimsoll::http
