#include "offprint/math/exact_sampling.hpp"

#include <sodium.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>

#include "offprint/base/error.hpp"

namespace offprint {

RandomBits RandomBits::operating_system() {
  if (sodium_init() < 0) throw IoError("libsodium", "cannot be initialised");
  RandomBits bits;
  randombytes_buf(bits.key_.data(), bits.key_.size());
  return bits;
}

RandomBits RandomBits::seeded(Random random) {
  RandomBits bits;
  bits.seeded_ = random;
  return bits;
}

std::uint64_t RandomBits::refill() {
  used_ = 0;
  if (seeded_) {
    for (auto& word : buffer_) word = (*seeded_)();
  } else {
    // Each block's first bytes are the next block's key and leave the buffer: what was drawn cannot be computed from
    // what remains.
    constexpr std::array<unsigned char, crypto_stream_chacha20_NONCEBYTES> nonce{};
    crypto_stream_chacha20(reinterpret_cast<unsigned char*>(buffer_.data()), sizeof buffer_, nonce.data(), key_.data());
    std::memcpy(key_.data(), buffer_.data(), key_.size());
    sodium_memzero(buffer_.data(), key_.size());
    used_ = key_.size() / sizeof(std::uint64_t);
  }
  return buffer_[used_++];
}

bool RandomBits::bit() {
  if (bits_left_ == 0) {
    bits_ = word();
    bits_left_ = 64;
  }
  const bool result = bits_ & 1;
  bits_ >>= 1;
  --bits_left_;
  return result;
}

Unsigned128 RandomBits::below(Unsigned128 n) {
  const auto high = static_cast<std::uint64_t>(n >> 64);
  if (high == 0) return below(static_cast<std::uint64_t>(n));
  const std::uint64_t mask = ~std::uint64_t{0} >> std::countl_zero(high);
  for (;;) {
    const Unsigned128 draw = static_cast<Unsigned128>(word() & mask) << 64 | word();
    if (draw < n) return draw;
  }
}

namespace {

// g = numerator / denominator in [0, 1]: the first K at which Bernoulli(g / K) fails is odd with probability exp(-g).
// Bernoulli(g / K) is Bernoulli(1 / K) and Bernoulli(g): no product to overflow.
template <class Integer>
bool bernoulli_exp_unit(RandomBits& bits, Integer numerator, Integer denominator) {
  std::uint64_t k = 1;
  while ((k == 1 || bits.below(k) == 0) && bits.below(denominator) < numerator) ++k;
  return k % 2 == 1;
}

bool bernoulli_exp_one(RandomBits& bits) {
  std::uint64_t k = 2;
  while (bits.below(k) == 0) ++k;
  return k % 2 == 1;
}

}  // namespace

bool bernoulli_exp(RandomBits& bits, Unsigned128 numerator, Unsigned128 denominator) {
  while (numerator > denominator) {
    if (!bernoulli_exp_one(bits)) return false;
    numerator -= denominator;
  }
  if (denominator >> 64 == 0)
    return bernoulli_exp_unit(bits, static_cast<std::uint64_t>(numerator), static_cast<std::uint64_t>(denominator));
  return bernoulli_exp_unit(bits, numerator, denominator);
}

namespace {

Rational rational_near(double value, bool up) {
  if (!(value > 0x1p-40 && value < 0x1p63))
    throw BadInput("", "a noise parameter of " + std::to_string(value) + " is out of range",
                   "use a larger or smaller budget");
  Rational result;
  while (value < 0x1p21 && result.denominator < (std::uint64_t{1} << 61)) {
    value *= 2;
    result.denominator *= 2;
  }
  const double rounded = up ? std::ceil(value) : std::floor(value);
  result.numerator = static_cast<std::uint64_t>(rounded);
  const std::uint64_t divisor = std::gcd(result.numerator, result.denominator);
  return {result.numerator / divisor, result.denominator / divisor};
}

std::uint64_t integer_root(std::uint64_t value) {
  auto root = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(value)));
  while (static_cast<Unsigned128>(root) * root > value) --root;
  while (static_cast<Unsigned128>(root + 1) * (root + 1) <= value) ++root;
  return root;
}

}  // namespace

Rational rational_at_least(double value) { return rational_near(value, true); }
Rational rational_at_most(double value) { return rational_near(value, false); }

DiscreteLaplace::DiscreteLaplace(Rational scale) : scale_(scale) {
  if (scale.numerator == 0 || scale.denominator == 0) throw BadInput("", "the scale of Laplace noise must be positive");
}

std::int64_t DiscreteLaplace::operator()(RandomBits& bits) const {
  for (;;) {
    const std::uint64_t rest = scale_.numerator == 1 ? 0 : bits.below(scale_.numerator);
    if (rest != 0 && !bernoulli_exp_unit(bits, rest, scale_.numerator)) continue;
    std::uint64_t whole = 0;
    while (bernoulli_exp_one(bits)) ++whole;
    Unsigned128 magnitude = rest + static_cast<Unsigned128>(scale_.numerator) * whole;
    if (scale_.denominator != 1) magnitude /= scale_.denominator;  // a division of 128 bits is a function call
    const bool negative = bits.bit();
    if (negative && magnitude == 0) continue;
    if (magnitude >> 62 != 0) throw NumericalFailure("Laplace noise left 62 bits", "one draw");
    const auto value = static_cast<std::int64_t>(magnitude);
    return negative ? -value : value;
  }
}

double DiscreteLaplace::variance() const {
  const double rate = 1 / scale_.value(), q = std::exp(-rate);
  return 2 * q / (std::expm1(-rate) * std::expm1(-rate));
}

DiscreteGaussian::DiscreteGaussian(Rational s2) {
  if (s2.numerator == 0 || s2.denominator == 0) throw BadInput("", "the variance of Gaussian noise must be positive");
  const std::uint64_t common = std::gcd(s2.numerator, s2.denominator);
  s2_ = {s2.numerator / common, s2.denominator / common};
  scale_ = integer_root(s2_.numerator / s2_.denominator) + 1;
  const Unsigned128 grown = static_cast<Unsigned128>(s2_.denominator) * scale_;
  if (grown >> 63 != 0) throw BadInput("", "the variance's denominator is too large for exact sampling");
  const std::uint64_t divisor = std::gcd(s2_.numerator, static_cast<std::uint64_t>(grown));
  centre_ = s2_.numerator / divisor;
  unit_ = static_cast<std::uint64_t>(grown) / divisor;
  const double n = static_cast<double>(s2_.numerator), q = static_cast<double>(s2_.denominator),
               u = static_cast<double>(unit_);
  const double widest = 256 * static_cast<double>(scale_) * u + static_cast<double>(centre_);
  if (2 * n * u * u > 0x1p126 || widest * widest * q > 0x1p126)
    throw BadInput("", "the variance's integers are too large for exact sampling", "use DiscreteGaussian::at_least");
  denominator_ = static_cast<Unsigned128>(2) * s2_.numerator * unit_ * unit_;
}

DiscreteGaussian DiscreteGaussian::at_least(double s2) {
  if (!(s2 > 0x1p-40 && s2 < 0x1p62))
    throw BadInput("", "a noise variance of " + std::to_string(s2) + " is out of range",
                   "use a larger or smaller budget");
  // The sampler's integers hold the cube of the denominator, which must stay within 2^36.
  if (s2 < 0x1p-18)
    return DiscreteGaussian(Rational{1, static_cast<std::uint64_t>(std::floor(1 / std::max(s2, 0x1p-36)))});
  if (s2 < 0x1p-15)
    return DiscreteGaussian(Rational{static_cast<std::uint64_t>(std::ceil(s2 * 0x1p36)), std::uint64_t{1} << 36});
  if (s2 < 0x1p40) return DiscreteGaussian(rational_at_least(s2));
  // s2 a multiple of t makes s2 / t an integer, which keeps the acceptance's fraction small.
  auto whole = static_cast<std::uint64_t>(std::ceil(s2));
  for (;;) {
    const std::uint64_t t = integer_root(whole) + 1, multiple = (whole + t - 1) / t * t;
    if (integer_root(multiple) + 1 == t) return DiscreteGaussian(Rational{multiple, 1});
    whole = multiple;
  }
}

std::int64_t DiscreteGaussian::operator()(RandomBits& bits) const {
  const DiscreteLaplace proposal(Rational{scale_, 1});
  for (;;) {
    const std::int64_t value = proposal(bits);
    const auto magnitude = static_cast<std::uint64_t>(value < 0 ? -value : value);
    // Beyond 256 t the Laplace proposal itself has probability below exp(-256).
    if (magnitude > 256 * scale_) throw NumericalFailure("a noise proposal left 256 scales", "one draw");
    const Unsigned128 scaled = static_cast<Unsigned128>(magnitude) * unit_,
                      distance = scaled > centre_ ? scaled - centre_ : centre_ - scaled;
    if (bernoulli_exp(bits, distance * distance * s2_.denominator, denominator_)) return value;
  }
}

double DiscreteGaussian::variance() const {
  const double s2 = s2_.value();
  if (s2 > 50) return s2;
  double mass = 1, second = 0;
  for (int k = 1; k <= 400; ++k) {
    const double p = 2 * std::exp(-k * k / (2 * s2));
    mass += p;
    second += k * k * p;
  }
  return second / mass;
}

std::size_t exact_exponential(RandomBits& bits, std::span<const std::int64_t> scores, Rational factor) {
  if (scores.empty()) throw BadInput("", "nothing to select from");
  const std::int64_t best = *std::max_element(scores.begin(), scores.end());
  for (;;) {
    const auto index = static_cast<std::size_t>(bits.below(scores.size()));
    const auto gap = static_cast<std::uint64_t>(best) - static_cast<std::uint64_t>(scores[index]);
    if (bernoulli_exp(bits, static_cast<Unsigned128>(gap) * factor.numerator, factor.denominator)) return index;
  }
}

}  // namespace offprint
