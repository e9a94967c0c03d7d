#include "exporter/http/client_stream.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace plimsoll::http {

ClientStream::ClientStream(Exchange& exchange, Connections& connections, Connections::Handle active,
                           const std::atomic<bool>& closing)
    : exchange_(exchange),
      connections_(connections),
      active_(active),
      closing_(closing),
      socket_(connections.DuplicateSocketOf(exchange.request().remote)) {
  connections_.Enter(active_, Connections::Phase::kStreaming);
}

ClientStream::~ClientStream() {
  if (socket_ >= 0) close(socket_);
}

bool ClientStream::Write(std::string_view bytes) {
  if (!open()) return false;
  connections_.Enter(active_, Connections::Phase::kWriting);
  failed_ = !exchange_.WritePiece(bytes);
  connections_.Enter(active_, Connections::Phase::kStreaming);
  return !failed_;
}

bool ClientStream::open() const {
  if (failed_ || closing_) return false;
  // A write tells of a client that is gone only at the second try, which may be half a minute later.
  pollfd client{socket_, POLLRDHUP, 0};
  return socket_ < 0 || poll(&client, 1, 0) <= 0 || (client.revents & (POLLRDHUP | POLLHUP | POLLERR)) == 0;
}

}  // namespace plimsoll::http
