#include "offprint/papers/presto/solver.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace offprint::presto {
namespace {

constexpr double smallest_probability = 1e-8;  // for score and information only
constexpr double separation_bound = 40;        // a standardised slope beyond this means that the classes separate

double soft_threshold(double value, double by) { return value > by ? value - by : value < -by ? value + by : 0; }

}  // namespace

Solver::Solver(const OrdinalData& data, const Options& options)
    : options_(options),
      n_(static_cast<int>(data.x.rows())),
      p_(static_cast<int>(data.x.cols())),
      m_(data.classes - 1),
      blocks_(options.structure == Structure::parallel ? 1 : m_),
      z_(n_, p_ + 1),
      centre_(data.x.colwise().mean()),
      scale_(p_),
      theta_(VectorXd::Zero(m_ + blocks_ * p_)),
      eta_(n_, m_),
      lower_(n_, m_),
      upper_(n_, m_),
      own_(n_),
      u_(n_, m_),
      weights_(n_, 2 * m_ - 1) {
  std::vector<int> order(n_);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return data.y[a] < data.y[b]; });
  z_.col(0).setOnes();
  for (int j = 0; j < p_; ++j) {
    const VectorXd centred = data.x.col(j)(order).array() - centre_[j];
    const double deviation = std::sqrt(centred.squaredNorm() / n_);
    scale_[j] = deviation > 1e-12 * std::max(1.0, std::abs(centre_[j])) ? deviation : 1;
    z_.col(j + 1) =
        deviation > 1e-12 * std::max(1.0, std::abs(centre_[j])) ? VectorXd(centred / deviation) : VectorXd::Zero(n_);
  }
  first_.assign(m_ + 2, 0);
  for (const int y : data.y) ++first_[y];
  for (int k = 1; k <= m_ + 1; ++k) first_[k] += first_[k - 1];
  for (int k = 0; k < m_; ++k) active_.push_back({first_[k], first_[k + 2]});
  for (int k = 1; k < m_; ++k) active_.push_back({first_[k], first_[k + 1]});
  for (int k = 0; k < m_; ++k)
    theta_[k] = std::clamp(std::log(static_cast<double>(first_[k + 1]) / static_cast<double>(n_ - first_[k + 1])),
                           -100.0, 100.0);
  log_likelihood(theta_);
  derivatives();
  for (int j = m_; j < theta_.size(); ++j) lambda_max_ = std::max(lambda_max_, std::abs(score_[j]));
  lambda_max_ /= n_ * std::max(options.mixing, 0.01);
}

MatrixXd Solver::beta_of(const VectorXd& theta) const {
  MatrixXd beta(p_, m_);
  for (int k = 0; k < m_; ++k) {
    if (k < blocks_)
      beta.col(k) = theta.segment(m_ + k * p_, p_);
    else
      beta.col(k).setZero();
    if (k > 0) beta.col(k) += beta.col(k - 1);
  }
  return beta;
}

double Solver::log_likelihood(const VectorXd& theta) {
  MatrixXd coefficients(p_ + 1, m_);
  coefficients << theta.head(m_).transpose(), beta_of(theta);
  combine_columns(z_.data(), n_, p_ + 1, coefficients.data(), m_, eta_.data());
  const auto eta = eta_.array();
  for (int k = 1; k < m_; ++k)
    if ((eta.col(k) < eta.col(k - 1)).any()) return -std::numeric_limits<double>::infinity();
  for (int k = 0; k < m_; ++k) {
    const auto [first, last] = active_[k];
    logistic_sides(&eta_(0, k) + first, last - first, &lower_(0, k) + first, &upper_(0, k) + first);
  }
  own_probabilities(lower_.data(), upper_.data(), first_.data(), n_, m_, own_.data());
  return own_.minCoeff() >= 0x1p-1000 ? sum_of_logarithms(own_.data(), n_) : -std::numeric_limits<double>::infinity();
}

/// Score and observed information where log_likelihood() looked last. The expected information of Fisher scoring is not
/// used: a class that is nearly impossible in a row where it did not occur makes it huge, and steps small. The
/// log-likelihood is concave, so this one serves as well.
void Solver::derivatives() {
  row_derivatives(lower_.data(), upper_.data(), own_.data(), first_.data(), n_, m_, smallest_probability, u_.data(),
                  weights_.data(), weights_.data() + n_ * m_);
  score_ = gather_score();
}

VectorXd Solver::gather_score() const {
  MatrixXd by_boundary(p_ + 1, m_);
  column_products(z_.data(), n_, p_ + 1, u_.data(), active_.data(), m_, by_boundary.data());
  VectorXd score(theta_.size());
  score.head(m_) = by_boundary.row(0).transpose();
  VectorXd suffix = VectorXd::Zero(p_);
  for (int k = m_ - 1; k >= 0; --k) {
    suffix += by_boundary.col(k).tail(p_);
    if (k < blocks_) score.segment(m_ + k * p_, p_) = suffix;
  }
  return score;
}

MatrixXd Solver::gather_information() const {
  const int q = p_ + 1;
  std::vector<double> grams(static_cast<std::size_t>(2 * m_ - 1) * q * q);
  weighted_grams(z_.data(), n_, q, weights_.data(), active_.data(), 2 * m_ - 1, grams.data());
  std::vector<MatrixXd> diagonal(m_), off(m_);
  for (int k = 0; k < 2 * m_ - 1; ++k) {
    auto& gram = k < m_ ? diagonal[k] : off[k - m_];
    gram = Eigen::Map<const MatrixXd>(grams.data() + static_cast<std::ptrdiff_t>(k) * q * q, q, q)
               .selfadjointView<Eigen::Lower>();
  }
  MatrixXd information = MatrixXd::Zero(theta_.size(), theta_.size());
  for (int k = 0; k < m_; ++k) {
    information(k, k) = diagonal[k](0, 0);
    if (k + 1 < m_) information(k, k + 1) = information(k + 1, k) = off[k](0, 0);
  }
  // psi_a enters every boundary k >= a: sums over the blocks (k, l) with k >= a, l >= b.
  for (int a = 0; a < blocks_; ++a) {
    for (int k = 0; k < m_; ++k) {  // intercept k against psi_a
      VectorXd cross = VectorXd::Zero(p_);
      if (k >= a) cross += diagonal[k].col(0).tail(p_);
      if (k > a) cross += off[k - 1].col(0).tail(p_);
      if (k + 1 < m_ && k + 1 >= a) cross += off[k].col(0).tail(p_);
      information.block(m_ + a * p_, k, p_, 1) = cross;
      information.block(k, m_ + a * p_, 1, p_) = cross.transpose();
    }
    for (int b = a; b < blocks_; ++b) {
      MatrixXd block = MatrixXd::Zero(p_, p_);
      for (int l = b; l < m_; ++l) {
        block += diagonal[l].bottomRightCorner(p_, p_);
        if (l > a) block += off[l - 1].bottomRightCorner(p_, p_);
        if (l + 1 < m_) block += off[l].bottomRightCorner(p_, p_);
      }
      information.block(m_ + a * p_, m_ + b * p_, p_, p_) = block;
      information.block(m_ + b * p_, m_ + a * p_, p_, p_) = block.transpose();
    }
  }
  return information;
}

double Solver::penalty(const VectorXd& theta, double lambda) const {
  const auto slopes = theta.tail(theta.size() - m_);
  return lambda * (options_.mixing * slopes.lpNorm<1>() + (1 - options_.mixing) / 2 * slopes.squaredNorm());
}

/// Largest violation of: score_j = n lambda (a sign(psi_j) + (1-a) psi_j) where psi_j is not zero, |score_j| <= n
/// lambda a where it is.
double Solver::violation(const VectorXd& theta, double lambda) const {
  double worst = score_.head(m_).lpNorm<Eigen::Infinity>();
  for (int j = m_; j < theta.size(); ++j) {
    const double l1 = n_ * lambda * options_.mixing, rest = score_[j] - n_ * lambda * (1 - options_.mixing) * theta[j];
    worst = std::max(worst, theta[j] == 0 ? std::abs(rest) - l1 : std::abs(rest - std::copysign(l1, theta[j])));
  }
  return worst;
}

/// The minimiser of the quadratic model plus ridge, when there is no L1 part.
VectorXd Solver::newton_target(double lambda) const {
  MatrixXd matrix = information_;
  VectorXd right = score_;
  for (int j = m_; j < theta_.size(); ++j) {
    matrix(j, j) += n_ * lambda * (1 - options_.mixing);
    right[j] -= n_ * lambda * (1 - options_.mixing) * theta_[j];
    if (matrix(j, j) <= 0) matrix(j, j) = 1;  // a constant column: its slope stays zero
  }
  return theta_ + matrix.ldlt().solve(right);
}

/// Minimises the quadratic model plus penalty. Coordinate descent finds which slopes are not zero and their signs;
/// linear solves on those find their values. Ends when a sweep over all coordinates changes no score by more than
/// `small`.
VectorXd Solver::descend(double lambda, double small) const {
  VectorXd theta = theta_, gradient = score_;
  const double l1 = n_ * lambda * options_.mixing, l2 = n_ * lambda * (1 - options_.mixing);
  const auto update = [&](int j) {
    const double curvature = information_(j, j);
    if (curvature <= 0) return 0.0;
    const double target = curvature * theta[j] + gradient[j];
    const double value = j < m_ ? target / curvature : soft_threshold(target, l1) / (curvature + l2);
    const double change = value - theta[j];
    if (change == 0) return 0.0;
    gradient -= change * information_.col(j);
    theta[j] = value;
    return std::abs(change) * curvature;
  };
  std::vector<int> active;
  for (int sweep = 0; sweep < 1000; ++sweep) {
    double moved = 0;
    for (int j = 0; j < theta.size(); ++j) moved = std::max(moved, update(j));
    if (moved < small) break;
    active.clear();
    for (int j = 0; j < theta.size(); ++j)
      if (j < m_ || theta[j] != 0) active.push_back(j);
    solve_active(active, l1, l2, theta);
    gradient = score_ - information_ * (theta - theta_);
  }
  return theta;
}

/// Moves the active coordinates to their minimiser at their present signs. One that would change its sign stops the
/// move at zero, is given up, and the rest are solved for again.
void Solver::solve_active(std::vector<int>& active, double l1, double l2, VectorXd& theta) const {
  for (;;) {
    MatrixXd matrix = information_(active, active);
    VectorXd right = score_(active) + information_(active, Eigen::all) * (theta_ - theta);
    for (std::size_t i = 0; i < active.size(); ++i) {
      const int j = active[i];
      if (j < m_) continue;
      matrix(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(i)) += l2;
      right[static_cast<Eigen::Index>(i)] -= std::copysign(l1, theta[j]) + l2 * theta[j];
    }
    const VectorXd move = matrix.ldlt().solve(right);
    if (!move.allFinite()) return;
    double fraction = 1;
    std::size_t stopped = active.size();
    for (std::size_t i = 0; i < active.size(); ++i) {
      const double from = theta[active[i]], by = move[static_cast<Eigen::Index>(i)];
      if (active[i] < m_ || from * (from + fraction * by) > 0) continue;
      fraction = -from / by;
      stopped = i;
    }
    theta(active) += fraction * move;
    if (stopped == active.size()) return;
    theta[active[stopped]] = 0;
    active.erase(active.begin() + static_cast<std::ptrdiff_t>(stopped));
  }
}

Model Solver::solve(double lambda) {
  const double tolerance = options_.tolerance * n_ * std::max(lambda_max_, 1e-300);
  double value = -log_likelihood(theta_) / n_ + penalty(theta_, lambda);
  Model model;
  derivatives();
  for (; model.iterations < options_.max_iterations; ++model.iterations) {
    model.kkt_violation = violation(theta_, lambda);
    if ((model.converged = model.kkt_violation <= tolerance)) break;
    if (options_.between_fits) options_.between_fits();
    information_ = gather_information();
    const VectorXd target = lambda > 0 && options_.mixing > 0
                                ? descend(lambda, std::max(0.02 * model.kkt_violation, 0.1 * tolerance))
                                : newton_target(lambda);
    const VectorXd step = target - theta_;
    // A sum over rows is known to a few of its last digits only; near the optimum a step may seem to lose that much.
    const double limit = value + 1e-14 * std::abs(value);
    double fraction = 1, trial = std::numeric_limits<double>::infinity();
    VectorXd candidate;
    for (int halving = 0; halving <= 20 && !(trial <= limit); ++halving, fraction /= 2) {
      candidate = halving == 0 ? target : VectorXd(theta_ + fraction * step);
      trial = -log_likelihood(candidate) / n_ + penalty(candidate, lambda);
      if (halving == 0) model.crossing = std::isinf(trial);
    }
    if (!(trial <= limit)) break;
    theta_ = candidate;
    value = trial;
    model.trace.push_back(value);
    derivatives();
    if (theta_.tail(theta_.size() - m_).lpNorm<Eigen::Infinity>() > separation_bound) {
      model.separated = true;
      break;
    }
  }
  model.crossing = model.crossing && !model.converged;
  const auto fitted = model_of(lambda);
  model.alpha = fitted.alpha;
  model.beta = fitted.beta;
  model.lambda = lambda;
  model.objective = value;
  model.log_likelihood = -n_ * (value - penalty(theta_, lambda));
  model.nonzero = static_cast<int>((theta_.tail(theta_.size() - m_).array() != 0).count());
  return model;
}

/// Back to the original scale. As published: the slips of the reference code in the intercepts (see the README).
Model Solver::model_of(double lambda) const {
  Model model;
  model.lambda = lambda;
  model.beta = beta_of(theta_).array().colwise() / scale_.array();
  model.alpha = theta_.head(m_) - model.beta.transpose() * centre_;
  if (options_.as_published && blocks_ == m_)
    for (int k = 0; k < m_; ++k)
      model.alpha[k] = theta_[k] - (theta_.segment(m_ + k * p_, p_).array() / scale_.array() * centre_.array()).sum();
  return model;
}

}  // namespace offprint::presto
