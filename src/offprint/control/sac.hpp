// Soft actor-critic (Haarnoja et al. 2018): a squashed Gaussian actor, two critics, a temperature tuned to a target
// entropy.
#pragma once
#include "offprint/control/learner.hpp"

namespace offprint::control {

struct SacSettings {
  std::vector<int> hidden{256, 256};
  double learning_rate = 3e-4;
  double actor_learning_rate = 3e-4;  ///< and the temperature's
  double discount = 0.99;
  double polyak_rate = 0.005;
  double low_log_deviation = -5, high_log_deviation = 2;
  double target_entropy = 0;  ///< 0: minus the number of actions
};

class Sac : public Learner {
 public:
  Sac(int observation_size, int action_size, const SacSettings& settings, Random random);

  void update(const Batch& batch) override;
  Metrics metrics() const override;
  const nn::Mlp<float>& actor() const override { return actor_; }
  Head head() const override { return Head::gaussian; }
  std::vector<float> values(const float* observations, int batch) override;
  std::map<std::string, std::span<float>> state() override;
  void restored() override;

  /// Actions drawn from the policy at normalised states, with their log-probabilities; feature-major.
  struct Sample {
    std::vector<float> actions, log_probabilities, noise, deviations;
    std::vector<bool> clipped;  ///< log deviations outside their bounds: no gradient
  };
  void sample(const float* observations, int batch, Random random, Sample& sample);

  /// The actor's loss, mean(temperature log pi - min Q), for fixed noise, and its gradient: what update() descends.
  double actor_loss(const Batch& batch, Random random, std::vector<float>& gradient);
  nn::Mlp<float>& actor_network() { return actor_; }  ///< for checking gradients

 private:
  void update_critics(const Batch& batch);
  double temperature() const;

  int observation_size_, action_size_;
  SacSettings settings_;
  Random noise_;
  nn::Mlp<float> actor_, critic_, critic_target_;
  nn::Adam<float> actor_adam_, critic_adam_, temperature_adam_;
  nn::Pass<float> actor_pass_, critic_pass_, target_pass_;
  std::vector<float> log_temperature_{0};
  std::vector<float> actor_gradient_, critic_gradient_, inputs_, next_inputs_, q_gradient_, input_gradient_,
      output_gradient_;
  Sample sample_, next_sample_;
  double critic_loss_ = 0, mean_q_ = 0, actor_loss_ = 0, entropy_ = 0;
};

}  // namespace offprint::control
