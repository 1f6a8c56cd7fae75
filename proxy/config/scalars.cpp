#include "proxy/config/scalars.hpp"

#include <algorithm>
#include <charconv>

#include "proxy/config/suggest.hpp"
#include "proxy/config/units.hpp"
#include "proxy/protocol/close.hpp"

namespace lastframe::config {
namespace {

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t result = 0;
  const auto [after, error] = std::from_chars(text.data(), text.data() + text.size(), result);
  if (error != std::errc{} || after != text.data() + text.size()) {
    return std::nullopt;
  }
  return result;
}

/// How a kind of value is written, for messages.
struct notation {
  std::string_view kind;
  std::vector<std::string_view> units;
  std::string_view usual_unit;
  bool may_be_unlimited;
};

void refuse_unit(const value& from, unit_errc error, const notation& how) {
  const std::string& text = from.at.text;
  if (error == unit_errc::too_large) {
    from.refuse_text(std::string{to_string(error)});
    return;
  }
  std::string why =
      std::string{to_string(error)} + "; " + std::string{how.kind} + " is a whole number and one of";
  for (const std::string_view each : how.units) {
    why += (each == how.units.front() ? " " : ", ") + std::string{each};
  }
  if (error == unit_errc::no_unit) {
    why += ", such as " + text + std::string{how.usual_unit};
  } else if (error == unit_errc::unknown_unit) {
    const std::size_t number = std::min(text.find_first_not_of("0123456789 "), text.size());
    why += did_you_mean(std::string_view{text}.substr(number), how.units);
  } else if (how.may_be_unlimited) {
    why += ", or unlimited" + did_you_mean(text, {"unlimited"});
  }
  from.refuse_text(why);
}

std::optional<milliseconds> duration_within(const value& from, duration_range range, bool may_be_unlimited) {
  const auto text = read_text(from);
  if (!text) {
    return std::nullopt;
  }
  const auto parsed = parse_duration(*text);
  if (!parsed) {
    refuse_unit(from, parsed.error(), {"a duration", {"ms", "s", "m", "h"}, "s", may_be_unlimited});
    return std::nullopt;
  }
  if (*parsed < range.least || *parsed > range.most) {
    from.refuse_text("out of range; it is from " + duration_text(range.least) + " to " +
                     duration_text(range.most));
    return std::nullopt;
  }
  return *parsed;
}

std::optional<std::uint64_t> size_within(const value& from, size_range range, bool may_be_unlimited) {
  const auto text = read_text(from);
  if (!text) {
    return std::nullopt;
  }
  const auto parsed = parse_size(*text);
  if (!parsed) {
    refuse_unit(from, parsed.error(), {"a size", {"B", "KiB", "MiB", "GiB"}, "KiB", may_be_unlimited});
    return std::nullopt;
  }
  if (*parsed < range.least) {
    from.refuse_text("out of range; it is at least " + size_text(range.least));
    return std::nullopt;
  }
  if (*parsed > range.most) {
    from.refuse_text("out of range; it is at most " + size_text(range.most));
    return std::nullopt;
  }
  return *parsed;
}

}  // namespace

std::optional<std::string_view> read_text(const value& from) {
  switch (from.at.type) {
    case node::kind::scalar:
      if (!from.at.text.empty()) {
        return from.at.text;
      }
      [[fallthrough]];
    case node::kind::null:
      from.refuse("there is no value");
      return std::nullopt;
    case node::kind::broken:
      return std::nullopt;
    case node::kind::sequence:
      from.refuse("expected a single value, found a list");
      return std::nullopt;
    case node::kind::mapping:
      from.refuse("expected a single value, found a mapping");
      return std::nullopt;
  }
  return std::nullopt;
}

void read_duration(const value& from, milliseconds& to, duration_range range) {
  to = duration_within(from, range, false).value_or(to);
}

void read_duration(const value& from, std::optional<milliseconds>& to, duration_range range) {
  if (from.is_word("unlimited")) {
    to.reset();
  } else if (const auto found = duration_within(from, range, true)) {
    to = found;
  }
}

void read_size(const value& from, std::uint64_t& to, size_range range) {
  to = size_within(from, range, false).value_or(to);
}

void read_size(const value& from, std::optional<std::uint64_t>& to, size_range range) {
  if (from.is_word("unlimited")) {
    to.reset();
  } else if (const auto found = size_within(from, range, true)) {
    to = found;
  }
}

void read_count(const value& from, std::size_t& to, count_range range, std::string_view instead) {
  const auto text = read_text(from);
  if (!text) {
    return;
  }
  const auto number = whole_number(*text);
  if (!number || *number < range.least || *number > range.most) {
    from.refuse_text(
        "expected a number from " + std::to_string(range.least) + " to " + std::to_string(range.most) +
        (instead.empty() ? "" : ", or " + std::string{instead} + did_you_mean(*text, {instead})));
    return;
  }
  to = *number;
}

void read_bool(const value& from, bool& to) {
  read_choice(from, to, booleans);
}

void read_close_code(const value& from, close_code& to) {
  const auto text = read_text(from);
  if (!text) {
    return;
  }
  const auto number = whole_number(*text);
  if (!number) {
    from.refuse_text("expected a close code, such as 1011");
  } else if (*number > 4999 || !protocol::may_be_sent(static_cast<close_code>(*number))) {
    from.refuse_text("not a code that a Close frame may carry: 1000-1003, 1007-1014, 3000-4999");
  } else {
    to = static_cast<close_code>(*number);
  }
}

void read_address(const value& from, address& to, port_zero zero) {
  if (from.is(node::kind::sequence)) {
    from.refuse("expected an address, found a list; an address with [ ] stands in quotes");
    return;
  }
  const auto text = read_text(from);
  if (!text) {
    return;
  }
  auto parsed = parse_address(*text, zero);
  if (auto* found = std::get_if<address>(&parsed)) {
    to = std::move(*found);
  } else {
    from.refuse_text(std::get<std::string>(parsed));
  }
}

std::optional<std::size_t> read_word(const value& from, const std::vector<std::string_view>& choices) {
  const auto text = read_text(from);
  if (!text) {
    return std::nullopt;
  }
  std::string listed;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (choices[i] == *text) {
      return i;
    }
    listed += (i == 0 ? "" : i + 1 == choices.size() ? " or " : ", ") + std::string{choices[i]};
  }
  from.refuse_text("expected " + listed + did_you_mean(*text, choices));
  return std::nullopt;
}

}  // namespace lastframe::config
