#include "proxy/config/suggest.hpp"

#include <algorithm>
#include <string>

namespace lastframe::config {
namespace {

std::string plain(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool upper = c >= 'A' && c <= 'Z';
    result += c == '-' ? '_' : upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return result;
}

// Such as `warn` for `warning`, or `info_level` for `info`.
bool is_beginning(std::string_view a, std::string_view b) {
  return std::min(a.size(), b.size()) >= 3 && (a.starts_with(b) || b.starts_with(a));
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Three rows of the table: a swap looks two rows back.
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    row[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before.swap(last);
    last.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

std::optional<std::string_view> nearest(std::string_view written,
                                        const std::vector<std::string_view>& candidates) {
  constexpr std::size_t longest = 64;
  if (written.empty() || written.size() > longest) {
    return std::nullopt;
  }
  const std::string wanted = plain(written);
  std::optional<std::string_view> best;
  std::size_t best_distance = 0;
  for (const std::string_view each : candidates) {
    const std::size_t distance = edit_distance(wanted, plain(each));
    const std::size_t allowed = std::max<std::size_t>(1, each.size() / 3);
    const bool near = (distance <= allowed && distance < each.size()) || is_beginning(wanted, plain(each));
    if (near && (!best || distance < best_distance)) {
      best = each;
      best_distance = distance;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view written, const std::vector<std::string_view>& candidates) {
  const auto near = nearest(written, candidates);
  return near ? "; did you mean `" + std::string{*near} + "`?" : std::string{};
}

}  // namespace lastframe::config
