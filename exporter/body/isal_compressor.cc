#include <isa-l/igzip_lib.h>

#include <limits>
#include <new>

#include "exporter/body/compressor.h"

namespace plimsoll::body {
namespace {

class IsalCompressor final : public Compressor {
 public:
  IsalCompressor() {
    isal_deflate_init(&work_.stream);
    work_.stream.level = 1;
    work_.stream.level_buf = work_.level;
    work_.stream.level_buf_size = sizeof work_.level;
    work_.stream.gzip_flag = IGZIP_GZIP;
  }

  void Feed(std::string_view text, bool last, PageBuffer& out) override {
    if (text.size() > std::numeric_limits<uint32_t>::max()) throw std::bad_alloc();
    isal_zstream& stream = work_.stream;
    stream.end_of_stream = last;
    stream.next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uint32_t>(text.size());
    do {
      stream.next_out = reinterpret_cast<uint8_t*>(out.Room(kPiece));
      stream.avail_out = kPiece;
      // Fails for settings alone, which are fixed above.
      if (isal_deflate(&stream) != COMP_OK) throw std::bad_alloc();
      out.Written(reinterpret_cast<char*>(stream.next_out));
    } while (last ? stream.internal_state.state != ZSTATE_END : stream.avail_in > 0 || stream.avail_out == 0);
  }

 private:
  struct Work {
    isal_zstream stream;
    uint8_t level[ISAL_DEF_LVL1_MEDIUM];
  };
  // Several hundred kilobytes, gone with the compressor.
  PageBuffer pages_{sizeof(Work), sizeof(Work)};
  Work& work_ = *new (pages_.Room(sizeof(Work))) Work;
};

}  // namespace

std::unique_ptr<Compressor> MakeIsalCompressor() { return std::make_unique<IsalCompressor>(); }

}  // namespace plimsoll::body
