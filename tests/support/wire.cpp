#include "tests/support/wire.hpp"

#include <ostream>
#include <stdexcept>

namespace lastframe::support {

namespace {

std::uint8_t byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<std::uint8_t>(bytes[i]);
}

void put(std::string& out, std::uint64_t value, unsigned size) {
  for (unsigned shift = 8 * size; shift > 0; shift -= 8) out += static_cast<char>(value >> (shift - 8));
}

void mask_with(std::string& payload, std::size_t begin, std::uint32_t key) {
  const char bytes[4] = {static_cast<char>(key >> 24), static_cast<char>(key >> 16),
                         static_cast<char>(key >> 8), static_cast<char>(key)};
  char* p = payload.data() + begin;
  const std::size_t size = payload.size() - begin;
  for (std::size_t i = 0; i < size; ++i) p[i] = static_cast<char>(p[i] ^ bytes[i & 3]);
}

// Reads one frame from the front of `bytes` and tells how long it was, or 0 if it is not all there.
std::size_t read_frame(std::string_view bytes, wire_frame& out) {
  if (bytes.size() < 2) return 0;
  std::uint64_t length = byte_at(bytes, 1) & 0x7F;
  const unsigned extended = length == 126 ? 2 : length == 127 ? 8 : 0;
  const bool is_masked = (byte_at(bytes, 1) & 0x80) != 0;
  const std::size_t header = 2 + extended + (is_masked ? 4 : 0);
  if (bytes.size() < header) return 0;
  if (extended != 0) {
    length = 0;
    for (unsigned i = 0; i < extended; ++i) length = length << 8 | byte_at(bytes, 2 + i);
    if (length < (extended == 2 ? 126U : 65536U)) throw std::runtime_error("length not minimal");
  }
  if (bytes.size() - header < length) return 0;
  out.fin = (byte_at(bytes, 0) & 0x80) != 0;
  out.rsv = (byte_at(bytes, 0) >> 4) & 7U;
  out.opcode = byte_at(bytes, 0) & 0xFU;
  out.payload.assign(bytes.substr(header, length));
  out.mask.reset();
  if (is_masked) {
    std::uint32_t key = 0;
    for (unsigned i = 0; i < 4; ++i) key = key << 8 | byte_at(bytes, header - 4 + i);
    out.mask = key;
    mask_with(out.payload, 0, key);
  }
  return header + length;
}

void print(std::ostream& out, unsigned opcode, unsigned rsv, const std::string& payload) {
  out << "opcode " << opcode << " rsv " << rsv << " size " << payload.size();
  if (opcode == 8 && payload.size() >= 2) {
    out << " code " << (byte_at(payload, 0) << 8 | byte_at(payload, 1)) << " '" << payload.substr(2) << "'";
  } else if (payload.size() < 40) {
    out << " '" << payload << "'";
  }
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const wire_frame& frame) {
  print(out << (frame.fin ? "fin " : "") << (frame.mask ? "masked " : ""), frame.opcode, frame.rsv,
        frame.payload);
  return out;
}

std::ostream& operator<<(std::ostream& out, const wire_message& message) {
  print(out, message.opcode, message.rsv, message.payload);
  return out;
}

std::string encode(const wire_frame& frame) {
  const std::uint64_t length = frame.payload.size();
  std::string out;
  out += static_cast<char>((frame.fin ? 0x80U : 0U) | frame.rsv << 4 | frame.opcode);
  const unsigned bit = frame.mask ? 0x80U : 0U;
  if (length < 126) {
    put(out, bit | length, 1);
  } else {
    put(out, bit | (length < 65536 ? 126U : 127U), 1);
    put(out, length, length < 65536 ? 2 : 8);
  }
  if (frame.mask) put(out, *frame.mask, 4);
  const std::size_t begin = out.size();
  out += frame.payload;
  if (frame.mask) mask_with(out, begin, *frame.mask);
  return out;
}

std::string unmasked(unsigned opcode, std::string_view payload, bool fin) {
  return encode({.fin = fin, .opcode = opcode, .payload = std::string(payload)});
}

std::string masked(unsigned opcode, std::string_view payload, bool fin) {
  return encode({.fin = fin, .opcode = opcode, .mask = 0x37FA213D, .payload = std::string(payload)});
}

std::string close_payload(unsigned code, std::string_view reason) {
  if (code == 1005) return {};
  std::string out;
  put(out, code, 2);
  return out.append(reason);
}

std::string unmasked_close(unsigned code, std::string_view reason) {
  return unmasked(8, close_payload(code, reason));
}

std::string masked_close(unsigned code, std::string_view reason) {
  return masked(8, close_payload(code, reason));
}

void wire_decoder::feed(std::string_view bytes) {
  rest_ += bytes;
  std::string_view left = rest_;
  wire_frame frame;
  while (const std::size_t size = read_frame(left, frame)) {
    frames_.push_back(frame);
    left.remove_prefix(size);
  }
  rest_.erase(0, rest_.size() - left.size());
}

std::vector<wire_frame> decode(std::string_view bytes) {
  wire_decoder decoder;
  decoder.feed(bytes);
  if (!decoder.at_boundary()) throw std::runtime_error("the bytes end inside a frame");
  return decoder.frames();
}

std::vector<wire_message> reassemble(const std::vector<wire_frame>& frames) {
  std::vector<wire_message> out;
  std::optional<wire_message> open;
  for (const wire_frame& frame : frames) {
    if (frame.opcode > 2) {
      out.push_back({frame.opcode, frame.rsv, frame.payload});
      continue;
    }
    if ((frame.opcode == 0) != open.has_value()) throw std::runtime_error("fragments do not fit together");
    if (open && frame.rsv != 0) throw std::runtime_error("a continuation has RSV bits");
    if (!open) open = wire_message{frame.opcode, frame.rsv, {}};
    open->payload += frame.payload;
    if (!frame.fin) continue;
    out.push_back(std::move(*open));
    open.reset();
  }
  return out;
}

}  // namespace lastframe::support
