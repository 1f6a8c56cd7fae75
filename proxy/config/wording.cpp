#include "proxy/config/wording.hpp"

#include <limits>

#include "proxy/config/units.hpp"
#include "proxy/config/vocabulary.hpp"
#include "proxy/protocol/close.hpp"

namespace lastframe::config {
namespace {

std::string duration_text_of(std::uint64_t value) {
  return duration_text(milliseconds{value});
}

std::string between(const bounds& within, std::string (*text)(std::uint64_t)) {
  return within.most == size_range{}.most ? " of at least " + text(within.least)
                                          : " from " + text(within.least) + " to " + text(within.most);
}

std::string number_text(std::uint64_t value) {
  return std::to_string(value);
}

std::string codes_text() {
  std::string result;
  for (const bounds& each : close_codes()) {
    result += (result.empty() ? "" : ", ") + number_text(each.least) + " to " + number_text(each.most);
  }
  return result;
}

}  // namespace

std::string form_in_words(const key& it, detail how) {
  const auto with = [how](const char* brief, const std::string& more) {
    return how == detail::brief ? brief : brief + more;
  };
  switch (it.value) {
    case kind::mapping:
      return "a mapping";
    case kind::mappings:
      return "a list of mappings";
    case kind::mapping_or_mappings:
      return "a mapping, or a list of them";
    case kind::app_codes:
      return with("a mapping of codes to names",
                  ", which are 1 to " + std::to_string(longest_name) + " letters, digits, `_` and `-`");
    case kind::endpoints:
      return with("a list of at least one address", ": `host:port`, `\"[v6]:port\"` or `unix:PATH`");
    case kind::texts:
      return "a list of texts";
    case kind::words:
      return {};
    case kind::duration:
      return with("a duration", between(it.within, duration_text_of));
    case kind::size:
      return with("a size", between(it.within, size_text));
    case kind::count:
      return with("a number", between(it.within, number_text));
    case kind::code:
      return with("a close code", ": " + codes_text());
    case kind::listen_address:
      return with("an address", ": `host:port`, `\"[v6]:port\"` or `unix:PATH`");
    case kind::tcp_address:
      return with("an address", ": `host:port` or `\"[v6]:port\"`");
    case kind::name:
      return with("a name", ": 1 to " + std::to_string(longest_name) +
                                " of a to z, 0 to 9, `_` and `-`, but not `none`");
    case kind::host:
      return "a host's name or IPv4 address";
    case kind::host_match:
      return "a host's name, or `*.` and one";
    case kind::path:
      return with("a path", ", which begins with `/` and has no query, fragment or spaces");
    case kind::file:
      return "a file";
  }
  return {};
}

std::string values_in_words(const key& it, detail how) {
  std::string result;
  const std::string form = form_in_words(it, how);
  for (std::size_t i = 0; i < it.words.size(); ++i) {
    const bool last = form.empty() && i + 1 == it.words.size();
    result += (i == 0 ? "`" : last ? " or `" : ", `") + it.words[i] + "`";
  }
  return result.empty() || form.empty() ? result + form : result + ", or " + form;
}

std::string help_of(const key& it) {
  return it.help + (it.now == support::full ? "" : " Not supported yet.");
}

std::vector<bounds> close_codes() {
  std::vector<bounds> result;
  for (close_code code = 0; code < 5'000; ++code) {
    if (!protocol::may_be_sent(code)) {
      continue;
    }
    if (result.empty() || result.back().most + 1 != code) {
      result.push_back({code, code});
    }
    result.back().most = code;
  }
  return result;
}

}  // namespace lastframe::config
