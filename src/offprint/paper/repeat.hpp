// The loop of every measurement: n independent repetitions on the run's threads, with progress and cancellation.
#pragma once
#include <atomic>
#include <type_traits>
#include <vector>

#include "offprint/base/parallel.hpp"
#include "offprint/paper/run.hpp"

namespace offprint {

/// body(i) for i in 0..count-1 on the run's threads; its results in order. Asks before each whether to stop, reports
/// after each. Give each i a stream of its own (`random.split(i)`): the results then do not depend on the threads.
template <class Body>
auto repeat(Run& run, std::size_t count, std::string_view what, const Body& body) {
  using Result = decltype(body(std::size_t{0}));
  std::atomic<std::size_t> done{0};
  const auto each = [&](const auto& one) {
    parallel_for(count, run.threads(), [&](std::size_t i) {
      run.check_cancelled();
      one(i);
      run.progress(static_cast<double>(++done), static_cast<double>(count), what);
    });
  };
  if constexpr (std::is_void_v<Result>) {
    each(body);
  } else {
    static_assert(!std::is_same_v<Result, bool>, "threads cannot write to one std::vector<bool>: return a char");
    std::vector<Result> results(count);
    each([&](std::size_t i) { results[i] = body(i); });
    return results;
  }
}

/// One member of each result, or of what it derives from: `members(results, &Outcome::error)`.
template <class Result, class Owner, class Member>
std::vector<double> members(const std::vector<Result>& results, Member Owner::*member) {
  std::vector<double> values;
  values.reserve(results.size());
  for (const auto& result : results) values.push_back(static_cast<double>(result.*member));
  return values;
}

}  // namespace offprint
