#include "exporter/http/read_file.h"

#include <filesystem>
#include <fstream>

namespace plimsoll::http {
namespace {

constexpr size_t kMaxFileBytes = 1 << 20;

}  // namespace

Result<std::string> ReadFile(const std::string& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) return Fail(file + " is a folder, not a file");
  std::ifstream in(file, std::ios::binary);
  if (!in) return tl::unexpected(ErrnoError("cannot read " + file));
  std::string text(kMaxFileBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return tl::unexpected(ErrnoError("cannot read " + file));
  text.resize(static_cast<size_t>(in.gcount()));
  if (text.size() > kMaxFileBytes) return Fail(file + " is larger than 1 MiB");
  return text;
}

}  // namespace plimsoll::http
