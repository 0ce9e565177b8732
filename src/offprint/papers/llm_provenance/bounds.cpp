#include "offprint/papers/llm_provenance/bounds.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "offprint/math/statistics.hpp"

namespace offprint::llm_provenance {
namespace {

constexpr int variance_levels = 8;
constexpr double infinite = std::numeric_limits<double>::infinity();

double two_point_variance(double r, double m, double vocabulary) {
  const double gap = std::log((1 - r) / (vocabulary - m)) - std::log(r / m);
  return r * (1 - r) * gap * gap;
}

/// Least of V_K, V_K / 2, ... that is at least the observed variance.
double variance_level(double variance, double variance_bound) {
  double level = variance_bound;
  for (int i = 1; i < variance_levels && level / 2 >= variance; ++i) level /= 2;
  return level;
}

}  // namespace

double surprisal_variance_bound(double vocabulary) {
  if (!(vocabulary >= 2)) throw std::logic_error("surprisal_variance_bound: a vocabulary has at least two symbols");
  double best = 0;
  for (double m = 1; m < std::min(vocabulary, 9.0); ++m) {
    // In the log-odds of r there is one peak on each side of the uniform distribution; find it on a grid, then by
    // golden section.
    double at = 0, top = 0;
    for (double x = -30; x <= 30; x += 0.05)
      if (const double v = two_point_variance(1 / (1 + std::exp(-x)), m, vocabulary); v > top) {
        top = v;
        at = x;
      }
    double low = at - 0.05, high = at + 0.05;
    for (int i = 0; i < 80; ++i) {
      const double a = high - 0.6180339887498949 * (high - low), b = low + 0.6180339887498949 * (high - low);
      const auto value = [&](double x) { return two_point_variance(1 / (1 + std::exp(-x)), m, vocabulary); };
      (value(a) > value(b) ? high : low) = value(a) > value(b) ? b : a;
    }
    best = std::max(best, two_point_variance(1 / (1 + std::exp(-(low + high) / 2)), m, vocabulary));
  }
  return best;
}

double azuma_tail(double n, double t, double range) {
  return std::min(1.0, 2 * std::exp(-2 * n * t * t / (range * range)));
}
double azuma_threshold(double n, double delta, double range) {
  return range * std::sqrt(std::log(2 / delta) / (2 * n));
}

double freedman_tail(double n, double t, double v, double b) {
  return t <= 0 ? 1 : std::exp(-n * t * t / (2 * (v + b * t / 3)));
}
double freedman_threshold(double n, double delta, double v, double b) {
  const double c = std::log(1 / delta), linear = c * b / 3;
  return (linear + std::sqrt(linear * linear + 2 * n * c * v)) / n;
}

double subgamma_upper_tail(double n, double t, double variance_bound) {
  return t <= 0 ? 1 : std::exp(-n * t * t / (2 * (variance_bound + t)));
}
double subgamma_lower_tail(double n, double t, double variance_bound) {
  return t <= 0 ? 1 : std::exp(-n * t * t / (2 * variance_bound));
}
double subgamma_upper_threshold(double n, double delta, double variance_bound) {
  const double c = std::log(1 / delta);
  return (c + std::sqrt(c * c + 2 * n * c * variance_bound)) / n;
}
double subgamma_lower_threshold(double n, double delta, double variance_bound) {
  return std::sqrt(2 * variance_bound * std::log(1 / delta) / n);
}

Assumptions assumptions(int vocabulary, double surprisal_bound) {
  return {surprisal_variance_bound(vocabulary), std::log(static_cast<double>(vocabulary)), surprisal_bound};
}

Thresholds thresholds(Bound bound, double n, double delta, double variance, const Assumptions& model) {
  switch (bound) {
    case Bound::azuma: {
      const double t = azuma_threshold(n, delta, model.surprisal_bound);
      return {t, t};
    }
    case Bound::freedman: {
      const double v = variance_level(variance, model.variance_bound), side = delta / (2 * variance_levels);
      return {freedman_threshold(n, side, v, model.log_vocabulary),
              std::isfinite(model.surprisal_bound) ? freedman_threshold(n, side, v, model.surprisal_bound) : infinite};
    }
    case Bound::subgamma:
      return {subgamma_lower_threshold(n, delta / 2, model.variance_bound),
              subgamma_upper_threshold(n, delta / 2, model.variance_bound)};
    case Bound::studentised: {
      const double t = normal_quantile(1 - delta / 2) * std::sqrt(variance / n);
      return {t, t};
    }
  }
  throw std::logic_error("thresholds: no such bound");
}

double p_value(Bound bound, double n, double deviation, double variance, const Assumptions& model) {
  const double t = std::abs(deviation);
  double tail = 1;
  switch (bound) {
    case Bound::azuma:
      tail = azuma_tail(n, t, model.surprisal_bound);
      break;
    case Bound::freedman: {
      const double b = deviation > 0 ? model.surprisal_bound : model.log_vocabulary;
      if (std::isfinite(b))
        tail = 2 * variance_levels * freedman_tail(n, t, variance_level(variance, model.variance_bound), b);
      break;
    }
    case Bound::subgamma:
      tail = 2 * (deviation > 0 ? subgamma_upper_tail : subgamma_lower_tail)(n, t, model.variance_bound);
      break;
    case Bound::studentised:
      tail = variance > 0 ? 2 * normal_cdf(-t * std::sqrt(n / variance)) : (t > 0 ? 0 : 1);
      break;
  }
  return std::min(1.0, tail);
}

double length_needed(Bound bound, double t, double delta, double variance, const Assumptions& model) {
  const auto enough = [&](double n) {
    const auto limits = thresholds(bound, n, delta, variance, model);
    return std::max(limits.lower, limits.upper) <= t;
  };
  double high = 1;
  while (!enough(high)) {
    high *= 2;
    if (high > 1e15) return infinite;
  }
  double low = high / 2;
  for (int i = 0; i < 60 && high - low > 0.5; ++i) {
    const double middle = (low + high) / 2;
    (enough(middle) ? high : low) = middle;
  }
  return std::ceil(high - 1e-9 * high);
}

}  // namespace offprint::llm_provenance
