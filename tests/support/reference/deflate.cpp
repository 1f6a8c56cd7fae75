#include "tests/support/reference/deflate.hpp"

#include <stdexcept>

#include <zlib.h>

namespace lastframe::reference {

namespace {

constexpr std::string_view tail("\x00\x00\xff\xff", 4);

// zlib's state is costly to make: each thread keeps one of each kind.
struct coder {
  explicit coder(bool compress) : compresses(compress) {
    const int made =
        compress ? deflateInit2(&z, 1, Z_DEFLATED, -9, 1, Z_DEFAULT_STRATEGY) : inflateInit2(&z, -15);
    if (made != Z_OK) throw std::runtime_error("zlib has no memory");
  }
  ~coder() { compresses ? deflateEnd(&z) : inflateEnd(&z); }
  coder(const coder&) = delete;
  coder& operator=(const coder&) = delete;

  z_stream z{};
  bool compresses;
};

void give(z_stream& z, std::string_view in) {
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));  // NOLINT: zlib does not write to it
  z.avail_in = static_cast<uInt>(in.size());
}

template <class Step>
int collect(z_stream& z, std::string& out, Step&& step) {
  int result = Z_OK;
  do {
    const std::size_t had = out.size();
    const std::size_t room = 256 + 2 * had;
    out.resize(had + room);
    z.next_out = reinterpret_cast<Bytef*>(out.data() + had);
    z.avail_out = static_cast<uInt>(room);
    result = step();
    out.resize(had + room - z.avail_out);
  } while (z.avail_out == 0 && result == Z_OK);
  return result;
}

}  // namespace

std::string deflate_message(std::string_view plain) {
  thread_local coder c(true);
  deflateReset(&c.z);
  std::string out;
  give(c.z, plain);
  collect(c.z, out, [] { return deflate(&c.z, Z_SYNC_FLUSH); });
  if (out.ends_with(tail)) out.resize(out.size() - tail.size());
  if (out.empty()) out.assign(1, '\0');
  return out;
}

std::optional<std::string> inflate_message(std::string_view compressed) {
  thread_local coder c(false);
  inflateReset(&c.z);
  std::string out;
  for (const std::string_view part : {compressed, tail}) {
    give(c.z, part);
    if (part.empty()) continue;
    const int result = collect(c.z, out, [] { return inflate(&c.z, Z_SYNC_FLUSH); });
    if (result == Z_STREAM_END) return out;
    if ((result != Z_OK && result != Z_BUF_ERROR) || c.z.avail_in != 0) return std::nullopt;
  }
  return out;
}

}  // namespace lastframe::reference
