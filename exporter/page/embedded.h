#pragma once

#include <cstddef>
#include <string_view>

namespace plimsoll::page {

// A file of static/ as it was when the program was built (cmake/EmbedPage.cmake).
struct EmbeddedFile {
  std::string_view name;  // "page.css"
  std::string_view hash;  // hex, of the text
  std::string_view text;
};

extern const EmbeddedFile kEmbeddedFiles[];
extern const size_t kEmbeddedFileCount;

}  // namespace plimsoll::page
