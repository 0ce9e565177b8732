// Scalar pieces of loops that the compiler turns into vectors. Include only in files compiled with -fopenmp-simd.
#pragma once
#include <bit>
#include <cmath>
#include <cstdint>

namespace offprint::lm {

/// exp(x) for x <= 0, relative error below 2e-7: 2^n times a polynomial on [-log(2)/2, log(2)/2]; 0 below -87.
inline float exponential(float x) {
  const float clamped = x < -87.0f ? -87.0f : x;
  const float shifted = clamped * 1.44269504f + 12582912.0f;  // 1.5 * 2^23: the rounded quotient stands in the low bits
  const float n = shifted - 12582912.0f;
  const float r = (clamped - n * 0.693359375f) + n * 2.12194440e-4f;
  const float power = std::bit_cast<float>((std::bit_cast<std::int32_t>(shifted) - 0x4B400000 + 127) << 23);
  float sum = 1.0f / 720;
  sum = sum * r + 1.0f / 120;
  sum = sum * r + 1.0f / 24;
  sum = sum * r + 1.0f / 6;
  sum = sum * r + 0.5f;
  sum = sum * r + 1.0f;
  sum = sum * r + 1.0f;
  return x < -87.0f ? 0.0f : sum * power;
}

inline float sigmoid(float x) {
  const float e = exponential(x < 0 ? x : -x), above = 1 / (1 + e);
  return x < 0 ? e * above : above;
}

/// log(p) for normal positive p, relative error about 1e-12: exponent and the series of artanh.
inline double logarithm(double p) {
  const auto bits = std::bit_cast<std::uint64_t>(p);
  const double biased =
      std::bit_cast<double>((bits >> 52) | 0x4330000000000000u) - 4503599627370496.0;  // the exponent as a double
  const double mantissa = std::bit_cast<double>((bits & 0xFFFFFFFFFFFFFu) | 0x3FF0000000000000u);
  const bool upper = mantissa > 1.4142135623730951;
  const double m = upper ? 0.5 * mantissa : mantissa, exponent = biased - (upper ? 1022.0 : 1023.0);
  const double f = (m - 1) / (m + 1), s = f * f;
  double sum = 1.0 / 15;
  sum = sum * s + 1.0 / 13;
  sum = sum * s + 1.0 / 11;
  sum = sum * s + 1.0 / 9;
  sum = sum * s + 1.0 / 7;
  sum = sum * s + 1.0 / 5;
  sum = sum * s + 1.0 / 3;
  return exponent * 0.69314718055994531 + 2 * f * (1 + s * sum);
}

}  // namespace offprint::lm
