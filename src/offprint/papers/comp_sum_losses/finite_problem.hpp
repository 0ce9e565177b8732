// Problems with finitely many inputs, where every risk is exact, and numerical searches for least risks and regrets
// that know none of the closed forms: what the theorems are held against.
#pragma once
#include "offprint/base/random.hpp"
#include "offprint/papers/comp_sum_losses/comp_sum_losses.hpp"

namespace offprint::comp_sum_losses {

struct FiniteProblem {
  std::vector<double> weights;                     ///< of the inputs; sum 1
  std::vector<std::vector<double>> probabilities;  ///< p(. | x), one row an input
  std::vector<std::vector<double>> scores;         ///< h(x, .)
  std::size_t classes() const { return probabilities.front().size(); }
};

/// 1 to 7 inputs and 2 to 7 classes; weights Dirichlet(1), p(. | x) Dirichlet(a) with a of 0.2, 1, 5, scores c log p +
/// noise with c of 0.3, 1, 2 and standard deviation 0.05, 0.5, 2.
FiniteProblem random_problem(Random& random);

/// One input, of whose 2 to 7 classes two have mass (1+b)/2 and (1-b)/2, with scores that tie but for noise of 0.001:
/// near where the bounds are attained.
FiniteProblem near_tie_problem(Random& random);

/// Risks of the problem's scores and the best over all scores.
struct ExactRisks {
  double surrogate = 0, best_surrogate = 0, error = 0, best_error = 0;
};
ExactRisks exact_risks(const FiniteProblem& problem, double tau);

/// A linearly separable problem with certain labels: `classes` * 3 inputs of norm 1 in `dimension` dimensions around
/// random centres, for linear scores whose weight vectors have norm at most `lambda`, so that |h(x, j)| <= lambda at
/// every input. Returns the sum-exponential risk after `steps` projected gradient steps, an upper bound on the best
/// one.
double best_sum_exponential_risk(std::size_t classes, std::size_t dimension, double lambda, int steps, Random random);

/// min over scores of the conditional risk, by quasi-Newton steps from equal scores. tau < 2, where it is attained or
/// approached by finite scores.
double least_conditional_risk(double tau, const std::vector<double>& p);

/// Least conditional surrogate regret over all class probabilities and scores whose conditional error regret is b in
/// (0, 1), by quasi-Newton steps from `restarts` random points. `classes` >= 2. The predicted class is approached from
/// the losing side: it may tie.
double least_regret(double tau, std::size_t classes, double b, int restarts, Random random);

}  // namespace offprint::comp_sum_losses
