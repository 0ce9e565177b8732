#include "offprint/control/sac.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace offprint::control {
namespace {

std::size_t area(int rows, int columns) { return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns); }

constexpr float squash_floor = 1e-6F;  ///< keeps log(1 - tanh^2) finite

}  // namespace

Sac::Sac(int observation_size, int action_size, const SacSettings& settings, Random random)
    : observation_size_(observation_size),
      action_size_(action_size),
      settings_(settings),
      noise_(random.split("actions")),
      actor_(layer_sizes(observation_size, settings.hidden, 2 * action_size), nn::Activation::relu,
             nn::Activation::identity),
      critic_(layer_sizes(observation_size + action_size, settings.hidden, 1), nn::Activation::relu,
              nn::Activation::identity, 2),
      actor_adam_(actor_.parameters().size(), settings.actor_learning_rate),
      critic_adam_(critic_.parameters().size(), settings.learning_rate),
      temperature_adam_(1, settings.actor_learning_rate),
      actor_gradient_(actor_.parameters().size()),
      critic_gradient_(critic_.parameters().size()) {
  actor_.initialise(random.split("actor"));
  critic_.initialise(random.split("critic"));
  critic_target_ = critic_;
  if (settings_.target_entropy == 0) settings_.target_entropy = -action_size;
}

double Sac::temperature() const { return std::exp(static_cast<double>(log_temperature_[0])); }

void Sac::sample(const float* observations, int batch, Random random, Sample& s) {
  const float* output = actor_.forward(observations, batch, actor_pass_);
  const auto entries = area(action_size_, batch);
  s.actions.resize(entries);
  s.noise.resize(entries);
  s.deviations.resize(entries);
  s.clipped.resize(entries);
  s.log_probabilities.assign(static_cast<std::size_t>(batch), 0);
  const float low = static_cast<float>(settings_.low_log_deviation),
              high = static_cast<float>(settings_.high_log_deviation);
  const float constant = 0.5F * std::log(2 * std::numbers::pi_v<float>);
  for (std::size_t i = 0; i < entries; ++i) {
    const float raw = output[entries + i], log_deviation = std::clamp(raw, low, high);
    s.clipped[i] = raw != log_deviation;
    s.noise[i] = static_cast<float>(random.normal());
    s.deviations[i] = std::exp(log_deviation);
    s.actions[i] = std::tanh(output[i] + s.deviations[i] * s.noise[i]);
    s.log_probabilities[i % static_cast<std::size_t>(batch)] -=
        0.5F * s.noise[i] * s.noise[i] + log_deviation + constant +
        std::log(1 - s.actions[i] * s.actions[i] + squash_floor);
  }
}

void Sac::update_critics(const Batch& batch) {
  const int size = batch.size;
  sample(batch.next_observations.data(), size, noise_.split("next").split(static_cast<std::uint64_t>(updates_)),
         next_sample_);
  stack(batch.next_observations.data(), observation_size_, next_sample_.actions.data(), action_size_, size,
        next_inputs_);
  const float* q_next = critic_target_.forward(next_inputs_.data(), size, target_pass_);
  stack(batch.observations.data(), observation_size_, batch.actions.data(), action_size_, size, inputs_);
  const float* q = critic_.forward(inputs_.data(), size, critic_pass_);
  q_gradient_.resize(2 * static_cast<std::size_t>(size));
  const float discount = static_cast<float>(settings_.discount), entropy_weight = static_cast<float>(temperature());
  double loss = 0, sum = 0;
  for (int b = 0; b < size; ++b) {
    const float future = std::min(q_next[b], q_next[size + b]) - entropy_weight * next_sample_.log_probabilities[b];
    const float y = batch.rewards[b] + batch.not_terminal[b] * discount * future;
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

double Sac::actor_loss(const Batch& batch, Random random, std::vector<float>& gradient) {
  const int size = batch.size;
  const auto entries = area(action_size_, size);
  sample(batch.observations.data(), size, random, sample_);
  stack(batch.observations.data(), observation_size_, sample_.actions.data(), action_size_, size, inputs_);
  const float* q = critic_.forward(inputs_.data(), size, critic_pass_);
  const float entropy_weight = static_cast<float>(temperature()), share = 1 / static_cast<float>(size);
  q_gradient_.assign(2 * static_cast<std::size_t>(size), 0);
  double loss = 0;
  for (int b = 0; b < size; ++b) {
    q_gradient_[q[b] <= q[size + b] ? b : size + b] = -share;
    loss += static_cast<double>(entropy_weight * sample_.log_probabilities[b] - std::min(q[b], q[size + b]));
  }
  input_gradient_.resize(inputs_.size());
  critic_.backward(q_gradient_.data(), critic_pass_, nullptr, input_gradient_.data());
  // Through a = tanh(u), u = mean + deviation * noise; log pi holds -log(deviation) and -log(1 - a^2 + floor).
  output_gradient_.resize(2 * entries);
  const float* q_slope = input_gradient_.data() + area(observation_size_, size);
  for (std::size_t i = 0; i < entries; ++i) {
    const float a = sample_.actions[i], bend = 1 - a * a;
    const float slope = (q_slope[i] + entropy_weight * share * 2 * a / (bend + squash_floor)) * bend;
    output_gradient_[i] = slope;
    output_gradient_[entries + i] =
        sample_.clipped[i] ? 0 : slope * sample_.deviations[i] * sample_.noise[i] - entropy_weight * share;
  }
  gradient.resize(actor_.parameters().size());
  actor_.backward(output_gradient_.data(), actor_pass_, gradient.data(), nullptr);
  return loss / size;
}

void Sac::update(const Batch& batch) {
  update_critics(batch);
  actor_loss_ = actor_loss(batch, noise_.split("present").split(static_cast<std::uint64_t>(updates_)), actor_gradient_);
  actor_adam_.update(actor_.parameters(), actor_gradient_);
  double log_probability = 0;
  for (const float value : sample_.log_probabilities) log_probability += static_cast<double>(value);
  entropy_ = -log_probability / batch.size;
  const float gradient[]{static_cast<float>(entropy_ - settings_.target_entropy)};
  temperature_adam_.update(log_temperature_, gradient);
  nn::polyak<float>(critic_target_.parameters(), critic_.parameters(), settings_.polyak_rate);
  ++updates_;
}

Metrics Sac::metrics() const {
  return {{"critic_loss", critic_loss_},
          {"mean_q", mean_q_},
          {"actor_loss", actor_loss_},
          {"entropy", entropy_},
          {"temperature", temperature()}};
}

std::vector<float> Sac::values(const float* observations, int batch) {
  const float* output = actor_.forward(observations, batch, actor_pass_);
  std::vector<float> actions(output, output + area(action_size_, batch));
  for (auto& action : actions) action = std::tanh(action);
  stack(observations, observation_size_, actions.data(), action_size_, batch, inputs_);
  const float* q = critic_.forward(inputs_.data(), batch, critic_pass_, {0, 1});
  return {q, q + batch};
}

std::map<std::string, std::span<float>> Sac::state() {
  return {{"actor", actor_.parameters()},
          {"actor_first_moments", actor_adam_.first_moments()},
          {"actor_second_moments", actor_adam_.second_moments()},
          {"critic", critic_.parameters()},
          {"critic_target", critic_target_.parameters()},
          {"critic_first_moments", critic_adam_.first_moments()},
          {"critic_second_moments", critic_adam_.second_moments()},
          {"log_temperature", log_temperature_},
          {"temperature_first_moments", temperature_adam_.first_moments()},
          {"temperature_second_moments", temperature_adam_.second_moments()}};
}

void Sac::restored() {
  for (auto* adam : {&actor_adam_, &critic_adam_, &temperature_adam_}) adam->set_steps(updates_);
}

}  // namespace offprint::control
