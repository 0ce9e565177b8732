// Seeded, splittable, portable random streams: the same seed gives the same numbers on every machine.
// Generator: xoshiro256++ (Blackman and Vigna 2021), seeded by splitmix64; distributions: Boost.Random, whose
// algorithms are fixed, unlike those of the standard library. Not for privacy noise: see math/exact_sampling.hpp.
#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace offprint {

/// A random stream. Satisfies std::uniform_random_bit_generator, so that any Boost.Random distribution takes it.
class Random {
 public:
  using result_type = std::uint64_t;
  explicit Random(std::uint64_t seed = 0);

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }
  result_type operator()();

  /// A stream independent of this one and of every other index or name; does not advance this stream.
  Random split(std::uint64_t index) const;
  Random split(std::string_view name) const;

  double uniform();                                            ///< in [0, 1)
  double uniform(double low, double high);                     ///< in [low, high)
  std::uint64_t below(std::uint64_t n);                        ///< uniform on 0..n-1, unbiased; n >= 1
  bool bernoulli(double probability);                          ///< true with this probability in [0, 1]
  double normal();                                             ///< standard normal
  double exponential();                                        ///< rate 1
  double gamma(double shape);                                  ///< scale 1, shape > 0
  std::vector<double> dirichlet(std::size_t n, double alpha);  ///< symmetric Dirichlet, n components
  std::size_t categorical(
      std::span<const double> weights);  ///< index with probability proportional to weight; weights >= 0, sum > 0

  /// Fisher-Yates.
  template <class T>
  void shuffle(std::vector<T>& values) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }

 private:
  std::uint64_t seed_;
  std::uint64_t state_[4];
};

}  // namespace offprint
