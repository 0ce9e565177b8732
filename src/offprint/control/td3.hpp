// TD3 (Fujimoto et al. 2018) and the offline learners that change only its actor's loss:
//   loss = -w mean Q_1(s, pi(s)) + MSE(pi(s), target),
// TD3: w = 1, no target. TD3+BC (Fujimoto and Gu 2021): w = alpha / mean |Q_1(s, pi(s))|, the target is the logged
// action. BC: w = 0, likewise. Others supply their own targets.
#pragma once
#include <functional>

#include "offprint/control/learner.hpp"

namespace offprint::control {

struct Td3Settings {
  std::vector<int> hidden{256, 256};
  double learning_rate = 3e-4;
  double discount = 0.99;
  double polyak_rate = 0.005;  ///< tau
  double target_noise = 0.2;   ///< standard deviation of the noise on the target's action
  double noise_clip = 0.5;
  int actor_every = 2;  ///< critic updates for one of the actor and the targets
};

/// How much the actor's loss weighs values.
enum class ValueWeight { none, plain, normalised };

struct ActorLoss {
  ValueWeight values = ValueWeight::plain;
  double alpha = 2.5;  ///< of ValueWeight::normalised
  /// Writes the actions [action_size][batch] that `actions`, those of the policy, are drawn to. Not differentiated.
  /// Empty: no such term.
  std::function<void(const Batch& batch, const float* actions, float* targets)> targets;

  static ActorLoss td3() { return {}; }
  static ActorLoss behaviour_cloning();
  static ActorLoss td3_bc(double alpha);
};

class Td3 : public Learner {
 public:
  Td3(int observation_size, int action_size, const Td3Settings& settings, ActorLoss loss, Random random);

  void update(const Batch& batch) override;
  Metrics metrics() const override;
  const nn::Mlp<float>& actor() const override { return actor_; }
  const nn::Mlp<float>& critic() const { return critic_; }
  std::vector<float> values(const float* observations, int batch) override;
  std::map<std::string, std::span<float>> state() override;
  void restored() override;

 private:
  void update_critics(const Batch& batch);
  void update_actor(const Batch& batch);

  int observation_size_, action_size_;
  Td3Settings settings_;
  ActorLoss loss_;
  Random noise_;
  nn::Mlp<float> actor_, actor_target_, critic_, critic_target_;  ///< critic: two members
  nn::Adam<float> actor_adam_, critic_adam_;
  nn::Pass<float> actor_pass_, critic_pass_, target_pass_, actor_target_pass_;
  std::vector<float> actor_gradient_, critic_gradient_, inputs_, next_inputs_, next_actions_, q_gradient_,
      input_gradient_, action_gradient_, targets_;
  double critic_loss_ = 0, mean_q_ = 0, actor_loss_ = 0, constraint_loss_ = 0, weight_ = 0;
};

}  // namespace offprint::control
