#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace plimsoll::http {

// The connections that hold a worker, and a thread that frees workers whose
// clients abuse them. civetweb's own time-outs begin anew with every byte, so a
// client that drips bytes could hold a worker for hours, and a pool of
// keep-alive connections could leave none for a newcomer. Twice a second, while
// there are connections at all, it shuts down the socket of
//  - a request body that takes more than 2 io_timeouts to arrive,
//  - an answer, or a piece of a streaming one, that takes more than 6 to be taken, or 1 when every worker is
//  held,
//  - when every worker is held: whoever has been silent between two requests.
class Connections {
 public:
  using Clock = std::chrono::steady_clock;
  // kStreaming: between two pieces of an answer that goes on; may last as long as it likes.
  enum class Phase { kReading, kHandling, kWriting, kStreaming };
  // A request being served. Stays valid until End.
  struct Active {
    std::string peer;  // "127.0.0.1:40112"
    Phase phase = Phase::kReading;
    Clock::time_point since;
  };
  using Handle = std::list<Active>::iterator;

  Connections(int workers, std::chrono::milliseconds io_timeout);
  ~Connections();  // ends the thread

  void Start(std::vector<uint16_t> ports);
  void End();

  // A worker took a connection, and let go of it.
  void Opened();
  void Closed();
  // Half of the workers hold a connection: no more of them should be kept alive.
  bool Crowded() const;

  // A duplicate of the descriptor that talks to `peer`, for the caller to close; -1 when there is none.
  // Looks at every descriptor of the process.
  int DuplicateSocketOf(const std::string& peer) const;

  Handle Begin(std::string peer);
  void Enter(Handle handle, Phase phase);
  void Finish(Handle handle);
  // Waits until no request is being served; false when the time is over first.
  bool WaitUntilIdle(std::chrono::milliseconds limit);

 private:
  void Run();
  void Cut(const std::vector<std::string>& overdue, const std::vector<std::string>& active, bool full) const;

  const int workers_;
  const std::chrono::milliseconds io_timeout_;
  std::vector<uint16_t> ports_;  // set before the thread starts
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Active> active_;  // guarded by mutex_, as are the next ones
  int open_ = 0;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace plimsoll::http
