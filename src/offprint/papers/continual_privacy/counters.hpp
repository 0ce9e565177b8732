// Private running sums: binary tree, tree with estimates from below, square-root matrix; and the largest of many
// private sums.
// Dwork, Naor, Pitassi and Rothblum 2010, Chan, Shi and Song 2010 (tree); Honaker 2015; Henzinger, Upadhyay and
// Upadhyay 2023 (square root).
#pragma once
#include "offprint/papers/continual_privacy/continual_privacy.hpp"
#include "offprint/papers/continual_privacy/online_convolution.hpp"

namespace offprint::continual_privacy {

/// Levels of dyadic nodes that contain one step: floor(log2 horizon) + 1.
int tree_levels(std::int64_t horizon);

/// Releases all columns' sums after each row.
class Counter : public StreamMechanism {
 public:
  using StreamMechanism::StreamMechanism;
  virtual double variance_at(std::int64_t t) const = 0;  ///< of each column's noise after step t, in grid units
  double largest_variance() const;                       ///< over the horizon

 protected:
  void publish(std::span<const double> sums);  ///< grid units
  virtual double half_width(std::int64_t t) const;
};

/// The prefix t is the sum of its dyadic nodes, one for each 1-bit of t; each node is noised once.
class TreeCounter : public Counter {
 public:
  TreeCounter(const MechanismConfig& config, RandomBits bits);
  double variance_at(std::int64_t t) const override;

 protected:
  void advance(std::span<const std::int64_t> row) override;
  double half_width(std::int64_t t) const override;
  nlohmann::ordered_json save_state() const override;
  void restore_state(const nlohmann::ordered_json& state) override;

 private:
  Noise noise_;
  std::vector<std::int64_t> sums_,
      noises_;  ///< noises_[level * d + j]: noise of the prefix that last ended in a node of this level
  std::vector<double> values_;
};

/// Every complete node is noised, and re-estimated as the inverse-variance mean of itself and its two children's
/// estimates.
class HonakerCounter : public Counter {
 public:
  HonakerCounter(const MechanismConfig& config, RandomBits bits);
  double variance_at(std::int64_t t) const override;

 protected:
  void advance(std::span<const std::int64_t> row) override;
  nlohmann::ordered_json save_state() const override;
  void restore_state(const nlohmann::ordered_json& state) override;

 private:
  Noise noise_;
  std::vector<double> node_variance_, own_weight_;  ///< by level
  std::vector<std::int64_t> sums_,
      ends_;  ///< ends_[level * d + j]: sum at the last step that ended a node of exactly this level
  std::vector<double> estimates_, prefixes_, values_;
};

struct SquareRootFactors;

/// Sums = L (R x + z) with L = R the square root of the matrix of sums. R is rounded to a grid, R x + z computed in
/// integers; L is post-processing.
class SquareRootCounter : public Counter {
 public:
  SquareRootCounter(const MechanismConfig& config, RandomBits bits);
  double variance_at(std::int64_t t) const override;
  double column_norm_squared() const { return column_norm_; }  ///< s, of the rounded R
  /// All sums of a one-column stream at once, with this mechanism's noise and guarantee, O(T log T). Leaves the state
  /// of step() alone.
  std::vector<double> sums_at_once(std::span<const std::int64_t> stream, RandomBits& bits) const;

 protected:
  void advance(std::span<const std::int64_t> row) override;
  nlohmann::ordered_json save_state() const override;
  void restore_state(const nlohmann::ordered_json& state) override;

 private:
  double exact_product(std::size_t column, std::int64_t x);
  Noise noise_;
  int digit_bits_ = 1, digits_ = 1;
  double column_norm_ = 0;
  std::shared_ptr<const SquareRootFactors> factors_;
  std::vector<OnlineConvolution> right_products_, left_products_;  ///< [column * digits + digit]; [column]
  std::vector<std::int64_t> inputs_, noisy_;                       ///< all x, and all R x + z
  std::vector<double> values_;
};

std::unique_ptr<Counter> make_counter(const MechanismConfig& config, RandomBits bits);

/// Largest, or index of the largest, of all columns' private sums.
class ParallelCounters : public StreamMechanism {
 public:
  ParallelCounters(const MechanismConfig& config, RandomBits bits);
  bool is_private() const override { return counter_->is_private(); }

 protected:
  void advance(std::span<const std::int64_t> row) override;
  nlohmann::ordered_json save_state() const override;
  void restore_state(const nlohmann::ordered_json& state) override;

 private:
  std::unique_ptr<Counter> counter_;
};

}  // namespace offprint::continual_privacy
