// The paper's upper bound: release at every r-th step and at the last, repeat the last release in between.
#pragma once
#include "offprint/papers/continual_privacy/continual_privacy.hpp"

namespace offprint::continual_privacy {

/// Steps between releases that balance staleness against noise; at least 1, at most the horizon.
std::int64_t optimal_every(const MechanismConfig& config);

/// naive: every step; batch: the last step only; trivial: never; recompute: every `every` steps; non_private: every
/// step without noise.
class Recompute : public StreamMechanism {
 public:
  Recompute(const MechanismConfig& config, RandomBits bits);
  std::int64_t every() const { return every_; }
  std::int64_t releases() const {
    return releases_;
  }  ///< over the horizon: the budget is divided by this, whatever the stream

 protected:
  void advance(std::span<const std::int64_t> row) override;
  nlohmann::ordered_json save_state() const override;
  void restore_state(const nlohmann::ordered_json& state) override;
  virtual void compute(std::span<const std::int64_t> sums) = 0;
  void set_noise_half_width(double width) { noise_half_width_ = width; }  ///< 95 %, in grid units; 0 unless set
  bool exact() const { return config().kind == MechanismKind::non_private; }

 private:
  std::int64_t every_, releases_, released_at_ = 0;
  double noise_half_width_ = 0;
  std::vector<std::int64_t> sums_;
};

/// Largest column sum, with noise.
class RecomputeMaxSum : public Recompute {
 public:
  RecomputeMaxSum(const MechanismConfig& config, RandomBits bits);

 protected:
  void compute(std::span<const std::int64_t> sums) override;

 private:
  Noise noise_;
};

/// Index of a nearly largest column sum, by the exponential mechanism.
class RecomputeSumSelect : public Recompute {
 public:
  RecomputeSumSelect(const MechanismConfig& config, RandomBits bits);

 protected:
  void compute(std::span<const std::int64_t> sums) override;

 private:
  Rational factor_;  ///< weight exp(factor * sum)
};

/// epsilon of one selection out of `releases`: epsilon / releases, or sqrt(8 rho / releases).
double selection_epsilon(const PrivacyBudget& budget, double releases);

}  // namespace offprint::continual_privacy
