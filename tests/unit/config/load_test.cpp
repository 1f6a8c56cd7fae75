// A file as a whole: every fault at once, its place, keys and kinds of nodes.
#include "proxy/config/load.hpp"

#include <filesystem>
#include <fstream>
#include <random>

#include <stdlib.h>

#include "tests/unit/config/support.hpp"

namespace lastframe::config {
namespace {

TEST(config_load, reports_all_faults_of_a_file_in_its_order) {
  const std::string text =
      "listeners:\n"
      "  - adress: 0.0.0.0:8080\n"
      "routes:\n"
      "  - name: Chat\n"
      "    upstream:\n"
      "      endpoints: [127.0.0.1]\n"
      "      connect_timeout: 2\n"
      "      connect_timeout: 3s\n"
      "drain: {code: 1006}\n"
      "log:\n"
      "  level: inof\n"
      "workers: ${CPUS}\n";
  EXPECT_THAT(
      faults_of(text),
      ElementsAre(
          "f:2:5: listeners[0]: \"adress\": unknown key; did you mean `address`?",
          "f:2:5: listeners[0]: `address` is missing",
          "f:4:11: routes[0].name: \"Chat\": a name is 1 to 63 characters of a-z, 0-9, `_` and `-`",
          "f:6:19: routes[0].upstream.endpoints[0]: \"127.0.0.1\": there is no port; an address is "
          "host:port, "
          "[v6]:port or unix:PATH",
          "f:7:24: routes[0].upstream.connect_timeout: \"2\": a number without a unit; a duration is a whole "
          "number and one of ms, s, m, h, such as 2s",
          "f:8:7: routes[0].upstream: \"connect_timeout\": this key stands here twice",
          "f:9:15: drain.code: \"1006\": not a code that a Close frame may carry: 1000-1003, 1007-1014, "
          "3000-4999",
          "f:11:10: log.level: \"inof\": expected trace, debug, info, warning or error; did you mean `info`?",
          "f:12:10: the environment variable \"CPUS\" is not set; `${CPUS:-default}` would give it a "
          "default"));
}

TEST(config_load, requires_listeners_and_routes) {
  EXPECT_THAT(faults_of(""), ElementsAre("f:1:1: `listeners` is missing", "f:1:1: `routes` is missing"));
  EXPECT_THAT(faults_of("workers: 2\n"),
              ElementsAre("f:1:1: `listeners` is missing", "f:1:1: `routes` is missing"));
}

TEST(config_load, refuses_empty_listeners_and_routes) {
  EXPECT_THAT(faults_of("listeners: []\nroutes: []\n"),
              ElementsAre("f:1:12: listeners: at least one listener is needed",
                          "f:2:9: routes: at least one route is needed"));
  EXPECT_THAT(faults_of("listeners:\nroutes:\n"),
              ElementsAre("f:1:1: listeners: at least one listener is needed",
                          "f:2:1: routes: at least one route is needed"));
}

TEST(config_load, refuses_a_file_that_is_no_mapping) {
  EXPECT_THAT(faults_of("- a\n"), ElementsAre("f:1:1: expected a mapping, found a list"));
  EXPECT_THAT(faults_of("hello\n"),
              ElementsAre("f:1:1: \"hello\": expected a mapping, found a single value"));
}

TEST(config_load, refuses_unknown_keys_with_the_nearest_known_one) {
  EXPECT_THAT(faults_of(with_section("limit: {}")),
              ElementsAre("f:5:1: \"limit\": unknown key; did you mean `limits`?"));
}

TEST(config_load, lists_the_known_keys_where_none_is_near) {
  EXPECT_THAT(faults_of(with_section("log: {colour: red}")),
              ElementsAre("f:5:7: log: \"colour\": unknown key; known here: level, format, access"));
}

TEST(config_load, refuses_repeated_keys_at_each_level) {
  EXPECT_THAT(faults_of(with_section("log: {level: info}\nlog: {level: debug}")),
              ElementsAre("f:6:1: \"log\": this key stands here twice"));
  EXPECT_THAT(faults_of(with_section("log: {level: info, level: info}")),
              ElementsAre("f:5:20: log: \"level\": this key stands here twice"));
}

TEST(config_load, refuses_keys_that_are_no_words) {
  EXPECT_THAT(faults_of(with_section("[1]: 2")), ElementsAre("f:5:1: a key is a single word"));
}

TEST(config_load, refuses_the_wrong_kind_of_node) {
  EXPECT_THAT(faults_of(with_section("drain: 25s")),
              ElementsAre("f:5:8: drain: \"25s\": expected a mapping, found a single value"));
  EXPECT_THAT(faults_of(with_section("drain: {deadline: [25s]}")),
              ElementsAre("f:5:19: drain.deadline: expected a single value, found a list"));
  EXPECT_THAT(faults_of(with_section("workers: {count: 2}")),
              ElementsAre("f:5:10: workers: expected a single value, found a mapping"));
  EXPECT_THAT(faults_of("listeners: {address: 127.0.0.1:1}\nroutes: [a]\n"),
              ElementsAre("f:1:12: listeners: expected a list, found a mapping",
                          "f:2:10: routes[0]: \"a\": expected a mapping, found a single value"));
}

TEST(config_load, refuses_a_key_without_a_value_at_the_key) {
  EXPECT_THAT(faults_of(with_section("drain:\n  deadline:\n  code: 1001")),
              ElementsAre("f:6:3: drain.deadline: there is no value"));
  EXPECT_THAT(faults_of(with_section("workers: \"\"")), ElementsAre("f:5:10: workers: there is no value"));
}

TEST(config_load, takes_a_section_without_content_for_an_empty_one) {
  EXPECT_EQ(accepted(with_section("limits:\ndrain:\ntelemetry:\nlog:\nforwarded:")).drain.code, 1012);
}

TEST(config_load, takes_values_from_the_environment) {
  const auto around = around_of({{"PORT", "9000"}, {"LEVEL", "debug"}});
  const settings all = accepted(
      "listeners: [{address: \"127.0.0.1:${PORT}\"}]\n"
      "routes: [{name: \"${NAME:-chat}\", upstream: {endpoints: [\"unix:/run/$$.sock\"]}}]\n"
      "log: {level: \"${LEVEL}\"}\n",
      around);
  EXPECT_EQ(all.listeners.at(0).where.where, (address{"", host_port{"127.0.0.1", 9'000}}.where));
  EXPECT_EQ(all.routes.at(0).name, "chat");
  EXPECT_EQ(all.routes.at(0).upstream.endpoints.at(0).text, "unix:/run/$.sock");
  EXPECT_EQ(all.log.level, log_level::debug);
}

TEST(config_load, says_nothing_more_of_a_value_whose_variable_is_unset) {
  EXPECT_THAT(faults_of(with_section("log: ${NOPE}\nworkers: ${NOPE}")),
              ElementsAre(HasSubstr("f:5:6: the environment"), HasSubstr("f:6:10: the environment")));
}

TEST(config_load, reports_a_fault_that_aliases_repeat_only_once_per_path) {
  EXPECT_THAT(faults_of(with_route("keepalive: {client: &k {interval: 1}, upstream: *k }")),
              ElementsAre(HasSubstr("f:5:39: routes[0].keepalive.client.interval"),
                          HasSubstr("f:5:39: routes[0].keepalive.upstream.interval")));
}

TEST(config_load, reports_broken_syntax_at_its_place) {
  EXPECT_THAT(faults_of("listeners: [\n"), ElementsAre(testing::StartsWith("f:2:1: not YAML: ")));
}

TEST(config_load, answers_damage_of_any_kind_with_settings_or_faults) {
  const std::string whole = with_route(
      "keepalive: {client: &k {interval: 1s}, upstream: *k }\n    limits: {max_message: \"${A:-1MiB}\"}\n"
      "telemetry: {app_codes: {4001: a}}\nlog:\n  level: info\n");
  constexpr std::string_view characters = "{}[]:,-&*!|>'\"%@`#\n \t$~?x0\x80\xff";
  constexpr unsigned seed = 20'261;
  std::mt19937 random{seed};
  int good = 0;
  for (int i = 0; i < 500; ++i) {
    std::string text = whole;
    for (auto damages = 1 + random() % 3; damages > 0; --damages) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = characters[random() % characters.size()];
          break;
        case 1:
          text.insert(at, 1, characters[random() % characters.size()]);
          break;
        default:
          text.erase(at, 1 + random() % 5);
      }
    }
    const load_result result = load_text(text, "f", around_of());
    ASSERT_EQ(result.loaded != nullptr, result.faults.empty()) << "seed " << seed << ", round " << i << '\n'
                                                               << text;
    good += result.loaded ? 1 : 0;
  }
  EXPECT_GT(good, 0);
  EXPECT_LT(good, 500);
}

class config_file : public testing::Test {
 protected:
  config_file() {
    std::string name = (std::filesystem::temp_directory_path() / "lastframe-load-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~config_file() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }

 private:
  std::filesystem::path folder_;
};

TEST_F(config_file, is_loaded_and_its_faults_carry_its_path) {
  std::ofstream{path("good.yaml")} << with_section();
  std::ofstream{path("bad.yaml")} << with_section("workers: 0");
  EXPECT_TRUE(load_file(path("good.yaml"), around_of()));
  const load_result bad = load_file(path("bad.yaml"), around_of());
  ASSERT_EQ(bad.faults.size(), 1U);
  EXPECT_EQ(to_string(bad.faults[0]),
            path("bad.yaml") + ":5:10: workers: \"0\": expected a number from 1 to 1024, or auto");
}

TEST_F(config_file, that_cannot_be_read_is_a_fault) {
  const load_result missing = load_file(path("missing.yaml"), around_of());
  ASSERT_EQ(missing.faults.size(), 1U);
  EXPECT_EQ(to_string(missing.faults[0]),
            path("missing.yaml") + ": cannot be read: No such file or directory");
  const load_result folder = load_file(path("."), around_of());
  ASSERT_EQ(folder.faults.size(), 1U);
  EXPECT_THAT(to_string(folder.faults[0]), HasSubstr("cannot be read: Is a directory"));
}

TEST_F(config_file, of_a_size_that_no_configuration_has_is_a_fault) {
  std::ofstream{path("large.yaml")} << std::string((4 << 20) + 1, '#');
  const load_result large = load_file(path("large.yaml"), around_of());
  ASSERT_EQ(large.faults.size(), 1U);
  EXPECT_THAT(to_string(large.faults[0]), HasSubstr("larger than 4 MiB"));
}

TEST(config_surroundings, see_the_environment_of_the_process) {
  ::setenv("LASTFRAME_LOAD_TEST", "seen", 1);
  const surroundings around = process_surroundings();
  EXPECT_EQ(around.variable("LASTFRAME_LOAD_TEST"), "seen");
  ::unsetenv("LASTFRAME_LOAD_TEST");
  EXPECT_EQ(around.variable("LASTFRAME_LOAD_TEST"), std::nullopt);
  EXPECT_GE(around.cpus, 1U);
  EXPECT_GE(around.descriptor_limit, 1U);
}

}  // namespace
}  // namespace lastframe::config
