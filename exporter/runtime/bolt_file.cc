#include "exporter/runtime/bolt_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace plimsoll::runtime {
namespace {

constexpr size_t kHeaderBytes = 16;
constexpr size_t kElementBytes = 16;  // of branches and leaves alike
constexpr size_t kMetaBytes = 64;
constexpr uint32_t kMagic = 0xED0CDAED;
constexpr uint16_t kBranchPage = 0x01;
constexpr uint16_t kLeafPage = 0x02;
constexpr uint32_t kBucketLeaf = 0x01;
constexpr int kMaxDepth = 32;

template <typename Number>
Number NumberAt(std::string_view bytes, size_t at) {
  Number number{};
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

// FNV-1a, as bbolt sums its metas.
uint64_t Checksum(std::string_view bytes) {
  uint64_t sum = 14695981039346656037u;
  for (const char c : bytes) sum = (sum ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return sum;
}

struct Meta {
  uint32_t page_size = 0;
  uint64_t root = 0;
  uint64_t transaction = 0;
};

// {u32 magic, u32 version, u32 page size, u32 flags, u64 root, u64 sequence,
//  u64 freelist, u64 pages, u64 transaction, u64 checksum}
std::optional<Meta> ReadMeta(const BoltFile::ReadAt& read_at, uint64_t offset) {
  std::string bytes(kMetaBytes, '\0');
  if (!read_at(offset + kHeaderBytes, bytes.data(), bytes.size())) return std::nullopt;
  if (NumberAt<uint32_t>(bytes, 0) != kMagic || NumberAt<uint32_t>(bytes, 4) != 2) return std::nullopt;
  if (NumberAt<uint64_t>(bytes, 56) != Checksum(std::string_view(bytes).substr(0, 56))) return std::nullopt;
  const Meta meta{NumberAt<uint32_t>(bytes, 8), NumberAt<uint64_t>(bytes, 16), NumberAt<uint64_t>(bytes, 48)};
  if (meta.page_size < 512 || meta.page_size > (1u << 16)) return std::nullopt;
  return meta;
}

// The two halves of an element that say where its key is.
struct Element {
  uint32_t flags = 0;  // leaf
  uint64_t child = 0;  // branch
  std::string_view key;
  std::string_view value;  // leaf
};

std::optional<Element> ElementAt(std::string_view page, bool is_leaf, size_t index) {
  const size_t at = kHeaderBytes + index * kElementBytes;
  if (at + kElementBytes > page.size()) return std::nullopt;
  const uint64_t position = at + uint64_t{NumberAt<uint32_t>(page, at + (is_leaf ? 4 : 0))};
  const uint64_t key_size = NumberAt<uint32_t>(page, at + (is_leaf ? 8 : 4));
  const uint64_t value_size = is_leaf ? NumberAt<uint32_t>(page, at + 12) : 0;
  if (position + key_size + value_size > page.size()) return std::nullopt;
  Element element;
  element.key = page.substr(position, key_size);
  if (is_leaf) {
    element.flags = NumberAt<uint32_t>(page, at);
    element.value = page.substr(position + key_size, value_size);
  } else {
    element.child = NumberAt<uint64_t>(page, at + 8);
  }
  return element;
}

tl::unexpected<Error> Broken() { return Fail("bolt database: a page that makes no sense"); }

}  // namespace

BoltFile::ReadAt BoltFile::ReaderOf(Descriptor file, uint64_t most_bytes) {
  struct Reader {
    Descriptor fd;
    uint64_t bytes_left;
  };
  auto reader = std::make_shared<Reader>(Reader{std::move(file), most_bytes});
  return [reader = std::move(reader)](uint64_t offset, char* into, size_t size) {
    if (size > reader->bytes_left) return false;
    reader->bytes_left -= size;
    while (size > 0) {
      const ssize_t n = ::pread(reader->fd.get(), into, size, static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return false;
      offset += static_cast<uint64_t>(n);
      into += n;
      size -= static_cast<size_t>(n);
    }
    return true;
  };
}

BoltFile::BoltFile(ReadAt read_at, uint32_t page_size, uint64_t root, uint64_t transaction)
    : read_at_(std::move(read_at)), page_size_(page_size), root_(root), transaction_(transaction) {}

Result<BoltFile> BoltFile::Open(ReadAt read_at) {
  std::optional<Meta> newest = ReadMeta(read_at, 0);
  // Where the second meta is depends on the page size; without a first one it has to be guessed.
  for (const uint64_t page_size : {newest ? uint64_t{newest->page_size} : uint64_t{4096}, uint64_t{65536}}) {
    const auto other = ReadMeta(read_at, page_size);
    if (other && (!newest || other->transaction > newest->transaction)) newest = other;
    if (newest) break;
  }
  if (!newest) return Fail("bolt database: no valid meta page");
  return BoltFile(std::move(read_at), newest->page_size, newest->root, newest->transaction);
}

Result<std::string> BoltFile::ReadPage(uint64_t page) const {
  if (page > UINT64_MAX / page_size_ - 1) return Broken();
  std::string header(kHeaderBytes, '\0');
  const uint64_t offset = page * page_size_;
  if (!read_at_(offset, header.data(), header.size())) return Broken();
  const uint64_t bytes = (uint64_t{NumberAt<uint32_t>(header, 12)} + 1) * page_size_;
  if (NumberAt<uint64_t>(header, 0) != page || bytes > kMaxPageBytes) return Broken();
  std::string text(bytes, '\0');
  if (!read_at_(offset, text.data(), text.size())) return Broken();
  return text;
}

Result<std::optional<BoltFile::Value>> BoltFile::Search(std::string page, std::string_view key) const {
  for (int depth = 0; depth < kMaxDepth; ++depth) {
    if (page.size() < kHeaderBytes) return Broken();
    const auto flags = NumberAt<uint16_t>(page, 8);
    const auto count = NumberAt<uint16_t>(page, 10);
    const bool is_leaf = (flags & kLeafPage) != 0;
    if (!is_leaf && (flags & kBranchPage) == 0) return Broken();
    uint64_t child = 0;
    for (size_t i = 0; i < count; ++i) {
      const auto element = ElementAt(page, is_leaf, i);
      if (!element) return Broken();
      if (is_leaf && element->key == key)
        return Value{(element->flags & kBucketLeaf) != 0, std::string(element->value)};
      // The last child whose first key is not beyond the one wanted.
      if (!is_leaf && (i == 0 || element->key <= key)) child = element->child;
    }
    if (is_leaf || count == 0) return std::nullopt;
    auto next = ReadPage(child);
    if (!next) return tl::unexpected(next.error());
    page = std::move(*next);
  }
  return Broken();
}

Result<std::optional<std::string>> BoltFile::Get(std::initializer_list<std::string_view> path) const {
  auto page = ReadPage(root_);
  size_t left = path.size();
  for (const std::string_view key : path) {
    if (!page) return tl::unexpected(page.error());
    auto value = Search(std::move(*page), key);
    if (!value) return tl::unexpected(value.error());
    --left;
    if (!*value || (*value)->is_bucket != (left > 0)) return std::nullopt;
    std::string& bytes = (*value)->bytes;
    if (left == 0) return std::move(bytes);
    if (bytes.size() < kHeaderBytes) return Broken();
    const auto root = NumberAt<uint64_t>(bytes, 0);
    page = root == 0 ? Result<std::string>(bytes.substr(16)) : ReadPage(root);
  }
  return std::nullopt;
}

}  // namespace plimsoll::runtime
