// The paper's synthetic data (Sections 4.1 and 4.2) and the information matrices of its theory (Section 2).
#pragma once
#include "offprint/base/random.hpp"
#include "offprint/papers/presto/presto.hpp"

namespace offprint::presto {

struct Simulation {
  bool sparse = true;      ///< sparse differences of +-1/2 (4.1), else dense uniform ones (4.2)
  double deviation = 0.5;  ///< q: probability of a difference, sparse only
  std::vector<double> intercepts{0, 3, 5};
  int rows = 2500, features = 10;
};

struct Simulated {
  OrdinalData data;
  Model truth;
};

/// Slopes are redrawn when cumulatives cross for any row, or a class stays absent in 10 draws of the rows;
/// NumericalFailure after 100.
Simulated simulate(const Simulation& simulation, Random random);

/// n Var of one slope under K = 3, alpha = (0, a), beta = 1, x uniform on [-1, 1]^p: mean diagonal entry of the inverse
/// information.
struct SlopeVariance {
  double rare_probability, proportional_odds, logit;
};
SlopeVariance slope_variance(double a, int features, int draws, Random random);

/// Smallest eigenvalue of I_bb - 2 I_ba I_ab / I_aa, the assumption of Theorem 2.3, under the same model.
double theorem_eigenvalue(double a, int features, int draws, Random random);

}  // namespace offprint::presto
