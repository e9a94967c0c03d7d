#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "exporter/http/connections.h"
#include "exporter/http/exchange.h"

namespace plimsoll::http {

// A streaming answer on its way to one client; lives on the worker's stack.
class ClientStream final : public Stream {
 public:
  // `closing`: the server stops. All must outlive the stream.
  ClientStream(Exchange& exchange, Connections& connections, Connections::Handle active,
               const std::atomic<bool>& closing);
  ~ClientStream() override;
  ClientStream(const ClientStream&) = delete;
  ClientStream& operator=(const ClientStream&) = delete;

  bool Write(std::string_view bytes) override;
  bool open() const override;

 private:
  Exchange& exchange_;
  Connections& connections_;
  const Connections::Handle active_;
  const std::atomic<bool>& closing_;
  int socket_ = -1;  // a duplicate of the client's, to see it hang up; -1: not found
  bool failed_ = false;
};

// A place among the answers that may stream at once.
class StreamPlace {
 public:
  StreamPlace(std::atomic<int>& taken, int most) : taken_(taken), granted_(++taken <= most) {}
  ~StreamPlace() { --taken_; }
  StreamPlace(const StreamPlace&) = delete;
  StreamPlace& operator=(const StreamPlace&) = delete;
  bool granted() const { return granted_; }

 private:
  std::atomic<int>& taken_;
  const bool granted_;
};

}  // namespace plimsoll::http
