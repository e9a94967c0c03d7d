#pragma once

#include <string>
#include <utility>

namespace plimsoll {

// Text that must not reach a log, an API answer or /metrics: a token, a
// password, or a URL that holds one. It has no stream operator and no
// conversion; whoever needs the text says so with Reveal().
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  const std::string& Reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

  friend bool operator==(const Secret&, const Secret&) = default;

 private:
  std::string text_;
};

}  // namespace plimsoll
