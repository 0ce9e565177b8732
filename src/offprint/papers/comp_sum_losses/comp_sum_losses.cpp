#include "offprint/papers/comp_sum_losses/comp_sum_losses.hpp"

#include <fmt/format.h>

#include <numeric>

#include "offprint/base/error.hpp"

namespace offprint::comp_sum_losses {
namespace {

constexpr double sum_tolerance = 1e-9;

void check_pair(std::span<const double> p, std::span<const double> scores) {
  check_distribution(p);
  check_scores(scores);
  if (p.size() != scores.size())
    throw BadInput("", fmt::format("{} scores for {} classes", scores.size(), p.size()), "give one score a class");
}

}  // namespace

void check_tau(double tau) {
  if (!(tau >= 0) || !std::isfinite(tau))
    throw BadInput("", fmt::format("tau is {}", tau), "give a number of at least 0");
}

void check_scores(std::span<const double> scores) {
  if (scores.size() < 2)
    throw BadInput("", fmt::format("{} classes", scores.size()), "give scores of at least two classes");
  for (std::size_t j = 0; j < scores.size(); ++j)
    if (!std::isfinite(scores[j])) throw BadInput("", fmt::format("the score of class {} is not finite", j), "mend it");
}

void check_label(std::size_t label, std::size_t classes) {
  if (label >= classes)
    throw BadInput("", fmt::format("the label {} is not among {} classes", label, classes),
                   "number the classes from 0");
}

void check_distribution(std::span<const double> p) {
  if (p.size() < 2)
    throw BadInput("", fmt::format("{} classes", p.size()), "give probabilities of at least two classes");
  for (std::size_t y = 0; y < p.size(); ++y)
    if (!(p[y] >= 0) || !std::isfinite(p[y]))
      throw BadInput("", fmt::format("the probability of class {} is {}", y, p[y]), "give probabilities of at least 0");
  const double sum = std::accumulate(p.begin(), p.end(), 0.0);
  if (std::abs(sum - 1) > sum_tolerance)
    throw BadInput("", fmt::format("the probabilities sum to {:.12g}", sum), "give a distribution");
}

std::size_t predict(std::span<const double> scores) {
  std::size_t best = 0;
  for (std::size_t j = 1; j < scores.size(); ++j)
    if (scores[j] >= scores[best]) best = j;
  return best;
}

double best_conditional_risk(double tau, std::span<const double> p) {
  check_tau(tau);
  check_distribution(p);
  const double largest = *std::max_element(p.begin(), p.end());
  if (tau >= 2) return (1 - largest) / (tau - 1);
  // A = log (sum p^(1/(2-tau)))^(2-tau), so that the risk is expm1(A)/(1-tau).
  const double power = 1 / (2 - tau);
  if (std::abs(tau - 1) < 0.1) {  // p^power - p = p expm1((power-1) log p): no cancellation near tau = 1
    double excess = 0;
    for (const double mass : p)
      if (mass > 0) excess += is_one(tau) ? -mass * std::log(mass) : mass * std::expm1((power - 1) * std::log(mass));
    return is_one(tau) ? excess : std::expm1((2 - tau) * std::log1p(excess)) / (1 - tau);
  }
  double sum = 0;
  for (const double mass : p) sum += std::pow(mass / largest, power);
  return std::expm1(std::log(largest) + (2 - tau) * std::log(sum)) / (1 - tau);
}

double conditional_risk(double tau, std::span<const double> p, std::span<const double> scores) {
  check_tau(tau);
  check_pair(p, scores);
  double risk = 0;
  for (std::size_t y = 0; y < p.size(); ++y)
    if (p[y] > 0) risk += p[y] * CompSum{tau}.value(scores, y);
  return risk;
}

double conditional_regret(double tau, std::span<const double> p, std::span<const double> scores) {
  return conditional_risk(tau, p, scores) - best_conditional_risk(tau, p);
}

double zero_one_regret(std::span<const double> p, std::span<const double> scores) {
  check_pair(p, scores);
  return *std::max_element(p.begin(), p.end()) - p[predict(scores)];
}

}  // namespace offprint::comp_sum_losses
