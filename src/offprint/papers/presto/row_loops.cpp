#include "offprint/papers/presto/row_loops.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>

#include "offprint/base/each_cpu.hpp"

namespace offprint::presto {
namespace {

constexpr long chunk = 256;  ///< rows that stay in the nearest cache

}  // namespace

OFFPRINT_FOR_EACH_CPU
void weighted_grams(const double* z, long n, int columns, const double* weights, const RowRange* rows,
                    int weight_columns, double* grams) {
  alignas(64) double t[chunk];
  std::fill(grams, grams + static_cast<std::ptrdiff_t>(weight_columns) * columns * columns, 0.0);
  for (long start = 0; start < n; start += chunk)
    for (int k = 0; k < weight_columns; ++k) {
      const long from = std::max(start, rows[k].first), count = std::min(start + chunk, rows[k].last) - from;
      if (count <= 0) continue;
      for (int a = 0; a < columns; ++a) {
        const double *w = weights + k * n + from, *za = z + a * n + from;
        for (long i = 0; i < count; ++i) t[i] = w[i] * za[i];
        double* out = grams + (static_cast<std::ptrdiff_t>(k) * columns + a) * columns;
        int b = a;
        for (; b + 3 < columns; b += 4) {
          const double *z0 = z + b * n + from, *z1 = z0 + n, *z2 = z1 + n, *z3 = z2 + n;
          double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
#pragma omp simd reduction(+ : s0, s1, s2, s3)
          for (long i = 0; i < count; ++i) {
            s0 += t[i] * z0[i];
            s1 += t[i] * z1[i];
            s2 += t[i] * z2[i];
            s3 += t[i] * z3[i];
          }
          out[b] += s0;
          out[b + 1] += s1;
          out[b + 2] += s2;
          out[b + 3] += s3;
        }
        for (; b < columns; ++b) {
          const double* zb = z + b * n + from;
          double sum = 0;
#pragma omp simd reduction(+ : sum)
          for (long i = 0; i < count; ++i) sum += t[i] * zb[i];
          out[b] += sum;
        }
      }
    }
}

OFFPRINT_FOR_EACH_CPU
void combine_columns(const double* z, long n, int columns, const double* coefficients, int m, double* products) {
  for (long from = 0; from < n; from += chunk) {
    const long count = std::min(chunk, n - from);
    for (int k = 0; k < m; ++k) {
      double* out = products + k * n + from;
      std::fill(out, out + count, 0.0);
      int j = 0;
      for (; j + 3 < columns; j += 4) {
        const double *z0 = z + j * n + from, *z1 = z0 + n, *z2 = z1 + n, *z3 = z2 + n,
                     *c = coefficients + k * columns + j;
        for (long i = 0; i < count; ++i) out[i] += c[0] * z0[i] + c[1] * z1[i] + c[2] * z2[i] + c[3] * z3[i];
      }
      for (; j < columns; ++j) {
        const double *zj = z + j * n + from, c = coefficients[k * columns + j];
        for (long i = 0; i < count; ++i) out[i] += c * zj[i];
      }
    }
  }
}

OFFPRINT_FOR_EACH_CPU
void column_products(const double* z, long n, int columns, const double* u, const RowRange* rows, int m,
                     double* products) {
  std::fill(products, products + static_cast<std::ptrdiff_t>(columns) * m, 0.0);
  for (long start = 0; start < n; start += chunk)
    for (int k = 0; k < m; ++k) {
      const long from = std::max(start, rows[k].first), count = std::min(start + chunk, rows[k].last) - from;
      for (int a = 0; a < columns; ++a) {
        const double *za = z + a * n + from, *uk = u + k * n + from;
        double sum = 0;
#pragma omp simd reduction(+ : sum)
        for (long i = 0; i < count; ++i) sum += za[i] * uk[i];
        products[k * columns + a] += sum;
      }
    }
}

OFFPRINT_FOR_EACH_CPU
void logistic_sides(const double* eta, long count, double* lower, double* upper) {
  // exp(-|eta|) = 2^k exp(r) with |r| <= ln(2) / 2: Taylor's series to the 13th term leaves less than the last digit.
  constexpr double magic = 0x1.8p52, ln2_high = 0x1.62e42fefap-1, ln2_low = 0x1.cf79abc9e3b39p-40;
  for (long i = 0; i < count; ++i) {
    const double size = eta[i] < 0 ? -eta[i] : eta[i], x = size < 700 ? -size : -700.0;
    const double shifted = x * 1.4426950408889634 + magic, k = shifted - magic, r = (x - k * ln2_high) - k * ln2_low;
    double series = 1.0 / 6227020800;
    series = series * r + 1.0 / 479001600;
    series = series * r + 1.0 / 39916800;
    series = series * r + 1.0 / 3628800;
    series = series * r + 1.0 / 362880;
    series = series * r + 1.0 / 40320;
    series = series * r + 1.0 / 5040;
    series = series * r + 1.0 / 720;
    series = series * r + 1.0 / 120;
    series = series * r + 1.0 / 24;
    series = series * r + 1.0 / 6;
    series = series * r + 0.5;
    series = series * r + 1;
    series = series * r + 1;
    const double exponential = series * std::bit_cast<double>((std::bit_cast<std::uint64_t>(shifted) + 1023) << 52);
    const double large = 1 / (1 + exponential), small = exponential * large;
    lower[i] = eta[i] < 0 ? small : large;
    upper[i] = eta[i] < 0 ? large : small;
  }
}

OFFPRINT_FOR_EACH_CPU
double sum_of_logarithms(const double* values, long count) {
  // Mantissas between sqrt(1/2) and sqrt(2) are multiplied and exponents added, side by side; a logarithm is taken
  // before a product could leave the range of a double.
  constexpr std::int64_t root_of_half = 0x3fe6a09e667f3bcd;
  constexpr int lanes = 8;
  constexpr long turns = 900;
  double sum = 0;
  for (long from = 0; from < count;) {
    double product[lanes];
    std::int64_t exponent[lanes] = {};
    std::fill(product, product + lanes, 1.0);
    long i = from;
    for (const long stop = std::min(count - lanes + 1, from + turns * lanes); i < stop; i += lanes)
      for (int l = 0; l < lanes; ++l) {
        const auto bits = std::bit_cast<std::int64_t>(values[i + l]), whole = (bits - root_of_half) >> 52;
        exponent[l] += whole;
        product[l] *= std::bit_cast<double>(bits - (whole << 52));
      }
    if (i == from)
      for (; i < count; ++i) sum += std::log(values[i]);
    for (int l = 0; l < lanes; ++l) sum += static_cast<double>(exponent[l]) * std::numbers::ln2 + std::log(product[l]);
    from = i;
  }
  return sum;
}

OFFPRINT_FOR_EACH_CPU
void own_probabilities(const double* lower, const double* upper, const long* first, long n, int m, double* own) {
  std::copy(lower, lower + first[1], own);
  for (int k = 1; k < m; ++k) {
    const double *f = lower + k * n, *g = upper + k * n, *before_f = f - n, *before_g = g - n;
    for (long i = first[k]; i < first[k + 1]; ++i)
      own[i] = before_f[i] > 0.5 ? before_g[i] - g[i] : f[i] - before_f[i];  // whichever does not cancel
  }
  std::copy(upper + (m - 1) * n + first[m], upper + m * n, own + first[m]);
}

OFFPRINT_FOR_EACH_CPU
void row_derivatives(const double* lower, const double* upper, const double* own, const long* first, long n, int m,
                     double smallest, double* score, double* diagonal, double* off) {
  double inverse[chunk];
  for (int k = 0; k <= m; ++k)
    for (long from = first[k]; from < first[k + 1]; from += chunk) {
      const long count = std::min(chunk, first[k + 1] - from);
      for (long i = 0; i < count; ++i) inverse[i] = 1 / (own[from + i] > smallest ? own[from + i] : smallest);
      if (k < m) {  // the boundary above the class
        const double *f = lower + k * n + from, *g = upper + k * n + from;
        double *u = score + k * n + from, *w = diagonal + k * n + from;
        for (long i = 0; i < count; ++i) {
          u[i] = f[i] * g[i] * inverse[i];
          w[i] = u[i] * (u[i] + f[i] - g[i]);
        }
      }
      if (k == 0) continue;
      const double *f = lower + (k - 1) * n + from, *g = upper + (k - 1) * n + from;  // the boundary below it
      double *u = score + (k - 1) * n + from, *w = diagonal + (k - 1) * n + from;
      for (long i = 0; i < count; ++i) {
        u[i] = -f[i] * g[i] * inverse[i];
        w[i] = u[i] * (u[i] + f[i] - g[i]);
      }
      if (k == m) continue;
      const double* above = u + n;
      double* o = off + (k - 1) * n + from;
      for (long i = 0; i < count; ++i) o[i] = u[i] * above[i];
    }
}

}  // namespace offprint::presto
