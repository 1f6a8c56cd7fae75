// Plays seeds on all cores; `tests/simulate` is the command to type.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include <unistd.h>

#include "tests/simulation/coverage.hpp"

namespace lastframe::simulation {
namespace {

struct options {
  std::uint64_t seeds = 20'000;
  std::uint64_t from = 1;
  unsigned threads = std::thread::hardware_concurrency();
  bool table = false;
  bool keeps_going = false;  // past a seed that fails
  bool replays = false;
};

// From this many seeds on, what never happened is a fault of the simulation.
constexpr std::uint64_t enough = 20'000;
constexpr std::uint64_t fewest_steps = 200;

[[noreturn]] void usage(int status) {
  std::puts(
      "simulate [--seeds N] [--from S] [--threads N] [--table] [--keep-going]   plays N seeds from S on\n"
      "simulate --replay S   plays one and prints its schedule");
  std::exit(status);
}

options parse(int count, char** words) {
  options out;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "--help") usage(0);
    if (word == "--table" || word == "--keep-going") {
      (word == "--table" ? out.table : out.keeps_going) = true;
      continue;
    }
    if (i + 1 == count) usage(2);
    const std::uint64_t number = std::strtoull(words[++i], nullptr, 0);
    if (word == "--seeds") {
      out.seeds = number;
    } else if (word == "--from" || word == "--replay") {
      out.from = number;
      out.replays = word == "--replay";
    } else if (word == "--threads" && number > 0) {
      out.threads = static_cast<unsigned>(number);
    } else {
      usage(2);
    }
  }
  return out;
}

int replay(std::uint64_t seed) {
  world one;
  const verdict v = one.play(seed, plant::none, true);
  std::printf("seed %llu %s after %llu steps%s%s\n", static_cast<unsigned long long>(seed),
              v.passed ? "holds" : "FAILS", static_cast<unsigned long long>(v.steps), v.passed ? "" : ": ",
              v.why.c_str());
  return v.passed ? 0 : 1;
}

/// Threads take seeds in shares until all are played or one has failed.
class run {
 public:
  explicit run(const options& how) : how_(how) {}

  int play() {
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < how_.threads; ++i) threads.emplace_back([this] { work(); });
    while (!over_) {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      if (isatty(STDERR_FILENO) != 0) show_progress();
      over_ = running_ == 0;
    }
    for (std::thread& each : threads) each.join();
    return report();
  }

 private:
  static constexpr std::uint64_t share = 50;

  void work() {
    world one;
    coverage seen;
    for (;;) {
      const std::uint64_t begin = next_.fetch_add(share);
      if (begin >= how_.seeds || (failed_seeds_ != 0 && !how_.keeps_going)) break;
      for (std::uint64_t i = begin; i < std::min(begin + share, how_.seeds); ++i) {
        const verdict v = one.play(how_.from + i);
        if (v.passed) {
          seen.add(one, v);
        } else {
          note_failure(how_.from + i, v.why);
        }
        ++done_;
      }
    }
    const std::scoped_lock lock(mutex_);
    all_.merge(seen);
    --running_;
  }

  void note_failure(std::uint64_t seed, const std::string& why) {
    const std::scoped_lock lock(mutex_);
    ++failed_seeds_;
    std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), why.c_str());
    if (failed_seeds_ > 1 && seed > first_failed_) return;
    first_failed_ = seed;
  }

  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

  void show_progress() const {
    const auto share_done = static_cast<int>(40 * done_ / std::max<std::uint64_t>(how_.seeds, 1));
    std::fprintf(stderr, "\r[%-40.*s] %llu of %llu, %.0f/s ", share_done,
                 "########################################", static_cast<unsigned long long>(done_),
                 static_cast<unsigned long long>(how_.seeds), static_cast<double>(done_) / seconds());
  }

  int report() {
    if (isatty(STDERR_FILENO) != 0) std::fputc('\n', stderr);
    if (how_.table) all_.print();
    std::printf("%llu seeds from %llu in %.1f s, %.0f a second; median %llu steps; %llu failed\n",
                static_cast<unsigned long long>(done_), static_cast<unsigned long long>(how_.from), seconds(),
                static_cast<double>(done_) / seconds(), static_cast<unsigned long long>(all_.median_steps()),
                static_cast<unsigned long long>(failed_seeds_));
    if (failed_seeds_ != 0) {
      static_cast<void>(replay(first_failed_));
      std::printf("play it again: tests/simulate --replay %llu\n",
                  static_cast<unsigned long long>(first_failed_));
      return 1;
    }
    bool complete = true;
    if (how_.seeds >= enough) {
      for (const std::string& what : all_.never_seen()) {
        std::printf("never happened: %s\n", what.c_str());
        complete = false;
      }
      complete = complete && all_.median_steps() >= fewest_steps;
    }
    return complete ? 0 : 1;
  }

  options how_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::atomic<std::uint64_t> next_{0};
  std::atomic<std::uint64_t> done_{0};
  std::atomic<std::uint64_t> failed_seeds_{0};
  std::atomic<unsigned> running_{how_.threads};
  std::uint64_t first_failed_ = 0;
  std::mutex mutex_;
  coverage all_;
  bool over_ = false;
};

}  // namespace
}  // namespace lastframe::simulation

int main(int count, char** words) {
  namespace sim = lastframe::simulation;
  const sim::options how = sim::parse(count, words);
  return how.replays ? sim::replay(how.from) : sim::run(how).play();
}
