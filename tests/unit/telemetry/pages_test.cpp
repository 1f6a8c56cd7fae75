#include "telemetry/pages.hpp"

#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "telemetry/page_files.hpp"
#include "tests/unit/telemetry/samples.hpp"

namespace lastframe::telemetry {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// The value of a header field; empty if there is none.
std::string_view field(const page& answer, std::string_view name) {
  for (const auto& [one, value] : fields_of(answer)) {
    if (one == name) return value;
  }
  return {};
}

class pages : public testing::Test {
 protected:
  std::optional<page> ask(std::string_view target, details_access access = details_access::all,
                          std::string_view method = "GET", std::string_view host = "localhost:10014") {
    return page_for({method, target, host}, access,
                    {&exporter_, phase::serving, noon(), std::chrono::seconds{17}});
  }

  catalogue names_ = two_routes();
  recorder recorder_{names_, std::make_shared<code_labels>(names_)};
  status state_{phase::serving};
  reload_status reloads_;
  exporter exporter_{names_, {&recorder_, &recorder_}, state_, reloads_, "1.2.3"};
};

constexpr std::array with_details{"/",       "/script.js", "/style.css", "/icon.svg",
                                  "/status", "/codes",     "/closes"};

TEST_F(pages, show_details_where_all_may_see_them) {
  for (const char* const target : with_details) {
    const auto answer = ask(target);
    EXPECT_EQ(answer ? answer->status : 200U, 200U) << target;
  }
}

TEST_F(pages, show_no_details_where_none_may_see_them) {
  for (const char* const target : with_details) {
    EXPECT_EQ(ask(target, details_access::none).value().status, 403U) << target;
  }
  EXPECT_EQ(ask("/metrics", details_access::none).value().status, 200U);
}

TEST_F(pages, show_no_details_by_a_name_that_a_web_page_s_author_chose) {
  for (const char* const target : with_details) {
    EXPECT_EQ(ask(target, details_access::own_hosts, "GET", "rebound.example.com").value().status, 403U)
        << target;
    const auto own = ask(target, details_access::own_hosts, "GET", "127.0.0.1:10014");
    EXPECT_EQ(own ? own->status : 200U, 200U) << target;
  }
}

TEST_F(pages, are_only_read) {
  for (const char* const target : with_details)
    EXPECT_EQ(ask(target, {}, "POST").value().status, 405U) << target;
}

TEST_F(pages, are_not_files_of_the_machine) {
  for (const char* const target :
       {"/index.html/", "/../etc/passwd", "/page/script.js", "//", "/SCRIPT.JS", ""}) {
    EXPECT_EQ(ask(target).value().status, 404U) << target;
  }
}

TEST_F(pages, have_a_policy_without_anything_inline_or_from_elsewhere) {
  const page frame = ask("/?anything").value();
  EXPECT_EQ(frame.type, "text/html; charset=utf-8");
  const std::string_view policy = field(frame, "Content-Security-Policy");
  EXPECT_THAT(policy, StartsWith("default-src 'none'; script-src 'self'; style-src 'self';"));
  EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  EXPECT_THAT(policy, Not(HasSubstr(" *")));
  EXPECT_EQ(field(ask("/status").value(), "Content-Security-Policy"), "");
}

TEST_F(pages, refer_to_files_that_are_there_and_to_nothing_elsewhere) {
  const std::regex reference{R"re((?:src|href|from)[= ]+["']\.?([/#][^"']*)["'])re"};
  std::size_t found = 0;
  for (const page_file& file : page_files()) {
    const std::string text{file.text};
    for (std::sregex_iterator it{text.begin(), text.end(), reference}; it != std::sregex_iterator{}; ++it) {
      const std::string target = (*it)[1];
      if (target.starts_with('#')) continue;
      const auto answer = ask(target);
      EXPECT_EQ(answer ? answer->status : 200U, 200U) << file.path << " refers to " << target;
      ++found;
    }
    const std::string elsewhere = std::regex_replace(text, std::regex{"http://www\\.w3\\.org/2000/svg"}, "");
    EXPECT_THAT(elsewhere, Not(HasSubstr("http:"))) << file.path;
    EXPECT_THAT(elsewhere, Not(HasSubstr("https:"))) << file.path;
  }
  EXPECT_GT(found, 10U);
}

TEST_F(pages, hold_nothing_inline_and_never_read_text_as_markup) {
  for (const page_file& file : page_files()) {
    for (const char* const banned : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write",
                                     "eval(", "DOMParser", "<style", " style=", " onclick=", "javascript:"}) {
      EXPECT_THAT(std::string{file.text}, Not(HasSubstr(banned))) << file.path;
    }
  }
  EXPECT_FALSE(std::regex_search(ask("/").value().body, std::regex{"<script(?![^>]* src=)"}));
}

TEST_F(pages, tell_the_status_of_routes_and_endpoints) {
  recorder_.route(0).tunnels.add(3);
  recorder_.route(1).tunnels.add(1);
  recorder_.upstream_failed(0, 1, cause::eof);
  recorder_.upstream_failed(0, 1, cause::connect_failed);
  const page answer = ask("/status").value();
  EXPECT_EQ(answer.type, "application/json");
  // The exporter reads the one recorder as if it were two.
  EXPECT_EQ(json::parse(answer.body), json::parse(R"({
    "version": "1.2.3", "phase": "serving", "time": "2026-11-21T12:00:00.000Z", "uptime_seconds": 17, "workers": 2,
    "tunnels": 8, "routes": [
      {"route": "chat", "tunnels": 6, "endpoints": [
        {"endpoint": "127.0.0.1:3000", "failures": {}},
        {"endpoint": "127.0.0.1:3001", "failures": {"eof": 2, "connect_failed": 2}}]},
      {"route": "feed", "tunnels": 2, "endpoints": [{"endpoint": "unix:/run/feed.sock", "failures": {}}]}]})"));
}

TEST_F(pages, tell_of_a_route_that_is_gone_while_it_has_tunnels) {
  catalogue names = two_routes();
  names.gone_routes = {1};
  exporter_.renew(names);
  const auto routes = [this] { return json::parse(ask("/status").value().body).at("routes").size(); };
  EXPECT_EQ(routes(), 1U);
  recorder_.route(1).tunnels.add(1);
  EXPECT_EQ(routes(), 2U);
}

TEST_F(pages, leave_out_an_endpoint_that_is_gone) {
  catalogue names = two_routes();
  names.gone_endpoints = {{0, 0}};
  exporter_.renew(names);
  const json routes = json::parse(ask("/status").value().body).at("routes");
  ASSERT_EQ(routes[0].at("endpoints").size(), 1U);
  EXPECT_EQ(routes[0].at("endpoints")[0].at("endpoint"), "127.0.0.1:3001");
  const std::string gone = "endpoint=\"127.0.0.1:3000\"";
  EXPECT_EQ(exporter_.text().find(gone), std::string::npos);
  recorder_.upstream_failed(0, 0, cause::eof);
  EXPECT_NE(exporter_.text().find(gone), std::string::npos) << "what was counted stays";
}

TEST_F(pages, tell_what_each_code_means_and_what_the_configuration_calls_it) {
  const json codes = json::parse(ask("/codes").value().body);
  const auto& all = codes.at("codes");
  const auto found =
      std::find_if(all.begin(), all.end(), [](const json& one) { return one.at("first") == 1014; });
  ASSERT_NE(found, all.end());
  EXPECT_EQ(found->at("name"), "bad_gateway");
  EXPECT_EQ(found->at("class"), "failure");
  for (const char* const part : {"meaning", "sender", "operator_hint", "client_hint"}) {
    EXPECT_GT(found->at(part).get<std::string>().size(), 10U) << part;
  }
  EXPECT_EQ(codes.at("app_codes"), json::parse(R"({"4001": "session_expired"})"));
  EXPECT_EQ(codes.at("causes").size(), cause_count);
  EXPECT_EQ(codes.at("causes").front(), "close_frame");
}

}  // namespace
}  // namespace lastframe::telemetry
