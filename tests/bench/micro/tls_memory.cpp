// Where the memory of an idle TLS connection is, allocation by allocation: what OpenSSL holds for one that
// the proxy accepted, once it is open and has echoed a message.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include <malloc.h>
#include <openssl/crypto.h>
#include <sys/socket.h>

#include "proxy/net/stream.hpp"
#include "proxy/net/tls_context.hpp"
#include "tests/support/certificates.hpp"

namespace {

using lastframe::net::io_status;
using lastframe::net::stream;
using lastframe::net::tls_session;

constexpr int connections = 200;
constexpr std::size_t chunk_header = 8;  // of the allocator's, before each block

struct block {
  std::string place;
  std::size_t size;
};

std::unordered_map<void*, block> blocks;
bool counting = false;

void note(void* made, const char* file, int line) {
  if (!counting || made == nullptr) return;
  const std::string path = file != nullptr ? file : "?";
  blocks[made] = {path.substr(path.find_first_not_of("./")) + ":" + std::to_string(line),
                  ::malloc_usable_size(made) + chunk_header};
}

void* allocate(std::size_t size, const char* file, int line) {
  void* const made = std::malloc(size);
  note(made, file, line);
  return made;
}

void* resize(void* old, std::size_t size, const char* file, int line) {
  blocks.erase(old);
  void* const made = std::realloc(old, size);
  note(made, file, line);
  return made;
}

void release(void* old, const char*, int) {
  blocks.erase(old);
  std::free(old);
}

std::array<std::span<const std::byte>, 2> message() {
  return {std::as_bytes(std::span("hello", 5)), {}};
}

void read_to_end(stream& from) {
  std::array<std::byte, tls_session::record_size> bytes;
  while (from.read(bytes).status == io_status::done) {
  }
}

template <class Step>
void counted(Step&& step) {
  counting = true;
  step();
  counting = false;
}

/// The accepted side of a connection; the other one is gone.
stream open(const lastframe::net::tls_server& server, const lastframe::net::tls_client& client) {
  int made[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, made) != 0) std::abort();
  stream near(made[0]);
  stream far(made[1]);
  far.use(client.connect(made[1], "localhost"));
  counted([&] { near.use(server.accept(made[0])); });
  using progress = tls_session::progress;
  for (auto a = progress::wants_read, b = a; a != progress::done || b != progress::done;) {
    if (b != progress::done) b = far.tls().handshake();
    counted([&] {
      if (a != progress::done) a = near.tls().handshake();
    });
    if (a == progress::failed || b == progress::failed) std::abort();
  }
  if (far.write(message()).status != io_status::done) std::abort();
  counted([&] {
    read_to_end(near);
    if (near.write(message()).status != io_status::done) std::abort();
  });
  return near;
}

}  // namespace

int main() {
  if (CRYPTO_set_mem_functions(allocate, resize, release) != 1) return 1;
  const lastframe::test::authority authority;
  const auto files = authority.issue("server", {"localhost"});
  const lastframe::net::tls_server server(
      {{"bench", {files.certificate, files.key}, "", lastframe::net::tls_version::v1_2}},
      std::make_shared<lastframe::net::ticket_keys>());
  const lastframe::net::tls_client client({"bench", authority.file(), "", {}, false});
  static_cast<void>(open(server, client));  // what is made once
  blocks.clear();
  std::vector<stream> idle;
  for (int i = 0; i < connections; ++i) idle.push_back(open(server, client));

  struct sum {
    std::size_t bytes = 0;
    std::size_t count = 0;
  };
  std::map<std::string, sum> places;
  sum all;
  for (const auto& [address, held] : blocks) {
    for (sum* each : {&places[held.place], &all}) each->bytes += held.size, ++each->count;
  }
  std::vector<std::pair<std::string, sum>> sorted(places.begin(), places.end());
  std::ranges::sort(sorted, [](const auto& a, const auto& b) { return a.second.bytes > b.second.bytes; });
  const auto print = [](const sum& of, const char* place) {
    std::printf("%8.0f bytes in %4.1f  %s\n", static_cast<double>(of.bytes) / connections,
                static_cast<double>(of.count) / connections, place);
  };
  print(all, "all");
  for (const auto& [place, of] : sorted) print(of, place.c_str());
}
