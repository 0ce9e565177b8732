#include "offprint/control/td3.hpp"

#include <algorithm>
#include <cmath>

namespace offprint::control {
namespace {

std::size_t area(int rows, int columns) { return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns); }

void logged_actions(const Batch& batch, const float*, float* targets) {
  std::copy(batch.actions.begin(), batch.actions.end(), targets);
}

}  // namespace

ActorLoss ActorLoss::behaviour_cloning() { return {ValueWeight::none, 0, logged_actions}; }
ActorLoss ActorLoss::td3_bc(double alpha) { return {ValueWeight::normalised, alpha, logged_actions}; }

Td3::Td3(int observation_size, int action_size, const Td3Settings& settings, ActorLoss loss, Random random)
    : observation_size_(observation_size),
      action_size_(action_size),
      settings_(settings),
      loss_(std::move(loss)),
      noise_(random.split("target noise")),
      actor_(layer_sizes(observation_size, settings.hidden, action_size), nn::Activation::relu, nn::Activation::tanh),
      critic_(layer_sizes(observation_size + action_size, settings.hidden, 1), nn::Activation::relu,
              nn::Activation::identity, 2),
      actor_adam_(actor_.parameters().size(), settings.learning_rate),
      critic_adam_(critic_.parameters().size(), settings.learning_rate),
      actor_gradient_(actor_.parameters().size()),
      critic_gradient_(critic_.parameters().size()) {
  actor_.initialise(random.split("actor"));
  critic_.initialise(random.split("critic"));
  actor_target_ = actor_;
  critic_target_ = critic_;
}

void Td3::update(const Batch& batch) {
  if (loss_.values != ValueWeight::none) update_critics(batch);
  ++updates_;
  if (loss_.values != ValueWeight::none && updates_ % settings_.actor_every != 0) return;
  update_actor(batch);
  if (loss_.values == ValueWeight::none) return;
  nn::polyak<float>(actor_target_.parameters(), actor_.parameters(), settings_.polyak_rate);
  nn::polyak<float>(critic_target_.parameters(), critic_.parameters(), settings_.polyak_rate);
}

void Td3::update_critics(const Batch& batch) {
  const int size = batch.size;
  const float* next = actor_target_.forward(batch.next_observations.data(), size, actor_target_pass_);
  next_actions_.resize(area(action_size_, size));
  Random noise = noise_.split(static_cast<std::uint64_t>(updates_));
  for (std::size_t i = 0; i < next_actions_.size(); ++i) {
    const double epsilon =
        std::clamp(settings_.target_noise * noise.normal(), -settings_.noise_clip, settings_.noise_clip);
    next_actions_[i] = std::clamp(next[i] + static_cast<float>(epsilon), -1.0F, 1.0F);
  }
  stack(batch.next_observations.data(), observation_size_, next_actions_.data(), action_size_, size, next_inputs_);
  const float* q_next = critic_target_.forward(next_inputs_.data(), size, target_pass_);
  stack(batch.observations.data(), observation_size_, batch.actions.data(), action_size_, size, inputs_);
  const float* q = critic_.forward(inputs_.data(), size, critic_pass_);
  q_gradient_.resize(2 * static_cast<std::size_t>(size));
  double loss = 0, sum = 0;
  const float discount = static_cast<float>(settings_.discount);
  for (int b = 0; b < size; ++b) {
    const float y = batch.rewards[b] + batch.not_terminal[b] * discount * std::min(q_next[b], q_next[size + b]);
    for (const int i : {b, size + b}) {
      const float error = q[i] - y;
      loss += static_cast<double>(error) * static_cast<double>(error);
      q_gradient_[i] = 2 * error / static_cast<float>(size);
    }
    sum += static_cast<double>(q[b]);
  }
  critic_loss_ = loss / size;
  mean_q_ = sum / size;
  critic_.backward(q_gradient_.data(), critic_pass_, critic_gradient_.data(), nullptr);
  critic_adam_.update(critic_.parameters(), critic_gradient_);
}

void Td3::update_actor(const Batch& batch) {
  const int size = batch.size;
  const float* actions = actor_.forward(batch.observations.data(), size, actor_pass_);
  const auto entries = area(action_size_, size);
  action_gradient_.assign(entries, 0);
  double value_loss = 0;
  weight_ = 0;
  if (loss_.values != ValueWeight::none) {
    stack(batch.observations.data(), observation_size_, actions, action_size_, size, inputs_);
    const float* q = critic_.forward(inputs_.data(), size, critic_pass_, {0, 1});
    double sum = 0, magnitude = 0;
    for (int b = 0; b < size; ++b) {
      sum += static_cast<double>(q[b]);
      magnitude += std::abs(static_cast<double>(q[b]));
    }
    weight_ = loss_.values == ValueWeight::plain ? 1 : loss_.alpha / std::max(magnitude / size, 1e-6);
    value_loss = -weight_ * sum / size;
    q_gradient_.assign(static_cast<std::size_t>(size), static_cast<float>(-weight_ / size));
    input_gradient_.resize(inputs_.size());
    critic_.backward(q_gradient_.data(), critic_pass_, nullptr, input_gradient_.data());
    std::copy_n(input_gradient_.begin() + static_cast<std::ptrdiff_t>(area(observation_size_, size)), entries,
                action_gradient_.begin());
  }
  constraint_loss_ = 0;
  if (loss_.targets) {
    targets_.resize(entries);
    loss_.targets(batch, actions, targets_.data());
    const float scale = 2 / static_cast<float>(entries);
    for (std::size_t i = 0; i < entries; ++i) {
      const float difference = actions[i] - targets_[i];
      constraint_loss_ += static_cast<double>(difference) * static_cast<double>(difference);
      action_gradient_[i] += scale * difference;
    }
    constraint_loss_ /= static_cast<double>(entries);
  }
  actor_loss_ = value_loss + constraint_loss_;
  actor_.backward(action_gradient_.data(), actor_pass_, actor_gradient_.data(), nullptr);
  actor_adam_.update(actor_.parameters(), actor_gradient_);
}

Metrics Td3::metrics() const {
  Metrics metrics{{"actor_loss", actor_loss_}};
  if (loss_.values != ValueWeight::none) {
    metrics["critic_loss"] = critic_loss_;
    metrics["mean_q"] = mean_q_;
    metrics["lambda"] = weight_;
  }
  if (loss_.targets) metrics["constraint_loss"] = constraint_loss_;
  return metrics;
}

std::vector<float> Td3::values(const float* observations, int batch) {
  if (loss_.values == ValueWeight::none) return {};
  const float* actions = actor_.forward(observations, batch, actor_pass_);
  stack(observations, observation_size_, actions, action_size_, batch, inputs_);
  const float* q = critic_.forward(inputs_.data(), batch, critic_pass_, {0, 1});
  return {q, q + batch};
}

std::map<std::string, std::span<float>> Td3::state() {
  return {{"actor", actor_.parameters()},
          {"actor_target", actor_target_.parameters()},
          {"actor_first_moments", actor_adam_.first_moments()},
          {"actor_second_moments", actor_adam_.second_moments()},
          {"critic", critic_.parameters()},
          {"critic_target", critic_target_.parameters()},
          {"critic_first_moments", critic_adam_.first_moments()},
          {"critic_second_moments", critic_adam_.second_moments()}};
}

void Td3::restored() {
  const bool values = loss_.values != ValueWeight::none;
  critic_adam_.set_steps(values ? updates_ : 0);
  actor_adam_.set_steps(values ? updates_ / settings_.actor_every : updates_);
}

}  // namespace offprint::control
