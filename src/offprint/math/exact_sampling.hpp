// Noise for privacy, sampled exactly: only integers and unbiased random bits, no floating point, so that the
// distribution is the one the proof is about.
// Discrete Gaussian and Laplace, Bernoulli(exp(-g)): Canonne, Kamath and Steinke, "The Discrete Gaussian for
// Differential Privacy" (2020), algorithms 1 to 3.
// Randomness comes from the operating system; a seeded source exists for tests and reproductions and says of itself
// that it is not private.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "offprint/base/random.hpp"

namespace offprint {

__extension__ using Unsigned128 = unsigned __int128;

/// Where random bits come from. Not thread-safe: one a thread. Do not use across fork().
class RandomBits {
 public:
  static RandomBits operating_system();     ///< ChaCha20 under a key from the system, replaced after every block
  static RandomBits seeded(Random random);  ///< reproducible and therefore not private
  RandomBits(RandomBits&&) = default;       // never copied: two copies would draw the same noise
  RandomBits& operator=(RandomBits&&) = default;
  bool is_private() const { return !seeded_; }

  std::uint64_t word() { return used_ == buffer_.size() ? refill() : buffer_[used_++]; }
  bool bit();
  /// Uniform on 0..n-1, unbiased; n >= 1. Lemire's multiplication, rejecting the few words that would bias it.
  std::uint64_t below(std::uint64_t n) {
    Unsigned128 product = static_cast<Unsigned128>(word()) * n;
    if (static_cast<std::uint64_t>(product) < n) {
      const std::uint64_t biased = (0 - n) % n;
      while (static_cast<std::uint64_t>(product) < biased) product = static_cast<Unsigned128>(word()) * n;
    }
    return static_cast<std::uint64_t>(product >> 64);
  }
  Unsigned128 below(Unsigned128 n);
  bool bernoulli(Unsigned128 numerator, Unsigned128 denominator) { return below(denominator) < numerator; }

 private:
  RandomBits() = default;
  std::uint64_t refill();
  std::optional<Random> seeded_;
  std::array<unsigned char, 32> key_{};
  std::array<std::uint64_t, 512> buffer_{};
  std::size_t used_ = 512;
  std::uint64_t bits_ = 0;
  int bits_left_ = 0;
};

/// True with probability exp(-numerator / denominator), exactly; denominator >= 1.
bool bernoulli_exp(RandomBits& bits, Unsigned128 numerator, Unsigned128 denominator);

/// A rational number numerator / denominator > 0.
struct Rational {
  std::uint64_t numerator = 1, denominator = 1;
  double value() const { return static_cast<double>(numerator) / static_cast<double>(denominator); }
};
Rational rational_at_least(
    double value);  ///< within 2^-20 relative above; finite value in (2^-40, 2^63); BadInput otherwise
Rational rational_at_most(double value);  ///< within 2^-20 relative below; same range

/// P(k) proportional to exp(-|k| / scale) on the integers.
class DiscreteLaplace {
 public:
  explicit DiscreteLaplace(Rational scale);
  std::int64_t operator()(RandomBits& bits) const;
  double variance() const;
  Rational scale() const { return scale_; }

 private:
  Rational scale_;
};

/// P(k) proportional to exp(-k^2 / (2 s2)) on the integers.
class DiscreteGaussian {
 public:
  /// Exactly this parameter. Throws BadInput if its integers leave 128 bits (numerator * denominator above about 2^40).
  explicit DiscreteGaussian(Rational s2);
  /// The next parameter at or above `s2` whose integers are small: relative excess at most 2^-20, or 2^-18 for s2 below
  /// 2^-15; 2^-36 stands for all smaller ones. 2^-40 < s2 < 2^62; BadInput otherwise.
  static DiscreteGaussian at_least(double s2);
  std::int64_t operator()(RandomBits& bits) const;
  double s2() const { return s2_.value(); }
  double variance() const;  ///< of the discrete distribution: at most s2

 private:
  Rational s2_;
  std::uint64_t scale_ = 1;  ///< t of the proposal; s2 / t = centre_ / unit_
  std::uint64_t centre_ = 1, unit_ = 1;
  Unsigned128 denominator_ = 1;
};

/// Index j with probability proportional to exp(factor * score[j]); factor > 0, at least one score. Exact, by
/// rejection.
std::size_t exact_exponential(RandomBits& bits, std::span<const std::int64_t> scores, Rational factor);

}  // namespace offprint
