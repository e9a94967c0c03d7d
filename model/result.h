#pragma once

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace plimsoll {

// What went wrong, for a person: "what: why", outermost hop first.
struct Error {
  std::string message;

  // The same failure seen from one hop further out: "context: message".
  Error In(std::string_view context) const { return Error{std::string(context) + ": " + message}; }
};

// A value, or the Error that kept it from being. Everything the machine can
// cause is returned this way; exceptions of libraries stop at the edge of the
// room that uses them.
template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> Fail(std::string message) { return tl::unexpected(Error{std::move(message)}); }

// "open /x: No such file or directory", from an errno value.
inline Error ErrnoError(std::string_view what, int error_number = errno) {
  return Error{std::string(what) + ": " + std::strerror(error_number)};
}

}  // namespace plimsoll
