// The transformer of transformer.hpp on libtorch, for training and for papers that need gradients. Parameters carry the
// names, shapes and orientation of the stored layout (GPT-2: [in, out]; Llama: [out, in]), so that checkpoints load
// everywhere.
#pragma once
#include <torch/torch.h>

#include <map>
#include <string>
#include <vector>

#include "offprint/data/safetensors.hpp"
#include "offprint/lm/transformer.hpp"

namespace offprint::lm {

/// What a forward pass keeps for its caller, layer by layer; gradients flow through all of it.
struct TorchObservations {
  std::vector<torch::Tensor> attention;     ///< [batch, heads, query, key]
  std::vector<torch::Tensor> activations;   ///< after the feed-forward activation: [batch, position, hidden]
  std::vector<torch::Tensor> block_output;  ///< [batch, position, width]
};

class TorchTransformer {
 public:
  /// Weights N(0, 0.02^2), those that end a residual branch divided by sqrt(2 layers), biases 0, scales 1. Draws come
  /// from `seed` alone.
  TorchTransformer(const TransformerConfig& config, std::uint64_t seed);
  TorchTransformer(const TransformerConfig& config, const data::Tensors& tensors);

  const TransformerConfig& config() const { return config_; }
  std::map<std::string, torch::Tensor>& parameters() {
    return parameters_;
  }  ///< leaves that require gradients, float32, contiguous

  /// Logits [batch, position, vocabulary] of tokens [batch, position] (int64), position <= context.
  torch::Tensor forward(const torch::Tensor& tokens, TorchObservations* observations = nullptr) const;

  void save(const std::filesystem::path& path, const std::map<std::string, std::string>& metadata = {}) const;

 private:
  const torch::Tensor& at(const std::string& name) const { return parameters_.at(name); }
  torch::Tensor linear(const torch::Tensor& x, const std::string& name) const;
  torch::Tensor norm(const torch::Tensor& x, const std::string& name, Norm kind) const;
  torch::Tensor activate(const torch::Tensor& x) const;
  torch::Tensor attend(const torch::Tensor& x, const std::string& block, const torch::Tensor& mask,
                       TorchObservations* observations) const;
  torch::Tensor rotated(const torch::Tensor& x) const;

  TransformerConfig config_;
  std::map<std::string, torch::Tensor> parameters_;
};

/// Names and shapes of a configuration's parameters.
std::vector<std::pair<std::string, std::vector<std::int64_t>>> parameter_shapes(const TransformerConfig& config);

}  // namespace offprint::lm
