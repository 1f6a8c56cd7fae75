// The words and the ranges that values may have: obeyed by the loader, told by the description.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "proxy/config/settings.hpp"

namespace lastframe::config {

/// A word of the file, and what it stands for.
template <typename T>
struct word {
  std::string_view text;
  T meaning;
};

enum class balance { round_robin, least_connections };

inline constexpr std::array<word<bool>, 2> booleans{{{"true", true}, {"false", false}}};
inline constexpr std::array<word<balance>, 2> balances{
    {{"round_robin", balance::round_robin}, {"least_connections", balance::least_connections}}};
inline constexpr std::array<word<host_header>, 2> host_headers{
    {{"preserve", host_header::preserve}, {"upstream", host_header::upstream}}};
inline constexpr std::array<word<on_failure>, 2> failure_answers{
    {{"close", on_failure::close}, {"http", on_failure::http}}};
inline constexpr std::array<word<bool>, 2> fragmentations{{{"split", true}, {"preserve", false}}};
inline constexpr std::array<word<net::tls_version>, 2> tls_versions{
    {{"1.2", net::tls_version::v1_2}, {"1.3", net::tls_version::v1_3}}};
inline constexpr std::array<word<details>, 3> details_choices{
    {{"auto", details::automatic}, {"true", details::always}, {"false", details::never}}};
inline constexpr std::array<word<log_level>, 5> log_levels{{{"trace", log_level::trace},
                                                            {"debug", log_level::debug},
                                                            {"info", log_level::info},
                                                            {"warning", log_level::warning},
                                                            {"error", log_level::error}}};
inline constexpr std::array<word<log_format>, 2> log_formats{
    {{"json", log_format::json}, {"text", log_format::text}}};
inline constexpr std::array<word<access_log>, 3> access_logs{
    {{"all", access_log::all}, {"abnormal", access_log::abnormal}, {"off", access_log::off}}};

/// The shortest and the longest that make sense.
struct duration_range {
  milliseconds least{1};
  milliseconds most{std::chrono::hours{8'760}};
};

inline constexpr duration_range may_be_zero{milliseconds{0}};

/// Both in bytes.
struct size_range {
  std::uint64_t least = 1;
  std::uint64_t most = std::numeric_limits<std::int64_t>::max();
};

inline constexpr size_range buffer_sizes{64ULL << 10, 1ULL << 50};
inline constexpr size_range header_sizes{1ULL << 10, 1ULL << 20};

/// Whole numbers without a unit.
struct count_range {
  std::size_t least = 1;
  std::size_t most = 100'000'000;
};

inline constexpr count_range closing_counts{0, 1'000'000};
inline constexpr count_range max_codes_counts{0, 2'000};
inline constexpr count_range worker_counts{1, 1'024};
inline constexpr count_range app_code_range{3'000, 4'999};

/// Of a route's name, and of a close code's.
inline constexpr std::size_t longest_name = 63;

}  // namespace lastframe::config
