#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "alerting/notify/sender.h"
#include "model/clock.h"

namespace plimsoll::alerting {

// The addresses of one Alertmanager cluster: what one of them has taken, the
// cluster knows. Not thread-safe.
class Peers {
 public:
  // An address that failed is left out for so long, as long as another one takes what is sent.
  static constexpr auto kRest = std::chrono::seconds(30);

  // An address that failed while another one took the same message, or works again.
  struct News {
    size_t place = 0;  // of the address, from 1
    bool works = false;
    bool is_first = false;  // since it last worked
    std::string error;
  };
  struct Answer {
    // Delivered where one address took it, else to be retried where that may help with one, else refused.
    SendResult result;
    std::vector<News> news;
  };

  // One request an address.
  Answer Send(Sender& sender, const std::vector<OutgoingRequest>& requests, MonoTime now);

 private:
  struct Peer {
    MonoTime rests_until{};
    bool is_failing = false;  // while others do not, and was said to
  };
  std::map<std::string, Peer> peers_;  // by URL
};

}  // namespace plimsoll::alerting
