#include "offprint/lm/torch_transformer.hpp"

#include <cmath>

#include "offprint/base/random.hpp"

namespace offprint::lm {
namespace {

std::string block_name(const TransformerConfig& config, int layer) {
  return (config.llama ? "model.layers." : "h.") + std::to_string(layer) + ".";
}

bool ends_residual_branch(const std::string& name) {
  return name.ends_with("c_proj.weight") || name.ends_with("o_proj.weight") || name.ends_with("down_proj.weight");
}

Norm final_norm(const TransformerConfig& config) {
  return config.norm != Norm::none ? config.norm : config.llama ? Norm::rms : Norm::layer;
}

}  // namespace

std::vector<std::pair<std::string, std::vector<std::int64_t>>> parameter_shapes(const TransformerConfig& config) {
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> shapes;
  const std::int64_t width = config.width, hidden = config.hidden,
                     queries = std::int64_t{config.heads} * config.head_width,
                     kept = std::int64_t{config.key_value_heads} * config.head_width;
  const auto add_norm = [&](const std::string& name, Norm kind) {
    if (kind == Norm::none) return;
    shapes.push_back({name + ".weight", {width}});
    if (kind == Norm::layer) shapes.push_back({name + ".bias", {width}});
  };
  shapes.push_back({config.llama ? "model.embed_tokens.weight" : "wte.weight", {config.vocabulary, width}});
  if (config.learned_positions) shapes.push_back({"wpe.weight", {config.context, width}});
  for (int l = 0; l < config.layers; ++l) {
    const auto at = block_name(config, l);
    add_norm(at + (config.llama ? "input_layernorm" : "ln_1"), config.norm);
    add_norm(at + (config.llama ? "post_attention_layernorm" : "ln_2"), config.norm);
    if (config.llama)
      for (const auto& [name, out, in] : {std::tuple{"self_attn.q_proj", queries, width},
                                          {"self_attn.k_proj", kept, width},
                                          {"self_attn.v_proj", kept, width},
                                          {"self_attn.o_proj", width, queries},
                                          {"mlp.gate_proj", hidden, width},
                                          {"mlp.up_proj", hidden, width},
                                          {"mlp.down_proj", width, hidden}})
        shapes.push_back({at + name + ".weight", {out, in}});
    else
      for (const auto& [name, in, out] : {std::tuple{"attn.c_attn", width, 3 * width},
                                          {"attn.c_proj", width, width},
                                          {"mlp.c_fc", width, hidden},
                                          {"mlp.c_proj", hidden, width}}) {
        shapes.push_back({at + name + ".weight", {in, out}});
        shapes.push_back({at + name + ".bias", {out}});
      }
  }
  add_norm(config.llama ? "model.norm" : "ln_f", final_norm(config));
  if (!config.tied_output) shapes.push_back({"lm_head.weight", {config.vocabulary, width}});
  return shapes;
}

TorchTransformer::TorchTransformer(const TransformerConfig& config, std::uint64_t seed) : config_(config) {
  const Random random = Random(seed).split("transformer weights");
  for (const auto& [name, shape] : parameter_shapes(config)) {
    auto tensor = torch::zeros(shape, torch::kFloat32);
    if (shape.size() == 2) {
      auto draws = random.split(name);
      const double spread = 0.02 / (ends_residual_branch(name) ? std::sqrt(2.0 * config.layers) : 1.0);
      float* values = tensor.data_ptr<float>();
      for (std::int64_t i = 0; i < tensor.numel(); ++i) values[i] = static_cast<float>(spread * draws.normal());
    } else if (name.ends_with(".weight")) {
      tensor.fill_(1);
    }
    parameters_[name] = tensor.requires_grad_();
  }
}

TorchTransformer::TorchTransformer(const TransformerConfig& config, const data::Tensors& tensors) : config_(config) {
  for (const auto& [name, shape] : parameter_shapes(config)) {
    const auto values = tensors.at(name, std::vector<std::size_t>(shape.begin(), shape.end())).floats();
    parameters_[name] =
        torch::from_blob(const_cast<float*>(values.data()), shape, torch::kFloat32).clone().requires_grad_();
  }
}

torch::Tensor TorchTransformer::linear(const torch::Tensor& x, const std::string& name) const {
  if (config_.llama) return torch::linear(x, at(name + ".weight"));
  const auto& weight = at(name + ".weight");
  auto sizes = x.sizes().vec();
  sizes.back() = weight.size(1);
  return torch::addmm(at(name + ".bias"), x.reshape({-1, x.size(-1)}), weight).view(sizes);
}

torch::Tensor TorchTransformer::norm(const torch::Tensor& x, const std::string& name, Norm kind) const {
  switch (kind) {
    case Norm::none:
      return x;
    case Norm::layer:
      return torch::layer_norm(x, {config_.width}, at(name + ".weight"), at(name + ".bias"), config_.norm_epsilon);
    case Norm::rms:
      return x * torch::rsqrt(x.square().mean(-1, true) + config_.norm_epsilon) * at(name + ".weight");
  }
  return x;
}

torch::Tensor TorchTransformer::activate(const torch::Tensor& x) const {
  switch (config_.activation) {
    case Activation::gelu_tanh:
      return torch::gelu(x, "tanh");
    case Activation::gelu:
      return torch::gelu(x);
    case Activation::relu:
      return torch::relu(x);
    case Activation::silu:
      return torch::silu(x);
    case Activation::identity:
      return x;
  }
  return x;
}

torch::Tensor TorchTransformer::rotated(const torch::Tensor& x) const {
  const auto half = config_.head_width / 2;
  std::vector<double> frequencies;
  for (int i = 0; i < half; ++i) frequencies.push_back(std::pow(config_.rotary_base, -static_cast<double>(i) / half));
  const auto angles =
      torch::outer(torch::arange(x.size(-2), torch::kFloat64), torch::tensor(frequencies, torch::kFloat64));
  const auto cosine = angles.cos().to(torch::kFloat32), sine = angles.sin().to(torch::kFloat32);
  const auto a = x.narrow(-1, 0, half), b = x.narrow(-1, half, half);
  return torch::cat({a * cosine - b * sine, b * cosine + a * sine}, -1);
}

torch::Tensor TorchTransformer::attend(const torch::Tensor& x, const std::string& block, const torch::Tensor& mask,
                                       TorchObservations* observations) const {
  const auto batch = x.size(0), length = x.size(1);
  const std::int64_t heads = config_.heads, kept = config_.key_value_heads, head_width = config_.head_width;
  const auto by_head = [&](const torch::Tensor& t, std::int64_t count) {
    return t.view({batch, length, count, head_width}).transpose(1, 2);
  };
  torch::Tensor q, k, v;
  if (config_.llama) {
    q = by_head(linear(x, block + "self_attn.q_proj"), heads);
    k = by_head(linear(x, block + "self_attn.k_proj"), kept);
    v = by_head(linear(x, block + "self_attn.v_proj"), kept);
    if (kept != heads) {
      const auto repeated = [&](const torch::Tensor& t) {
        return t.unsqueeze(2)
            .expand({batch, kept, heads / kept, length, head_width})
            .reshape({batch, heads, length, head_width});
      };
      k = repeated(k);
      v = repeated(v);
    }
  } else {
    const auto parts =
        linear(x, block + "attn.c_attn").view({batch, length, 3, heads, head_width}).permute({2, 0, 3, 1, 4}).unbind(0);
    q = parts[0];
    k = parts[1];
    v = parts[2];
  }
  if (!config_.learned_positions) {
    q = rotated(q);
    k = rotated(k);
  }
  const auto flat = [&](const torch::Tensor& t) { return t.reshape({batch * heads, length, head_width}); };
  const auto scores =
      torch::baddbmm(mask, flat(q), flat(k).transpose(1, 2), 1, 1 / std::sqrt(static_cast<double>(head_width)));
  const auto probabilities = torch::softmax(scores, -1);
  if (observations != nullptr) observations->attention.push_back(probabilities.view({batch, heads, length, length}));
  const auto joined = torch::bmm(probabilities, flat(v))
                          .view({batch, heads, length, head_width})
                          .transpose(1, 2)
                          .reshape({batch, length, heads * head_width});
  return linear(joined, block + (config_.llama ? "self_attn.o_proj" : "attn.c_proj"));
}

torch::Tensor TorchTransformer::forward(const torch::Tensor& tokens, TorchObservations* observations) const {
  const auto length = tokens.size(1);
  const auto& embedding = at(config_.llama ? "model.embed_tokens.weight" : "wte.weight");
  auto x = torch::embedding(embedding, tokens);
  if (config_.learned_positions) x = x + at("wpe.weight").narrow(0, 0, length);
  const auto mask = torch::full({length, length}, -INFINITY, torch::kFloat32).triu(1);
  for (int l = 0; l < config_.layers; ++l) {
    const auto block = block_name(config_, l);
    x = x +
        attend(norm(x, block + (config_.llama ? "input_layernorm" : "ln_1"), config_.norm), block, mask, observations);
    const auto inner = norm(x, block + (config_.llama ? "post_attention_layernorm" : "ln_2"), config_.norm);
    auto active = activate(linear(inner, block + (config_.llama ? "mlp.gate_proj" : "mlp.c_fc")));
    if (config_.gated) active = active * linear(inner, block + "mlp.up_proj");
    x = x + linear(active, block + (config_.llama ? "mlp.down_proj" : "mlp.c_proj"));
    if (observations == nullptr) continue;
    observations->activations.push_back(active);
    observations->block_output.push_back(x);
  }
  x = norm(x, config_.llama ? "model.norm" : "ln_f", final_norm(config_));
  return torch::linear(x, config_.tied_output ? embedding : at("lm_head.weight"));
}

void TorchTransformer::save(const std::filesystem::path& path,
                            const std::map<std::string, std::string>& metadata) const {
  std::map<std::string, data::TensorView> views;
  for (const auto& [name, tensor] : parameters_)
    views[name] =
        data::view_of(std::span<const float>(tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())),
                      std::vector<std::size_t>(tensor.sizes().begin(), tensor.sizes().end()));
  auto all = metadata;
  all["format"] = "pt";
  all["config"] = transformer_config_json(config_);
  data::write_safetensors(path, views, all);
}

}  // namespace offprint::lm
