#include "offprint/control/policy.hpp"

#include <fmt/format.h>

#include <cmath>

#include "offprint/base/error.hpp"
#include "offprint/data/safetensors.hpp"

namespace offprint::control {
namespace {

constexpr const char* format_name = "offprint policy 1";
constexpr std::pair<nn::Activation, const char*> activations[]{{nn::Activation::identity, "identity"},
                                                               {nn::Activation::relu, "relu"},
                                                               {nn::Activation::tanh, "tanh"},
                                                               {nn::Activation::swish, "swish"}};

std::string name_of(nn::Activation activation) {
  for (const auto& [value, name] : activations)
    if (value == activation) return name;
  return "";
}

}  // namespace

void Actor::act(const float* observations, int batch, float* actions) {
  const int o = policy_.observation_size(), a = policy_.action_size();
  const auto& [mean, deviation] = policy_.normaliser;
  input_.resize(static_cast<std::size_t>(o) * static_cast<std::size_t>(batch));
  for (int b = 0; b < batch; ++b)
    for (int f = 0; f < o; ++f) input_[f * batch + b] = (observations[b * o + f] - mean[f]) / deviation[f];
  const float* output = policy_.actor.forward(input_.data(), batch, pass_);
  for (int b = 0; b < batch; ++b)
    for (int f = 0; f < a; ++f) {
      const float value = output[f * batch + b];
      actions[b * a + f] = policy_.head == Head::gaussian ? std::tanh(value) : value;
    }
}

void write_policy(const std::filesystem::path& path, const Policy& policy) {
  std::map<std::string, data::TensorView> tensors;
  const auto& sizes = policy.actor.sizes();
  for (int layer = 0; layer < policy.actor.layers(); ++layer) {
    const auto out = static_cast<std::size_t>(sizes[layer + 1]), in = static_cast<std::size_t>(sizes[layer]);
    tensors[fmt::format("actor.{}.weight", layer)] = data::view_of(policy.actor.weights(layer), {out, in});
    tensors[fmt::format("actor.{}.bias", layer)] = data::view_of(policy.actor.biases(layer), {out});
  }
  const auto width = static_cast<std::size_t>(policy.observation_size());
  tensors["observation.mean"] = data::view_of(std::span<const float>(policy.normaliser.mean), {width});
  tensors["observation.deviation"] = data::view_of(std::span<const float>(policy.normaliser.deviation), {width});
  auto metadata = policy.provenance;
  metadata["format"] = format_name;
  metadata["task"] = policy.task;
  metadata["head"] = policy.head == Head::gaussian ? "gaussian" : "deterministic";
  metadata["hidden_activation"] = name_of(policy.actor.hidden_activation());
  metadata["output_activation"] = name_of(policy.actor.output_activation());
  data::write_safetensors(path, tensors, metadata);
}

Policy read_policy(const std::filesystem::path& path, const Task* task) {
  const auto tensors = data::read_safetensors(path);
  const auto refuse = [&](const std::string& problem) {
    return BadInput(path.string(), problem, "give a policy written by a train verb of offprint");
  };
  auto metadata = tensors.metadata();
  if (metadata["format"] != format_name) throw refuse("is no policy");
  const auto activation = [&](const char* key) {
    for (const auto& [value, name] : activations)
      if (metadata[key] == name) return value;
    throw refuse(std::string("names no known ") + key);
  };
  std::vector<int> sizes;
  for (int layer = 0; tensors.contains(fmt::format("actor.{}.weight", layer)); ++layer) {
    const auto& shape = tensors.at(fmt::format("actor.{}.weight", layer)).shape;
    if (shape.size() != 2 || shape[0] == 0 || shape[1] == 0 || shape[0] > 100000 || shape[1] > 100000 ||
        (layer > 0 && shape[1] != static_cast<std::size_t>(sizes.back())))
      throw refuse("has layers that do not fit each other");
    if (layer == 0) sizes.push_back(static_cast<int>(shape[1]));
    sizes.push_back(static_cast<int>(shape[0]));
  }
  if (sizes.empty()) throw refuse("has no actor");
  Policy policy{nn::Mlp<float>(sizes, activation("hidden_activation"), activation("output_activation")),
                {},
                {},
                metadata["task"],
                {}};
  policy.head = metadata["head"] == "gaussian" ? Head::gaussian : Head::deterministic;
  const auto copy = [&](const std::string& name, std::vector<std::size_t> shape, std::span<float> to) {
    const auto values = tensors.at(name, shape).floats();
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!std::isfinite(values[i])) throw refuse(name + " holds values that are not finite");
      to[i] = values[i];
    }
  };
  for (int layer = 0; layer < policy.actor.layers(); ++layer) {
    const auto out = static_cast<std::size_t>(sizes[layer + 1]), in = static_cast<std::size_t>(sizes[layer]);
    copy(fmt::format("actor.{}.weight", layer), {out, in}, policy.actor.weights(layer));
    copy(fmt::format("actor.{}.bias", layer), {out}, policy.actor.biases(layer));
  }
  policy.normaliser = Normaliser::identity(sizes[0]);
  copy("observation.mean", {static_cast<std::size_t>(sizes[0])}, policy.normaliser.mean);
  copy("observation.deviation", {static_cast<std::size_t>(sizes[0])}, policy.normaliser.deviation);
  for (const float deviation : policy.normaliser.deviation)
    if (!(deviation > 0)) throw refuse("divides by a deviation that is not positive");
  for (const char* key : {"format", "task", "head", "hidden_activation", "output_activation"}) metadata.erase(key);
  policy.provenance = metadata;
  if (task && (policy.observation_size() != task->observations || policy.action_size() != task->actions))
    throw BadInput(path.string(),
                   fmt::format("takes {} numbers and gives {}, {} shows {} and takes {}", policy.observation_size(),
                               policy.action_size(), task->name, task->observations, task->actions),
                   policy.task.empty() ? "give the task it was trained for" : "it was trained for " + policy.task);
  return policy;
}

}  // namespace offprint::control
