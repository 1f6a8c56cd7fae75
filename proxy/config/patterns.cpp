#include "proxy/config/patterns.hpp"

#include <span>
#include <string_view>

#include <sys/un.h>

#include "proxy/config/address.hpp"
#include "proxy/config/units.hpp"
#include "proxy/config/vocabulary.hpp"
#include "proxy/config/wording.hpp"

namespace lastframe::config::patterns {
namespace {

void append(std::string& to, const std::string& alternative) {
  to += (to.empty() ? "" : "|") + alternative;
}

std::string any_digits(unsigned least, unsigned most) {
  if (most == 0) {
    return {};
  }
  if (least == most) {
    return least == 1 ? "[0-9]" : "[0-9]{" + std::to_string(least) + "}";
  }
  return "[0-9]{" + std::to_string(least) + "," + std::to_string(most) + "}";
}

std::string digit(std::uint64_t first, std::uint64_t last) {
  return first == last ? std::to_string(first)
                       : "[" + std::to_string(first) + "-" + std::to_string(last) + "]";
}

// The numbers from `least` on that one prefix, one range of a digit, and free digits can tell; `least`
// becomes the number behind them. `least` is not 0.
std::string next_block(std::uint64_t& least, std::uint64_t most) {
  std::uint64_t step = 1;
  unsigned free = 0;
  while (least % (step * 10) == 0 && least + (step * 10 - 1) <= most) {
    step *= 10;
    ++free;
  }
  if (least == step && least + (9 * step - 1) <= most) {
    // All numbers of this many digits, and then those of more.
    const unsigned fewest = free;
    std::uint64_t behind = step * 10;
    while (behind <= most / 10) {
      behind *= 10;
      ++free;
    }
    least = behind;
    return "[1-9]" + any_digits(fewest, free);
  }
  const std::uint64_t first = least / step % 10;
  std::uint64_t last = first;
  while (last < 9 && least + ((last + 2 - first) * step - 1) <= most) {
    ++last;
  }
  const std::uint64_t before = least / step / 10;
  least += (last + 1 - first) * step;
  return (before == 0 ? "" : std::to_string(before)) + digit(first, last) + any_digits(free, free);
}

std::string with_unit(const bounds& within, std::span<const unit> units) {
  std::string result;
  for (const unit& each : units) {
    const bounds numbers{(within.least + each.factor - 1) / each.factor, within.most / each.factor};
    if (numbers.least <= numbers.most) {
      append(result, number(numbers) + " *" + std::string{each.name});
    }
  }
  return result;
}

const std::string variable = R"(\$\{[A-Za-z_][A-Za-z0-9_]*(?::-[^$}]*)?\})";

std::string times(std::size_t least, std::size_t most) {
  return "{" + std::to_string(least) + "," + std::to_string(most) + "}";
}

std::string host() {
  // What is written in digits and dots alone is an IPv4 address.
  const std::string octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
  return "(?:(?:" + octet + R"(\.){3})" + octet +
         R"(|(?=[0-9.]*[A-Za-z_-])(?![.-])(?:(?!\.\.)[A-Za-z0-9._-]){1,253}))";
}

std::string tcp_address(port_zero zero) {
  const std::string port = number({zero == port_zero::allowed ? 0U : 1U, 65'535});
  return "(?:" + host() + R"(|\[[0-9A-Fa-f:.]+(?:%[^$\]]+)?\]):)" + port;
}

std::string unix_address() {
  return R"(unix:(?:[^$]|\$\$))" + times(1, sizeof(sockaddr_un::sun_path) - 1);
}

std::string close_code() {
  std::string result;
  for (const bounds& each : close_codes()) {
    append(result, number(each));
  }
  return result;
}

}  // namespace

std::string of(const key& it) {
  switch (it.value) {
    case kind::duration:
      return with_unit(it.within, duration_units);
    case kind::size:
      return with_unit(it.within, size_units);
    case kind::count:
      return number(it.within);
    case kind::code:
      return close_code();
    case kind::listen_address:
      return tcp_address(port_zero::allowed) + "|" + unix_address();
    case kind::endpoints:
      return tcp_address(port_zero::refused) + "|" + unix_address();
    case kind::tcp_address:
      return tcp_address(port_zero::allowed);
    case kind::name:
      return "(?!none$)[a-z0-9_-]" + times(1, longest_name);
    case kind::app_codes:
      return "[A-Za-z0-9_-]" + times(1, longest_name);
    case kind::host:
      return host();
    case kind::host_match:
      return R"((?:\*\.)?)" + host();
    case kind::path:
      return R"(/(?:[^?#$\u0000-\u0020\u007f]|\$\$)*)";
    case kind::file:
      return R"((?:[^$]|\$\$)+)";
    case kind::mapping:
    case kind::mappings:
    case kind::mapping_or_mappings:
    case kind::texts:
    case kind::words:
      break;
  }
  return {};
}

std::string number(const bounds& within) {
  std::string result;
  std::uint64_t least = within.least;
  if (least == 0) {
    result = "0";
    least = 1;
  }
  while (least <= within.most) {
    append(result, next_block(least, within.most));
  }
  return "0*(?:" + result + ")";
}

std::string with_variable() {
  return R"((?:[^$]|\$\$)*)" + variable + R"((?:[^$]|\$\$|)" + variable + ")*";
}

}  // namespace lastframe::config::patterns
