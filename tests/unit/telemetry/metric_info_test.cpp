#include "telemetry/metric_info.hpp"

#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "telemetry/exporter.hpp"
#include "tests/unit/telemetry/samples.hpp"

namespace lastframe::telemetry {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

std::string join(const std::set<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

std::set<std::string> split(std::string_view list) {
  std::set<std::string> words;
  while (!list.empty()) {
    const auto end = list.find(", ");
    words.emplace(list.substr(0, end));
    list.remove_prefix(end == std::string_view::npos ? list.size() : end + 2);
  }
  return words;
}

TEST(metric_info, describes_every_metric_that_is_exported_and_no_other_in_the_same_order) {
  const catalogue names = two_routes();
  const recorder one{names, std::make_shared<code_labels>(names)};
  const status state{phase::serving};
  const reload_status reloads;
  const exporter exported{names, {&one}, state, reloads, "1"};
  std::vector<std::string> shown;
  for (const auto& family : exported.Collect()) shown.push_back(family.name);
  std::vector<std::string> described;
  for (const metric_info& info : all_metrics()) described.emplace_back(info.name);
  EXPECT_EQ(shown, described);
}

TEST(metric_info, names_the_labels_that_the_series_bear) {
  const catalogue names = two_routes();
  const recorder one{names, std::make_shared<code_labels>(names)};
  const status state{phase::serving};
  reload_status reloads;
  reloads.started({{leg::client, "/tls.crt", noon()}}, noon());
  const exporter exported{names, {&one}, state, reloads, "1"};
  std::map<std::string, std::string> shown;
  for (const auto& family : exported.Collect()) {
    ASSERT_FALSE(family.metric.empty()) << family.name << " has no series at the start";
    std::set<std::string> labels;
    for (const auto& label : family.metric.front().label) labels.insert(label.name);
    shown[family.name] = join(labels);
  }
  for (const metric_info& info : all_metrics())
    EXPECT_EQ(shown[std::string{info.name}], join(split(info.labels))) << info.name;
}

TEST(metric_info, says_the_unit_and_what_an_example_tells) {
  for (const metric_info& info : all_metrics()) {
    const std::string help{info.help};
    EXPECT_THAT(help, EndsWith(".")) << info.name;
    EXPECT_THAT(std::string{info.tells}, EndsWith(".")) << info.name;
    EXPECT_THAT(std::string{info.query}, HasSubstr(std::string{info.name})) << info.name;
    for (const char* const unit : {"seconds", "bytes"}) {
      if (info.name.find(unit) == std::string_view::npos) continue;
      EXPECT_THAT(std::string{info.unit}, HasSubstr(unit)) << info.name;
      EXPECT_THAT(help, HasSubstr(unit)) << info.name;
    }
  }
}

TEST(metric_info, knows_no_family_that_is_not_described) {
  EXPECT_EQ(empty_family("lastframe_tunnels").help, "Tunnels that are open now.");
  EXPECT_THROW((void)empty_family("lastframe_tunnel"), std::logic_error);
}

}  // namespace
}  // namespace lastframe::telemetry
