#include "database/store_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <string_view>

namespace plimsoll {
namespace {

constexpr std::string_view kMagic("SQLite format 3\0", 16);
constexpr size_t kUserVersion = 60, kApplication = 68;  // offsets of big-endian numbers
using Header = std::array<char, 100>;

// 0 bytes of what cannot be read: opening it as a database tells why.
size_t ReadHeader(const std::string& path, Header& header) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return 0;
  const ssize_t n = ::pread(fd, header.data(), header.size(), 0);
  ::close(fd);
  return n > 0 ? static_cast<size_t>(n) : 0;
}

int64_t NumberAt(const Header& header, size_t at) {
  uint32_t number = 0;
  for (size_t i = at; i < at + 4; ++i) number = number << 8 | static_cast<unsigned char>(header[i]);
  return static_cast<int32_t>(number);
}

Fault Foreign(const std::string& path, const std::string& what) {
  return {Fault::Reason::kForeign, Error{path + ": " + what}};
}

}  // namespace

std::optional<Fault> WhyNotAHistory(const std::string& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  if (S_ISDIR(status.st_mode)) return Foreign(path, "is a folder; name a file in it as --storage.path");
  if (!S_ISREG(status.st_mode)) return Foreign(path, "is no regular file; choose another --storage.path");
  Header header{};
  const size_t size = ReadHeader(path, header);
  if (size == 0) return std::nullopt;
  if (std::string_view(header.data(), size).substr(0, kMagic.size()) != kMagic) {
    // Where a Plimsoll has written, its lock lies beside: then it is a history whose first page is damaged.
    if (::access((path + "-lock").c_str(), F_OK) == 0) return std::nullopt;
    return Foreign(path, "is no history of Plimsoll's; choose another --storage.path");
  }
  // 0 until the first copy of the log into the file.
  const int64_t application = NumberAt(header, kApplication);
  if (application == 0) return std::nullopt;
  return WhyNotAHistory(path, application, NumberAt(header, kUserVersion));
}

std::optional<Fault> WhyNotAHistory(const std::string& path, int64_t application, int64_t version) {
  if (application != kApplicationId)
    return Foreign(path, std::string(application == 0 ? "holds no history of Plimsoll's"
                                                      : "is another program's database") +
                             "; choose another --storage.path");
  if (version > kSchemaVersion)
    return Fault{Fault::Reason::kNewer, Error{path + ": has schema version " + std::to_string(version) +
                                              ", this program knows " + std::to_string(kSchemaVersion) +
                                              "; run a newer program or choose another --storage.path"}};
  return std::nullopt;
}

}  // namespace plimsoll
