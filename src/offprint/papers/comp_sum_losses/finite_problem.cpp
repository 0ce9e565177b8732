#include "offprint/papers/comp_sum_losses/finite_problem.hpp"

#include <array>
#include <limits>
#include <numeric>

#include "offprint/math/minimise.hpp"

namespace offprint::comp_sum_losses {
namespace {

/// sum_y p_y l_tau(h, y) without checks.
double risk_of(double tau, std::span<const double> p, std::span<const double> scores) {
  double risk = 0;
  for (std::size_t y = 0; y < p.size(); ++y)
    if (p[y] > 0) risk += p[y] * CompSum{tau}.value(scores, y);
  return risk;
}

/// Class 0 is the likeliest, class 1 the predicted one: p_0 - p_1 = b, h_1 >= all other scores. Free variables: the
/// mass of p_1, the shares of the other classes, and for each class but 1 the root of its score's distance from h_1.
struct WrongPrediction {
  std::vector<double> p, scores;
  double excess = 0;  ///< by how much another class is likelier than class 0

  WrongPrediction(std::span<const double> free, std::size_t classes, double b) : p(classes), scores(classes) {
    const double both = (1 - b) / (1 + std::exp(-free[0]));  // 2 p_1, if no other class has mass
    p[1] = both / 2;
    p[0] = p[1] + b;
    double sum = 0;
    const double largest =
        classes > 2 ? *std::max_element(free.begin() + 1, free.begin() + static_cast<std::ptrdiff_t>(classes) - 1) : 0;
    for (std::size_t k = 2; k < classes; ++k) sum += p[k] = std::exp(free[k - 1] - largest);
    for (std::size_t k = 2; k < classes; ++k) {
      p[k] *= (1 - b - both) / sum;
      excess = std::max(excess, p[k] - p[0]);
    }
    if (classes == 2) {
      p[1] = (1 - b) / 2;
      p[0] = (1 + b) / 2;
    }
    for (std::size_t k = 0; k < classes; ++k)
      if (k != 1) {
        const double root = free[classes - 1 + (k == 0 ? 0 : k - 1)];
        scores[k] = -root * root;
      }
  }
};

}  // namespace

FiniteProblem random_problem(Random& random) {
  constexpr std::array<double, 3> concentrations{0.2, 1, 5}, slopes{0.3, 1, 2}, noises{0.05, 0.5, 2};
  const std::size_t inputs = 1 + random.below(7), classes = 2 + random.below(6);
  const double concentration = concentrations[random.below(3)], slope = slopes[random.below(3)],
               noise = noises[random.below(3)];
  FiniteProblem problem;
  problem.weights = random.dirichlet(inputs, 1);
  for (std::size_t x = 0; x < inputs; ++x) {
    problem.probabilities.push_back(random.dirichlet(classes, concentration));
    auto& scores = problem.scores.emplace_back();
    for (const double mass : problem.probabilities.back())
      scores.push_back(slope * std::log(std::max(mass, 1e-12)) + noise * random.normal());
  }
  return problem;
}

FiniteProblem near_tie_problem(Random& random) {
  const std::size_t classes = 2 + random.below(6), likelier = random.below(classes),
                    other = (likelier + 1 + random.below(classes - 1)) % classes;
  const double b = random.uniform(0.01, 0.99);
  FiniteProblem problem{{1}, {std::vector<double>(classes, 0.0)}, {std::vector<double>(classes, -30.0)}};
  problem.probabilities[0][likelier] = (1 + b) / 2;
  problem.probabilities[0][other] = (1 - b) / 2;
  problem.scores[0][likelier] = 0.001 * random.normal();
  problem.scores[0][other] = 0.001 * random.normal();
  return problem;
}

ExactRisks exact_risks(const FiniteProblem& problem, double tau) {
  ExactRisks risks;
  for (std::size_t x = 0; x < problem.weights.size(); ++x) {
    const auto& p = problem.probabilities[x];
    const double weight = problem.weights[x], best_error = 1 - *std::max_element(p.begin(), p.end());
    risks.surrogate += weight * conditional_risk(tau, p, problem.scores[x]);
    risks.best_surrogate += weight * best_conditional_risk(tau, p);
    risks.error += weight * (best_error + zero_one_regret(p, problem.scores[x]));
    risks.best_error += weight * best_error;
  }
  return risks;
}

double best_sum_exponential_risk(std::size_t classes, std::size_t dimension, double lambda, int steps, Random random) {
  constexpr std::size_t inputs_per_class = 3;
  const auto normalise = [dimension](double* vector, double length, bool only_if_longer) {
    double norm = 0;
    for (std::size_t d = 0; d < dimension; ++d) norm += vector[d] * vector[d];
    norm = std::sqrt(norm);
    if (only_if_longer && norm <= length) return;
    for (std::size_t d = 0; d < dimension; ++d) vector[d] *= length / norm;
  };
  const std::size_t count = classes * inputs_per_class;
  std::vector<double> inputs(count * dimension), weights(classes * dimension, 0.0), gradient(weights.size()),
      scores(classes);
  for (std::size_t y = 0; y < classes; ++y) {
    std::vector<double> centre(dimension);
    for (auto& value : centre) value = random.normal();
    normalise(centre.data(), 1, false);
    for (std::size_t i = 0; i < inputs_per_class; ++i) {
      double* x = &inputs[(y * inputs_per_class + i) * dimension];
      for (std::size_t d = 0; d < dimension; ++d) x[d] = centre[d] + 0.1 * random.normal();
      normalise(x, 1, false);
    }
  }
  double least = static_cast<double>(classes - 1);  // of equal scores
  for (int step = 0; step < steps; ++step) {
    double risk = 0;
    std::fill(gradient.begin(), gradient.end(), 0.0);
    for (std::size_t i = 0; i < count; ++i) {
      const double* x = &inputs[i * dimension];
      for (std::size_t j = 0; j < classes; ++j)
        scores[j] = std::inner_product(x, x + dimension, &weights[j * dimension], 0.0);
      const auto slopes = CompSum{0}.gradient(std::span<const double>(scores), i / inputs_per_class);
      risk += CompSum{0}.value(std::span<const double>(scores), i / inputs_per_class) / static_cast<double>(count);
      for (std::size_t j = 0; j < classes; ++j)
        for (std::size_t d = 0; d < dimension; ++d)
          gradient[j * dimension + d] += slopes[j] * x[d] / static_cast<double>(count);
    }
    least = std::min(least, risk);
    for (std::size_t k = 0; k < weights.size(); ++k) weights[k] -= gradient[k];
    for (std::size_t j = 0; j < classes; ++j) normalise(&weights[j * dimension], lambda, true);
  }
  return least;
}

double least_conditional_risk(double tau, const std::vector<double>& p) {
  MinimiseOptions options;
  options.largest_step = 1;
  options.gradient = [&](std::span<const double> scores, std::span<double> gradient) {
    std::fill(gradient.begin(), gradient.end(), 0.0);
    for (std::size_t y = 0; y < p.size(); ++y) {
      const auto part = CompSum{tau}.gradient(scores, y);
      for (std::size_t j = 0; j < p.size(); ++j) gradient[j] += p[y] * part[j];
    }
  };
  return minimise([&](std::span<const double> scores) { return risk_of(tau, p, scores); },
                  std::vector<double>(p.size(), 0.0), options)
      .value;
}

double least_regret(double tau, std::size_t classes, double b, int restarts, Random random) {
  const auto regret = [&](std::span<const double> free) {
    if (std::any_of(free.begin(), free.end(), [](double value) { return !(std::abs(value) < 1e6); }))
      return std::numeric_limits<double>::infinity();
    const WrongPrediction wrong(free, classes, b);
    return risk_of(tau, wrong.p, wrong.scores) - best_conditional_risk(tau, wrong.p) + 100 * wrong.excess;
  };
  double least = std::numeric_limits<double>::infinity();
  for (int restart = 0; restart < restarts; ++restart) {
    std::vector<double> start(2 * classes - 2);
    for (auto& value : start) value = random.normal();
    least = std::min(least, minimise(regret, start).value);
  }
  return least;
}

}  // namespace offprint::comp_sum_losses
