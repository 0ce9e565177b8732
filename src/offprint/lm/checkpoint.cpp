// Configurations and weights of transformers, as they lie in Hugging Face's folders.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "offprint/base/error.hpp"
#include "offprint/base/text.hpp"
#include "offprint/lm/transformer.hpp"

namespace offprint::lm {
namespace {

using Json = nlohmann::ordered_json;

struct ConfigReader {
  const Json& json;
  const std::string& source;

  [[noreturn]] void refuse(const std::string& key, const std::string& problem) const {
    throw BadInput(source, "'" + key + "' " + problem, "give the config.json of a GPT-2 or Llama checkpoint");
  }
  bool has(const char* key) const { return json.contains(key) && !json[key].is_null(); }
  int whole(const char* key, double greatest = 1e6) const {
    if (!has(key) || !json[key].is_number()) refuse(key, "is missing");
    const double value = json[key].get<double>();
    if (!(value >= 1 && value <= greatest) || value != std::floor(value)) refuse(key, "is no size");
    return static_cast<int>(value);
  }
  int whole_or(const char* key, int otherwise) const { return has(key) ? whole(key) : otherwise; }
  double number_or(const Json& where, const char* key, double otherwise) const {
    if (!where.contains(key) || where[key].is_null()) return otherwise;
    if (!where[key].is_number() || !(where[key].get<double>() > 0) || !(where[key].get<double>() < 1e12))
      refuse(key, "is no positive number");
    return where[key].get<double>();
  }
  std::string text_or(const char* key, const std::string& otherwise) const {
    if (!has(key)) return otherwise;
    if (!json[key].is_string()) refuse(key, "is no text");
    return json[key].get<std::string>();
  }
  bool truth_or(const char* key, bool otherwise) const {
    if (!has(key)) return otherwise;
    if (!json[key].is_boolean()) refuse(key, "is neither true nor false");
    return json[key].get<bool>();
  }
  Activation activation(const char* key, const std::string& otherwise) const {
    const auto name = text_or(key, otherwise);
    if (name == "gelu_new" || name == "gelu_pytorch_tanh") return Activation::gelu_tanh;
    if (name == "gelu") return Activation::gelu;
    if (name == "relu") return Activation::relu;
    if (name == "silu" || name == "swish") return Activation::silu;
    if (name == "identity" || name == "linear") return Activation::identity;
    refuse(key, "is '" + name.substr(0, 40) + "', an activation that is not known");
  }
};

const char* activation_name(Activation activation) {
  switch (activation) {
    case Activation::gelu_tanh:
      return "gelu_new";
    case Activation::gelu:
      return "gelu";
    case Activation::relu:
      return "relu";
    case Activation::silu:
      return "silu";
    case Activation::identity:
      return "identity";
  }
  return "";
}

void read_gpt2(const ConfigReader& read, TransformerConfig& config) {
  config.width = read.whole("n_embd");
  config.layers = read.whole("n_layer", 10000);
  config.heads = config.key_value_heads = read.whole("n_head");
  config.context = read.has("n_positions") ? read.whole("n_positions", 1e8) : read.whole("n_ctx", 1e8);
  config.hidden = read.whole_or("n_inner", 4 * config.width);
  config.activation = read.activation("activation_function", "gelu_new");
  config.norm_epsilon = read.number_or(read.json, "layer_norm_epsilon", 1e-5);
  config.tied_output = read.truth_or("tie_word_embeddings", true);
  if (config.width % config.heads != 0) read.refuse("n_embd", "is no multiple of 'n_head'");
  config.head_width = config.width / config.heads;
}

void read_llama(const ConfigReader& read, TransformerConfig& config) {
  config.llama = true;
  config.width = read.whole("hidden_size");
  config.layers = read.whole("num_hidden_layers", 10000);
  config.heads = read.whole("num_attention_heads");
  config.key_value_heads = read.whole_or("num_key_value_heads", config.heads);
  config.context = read.whole("max_position_embeddings", 1e8);
  config.hidden = read.whole("intermediate_size");
  config.activation = read.activation("hidden_act", "silu");
  config.norm_epsilon = read.number_or(read.json, "rms_norm_eps", 1e-6);
  config.tied_output = read.truth_or("tie_word_embeddings", false);
  config.norm = Norm::rms;
  config.gated = true;
  config.learned_positions = false;
  config.rotary_base = read.number_or(read.json, "rope_theta", 10000);
  if (config.width % config.heads != 0 && !read.has("head_dim"))
    read.refuse("hidden_size", "is no multiple of 'num_attention_heads'");
  config.head_width = read.whole_or("head_dim", config.width / config.heads);
  if (config.heads % config.key_value_heads != 0)
    read.refuse("num_attention_heads", "is no multiple of 'num_key_value_heads'");
  if (config.head_width % 2 != 0) read.refuse("head_dim", "is odd");
  if (!read.has("rope_scaling")) return;
  const auto& scaling = read.json["rope_scaling"];
  const auto kind = scaling.is_object() ? scaling.value("rope_type", scaling.value("type", Json("?"))) : Json("?");
  if (kind != "llama3") read.refuse("rope_scaling", "is of a kind that is not supported");
  config.rotary_factor = read.number_or(scaling, "factor", 8);
  config.rotary_low = read.number_or(scaling, "low_freq_factor", 1);
  config.rotary_high = read.number_or(scaling, "high_freq_factor", 4);
  config.rotary_original = read.number_or(scaling, "original_max_position_embeddings", 8192);
}

/// Takes tensors under their stored names and checks them.
struct WeightReader {
  const data::Tensors& tensors;
  std::string prefix;

  std::vector<float> take(const std::string& name, std::vector<std::size_t> shape) const {
    auto values = tensors.at(prefix + name, shape).floats();
    if (!std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); }))
      throw BadInput("the tensor " + prefix + name, "holds values that are not finite",
                     "copy or train the checkpoint again");
    return values;
  }
  std::vector<float> take_if_there(const std::string& name, std::vector<std::size_t> shape) const {
    return tensors.contains(prefix + name) ? take(name, std::move(shape)) : std::vector<float>();
  }
  NormWeights norm(const std::string& name, Norm kind, std::size_t width) const {
    if (kind == Norm::none) return {};
    return {take(name + ".weight", {width}),
            kind == Norm::layer ? take(name + ".bias", {width}) : std::vector<float>()};
  }
  /// GPT-2 stores [in, out].
  Linear transposed(const std::string& name, std::size_t in, std::size_t out) const {
    Linear linear{static_cast<int>(in), static_cast<int>(out), std::vector<float>(in * out),
                  take_if_there(name + ".bias", {out})};
    const auto stored = take(name + ".weight", {in, out});
    for (std::size_t i = 0; i < in; ++i)
      for (std::size_t o = 0; o < out; ++o) linear.weight[o * in + i] = stored[i * out + o];
    return linear;
  }
  /// Llama stores [out, in]; several matrices over the same inputs are stacked.
  Linear stacked(const std::vector<std::pair<std::string, std::size_t>>& parts, std::size_t in) const {
    Linear linear{static_cast<int>(in), 0, {}, {}};
    for (const auto& [name, out] : parts) {
      const auto weight = take(name + ".weight", {out, in}), bias = take_if_there(name + ".bias", {out});
      linear.weight.insert(linear.weight.end(), weight.begin(), weight.end());
      if (!bias.empty()) {
        linear.bias.resize(static_cast<std::size_t>(linear.out));
        linear.bias.insert(linear.bias.end(), bias.begin(), bias.end());
      } else if (!linear.bias.empty()) {
        linear.bias.resize(linear.bias.size() + out);
      }
      linear.out += static_cast<int>(out);
    }
    return linear;
  }
};

}  // namespace

TransformerConfig parse_transformer_config(std::string_view text, const std::string& source) {
  const auto json = Json::parse(text, nullptr, false);
  if (!json.is_object())
    throw BadInput(source, "is no JSON object", "give the config.json of a GPT-2 or Llama checkpoint");
  const ConfigReader read{json, source};
  TransformerConfig config;
  const auto type = read.text_or("model_type", "");
  config.vocabulary = read.whole("vocab_size", 1e8);
  if (type == "gpt2")
    read_gpt2(read, config);
  else if (type == "llama")
    read_llama(read, config);
  else
    read.refuse("model_type", type.empty() ? "is missing" : "is '" + type.substr(0, 40) + "', neither gpt2 nor llama");
  if (config.context < 2) read.refuse(config.llama ? "max_position_embeddings" : "n_positions", "is less than 2");
  if (const auto norm = read.text_or("norm", ""); norm == "none")
    config.norm = Norm::none;
  else if (!norm.empty())
    read.refuse("norm", "is not 'none'");
  return config;
}

std::string transformer_config_json(const TransformerConfig& config) {
  Json json;
  if (config.llama) {
    json = {{"model_type", "llama"},
            {"vocab_size", config.vocabulary},
            {"hidden_size", config.width},
            {"num_hidden_layers", config.layers},
            {"num_attention_heads", config.heads},
            {"num_key_value_heads", config.key_value_heads},
            {"head_dim", config.head_width},
            {"max_position_embeddings", config.context},
            {"intermediate_size", config.hidden},
            {"hidden_act", activation_name(config.activation)},
            {"rms_norm_eps", config.norm_epsilon},
            {"rope_theta", config.rotary_base},
            {"tie_word_embeddings", config.tied_output}};
    if (config.rotary_factor != 1)
      json["rope_scaling"] = {{"rope_type", "llama3"},
                              {"factor", config.rotary_factor},
                              {"low_freq_factor", config.rotary_low},
                              {"high_freq_factor", config.rotary_high},
                              {"original_max_position_embeddings", config.rotary_original}};
  } else {
    json = {{"model_type", "gpt2"},
            {"architectures", {"GPT2LMHeadModel"}},
            {"vocab_size", config.vocabulary},
            {"n_embd", config.width},
            {"n_layer", config.layers},
            {"n_head", config.heads},
            {"n_positions", config.context},
            {"n_inner", config.hidden},
            {"activation_function", activation_name(config.activation)},
            {"layer_norm_epsilon", config.norm_epsilon},
            {"tie_word_embeddings", config.tied_output}};
  }
  if (config.norm == Norm::none) json["norm"] = "none";
  return json.dump();
}

Transformer::Transformer(const TransformerConfig& config, const data::Tensors& tensors) : config_(config) {
  const auto width = static_cast<std::size_t>(config.width), hidden = static_cast<std::size_t>(config.hidden),
             vocabulary = static_cast<std::size_t>(config.vocabulary),
             queries = static_cast<std::size_t>(config.heads) * static_cast<std::size_t>(config.head_width),
             kept = static_cast<std::size_t>(config.key_value_heads) * static_cast<std::size_t>(config.head_width);
  const auto final_kind = config.norm == Norm::none ? (config.llama ? Norm::rms : Norm::layer) : config.norm;
  const std::string inside = config.llama ? "model." : tensors.contains("transformer.wte.weight") ? "transformer." : "";
  const WeightReader read{tensors, inside}, outside{tensors, ""};
  embedding_ = read.take(config.llama ? "embed_tokens.weight" : "wte.weight", {vocabulary, width});
  if (config.learned_positions) positions_ = read.take("wpe.weight", {static_cast<std::size_t>(config.context), width});
  for (int l = 0; l < config.layers; ++l) {
    Block block;
    if (config.llama) {
      const auto at = "layers." + std::to_string(l) + ".";
      block.before_attention = read.norm(at + "input_layernorm", config.norm, width);
      block.before_feed_forward = read.norm(at + "post_attention_layernorm", config.norm, width);
      block.query_key_value = read.stacked(
          {{at + "self_attn.q_proj", queries}, {at + "self_attn.k_proj", kept}, {at + "self_attn.v_proj", kept}},
          width);
      block.attention_output = read.stacked({{at + "self_attn.o_proj", width}}, queries);
      block.feed_forward_in = read.stacked({{at + "mlp.gate_proj", hidden}, {at + "mlp.up_proj", hidden}}, width);
      block.feed_forward_out = read.stacked({{at + "mlp.down_proj", width}}, hidden);
    } else {
      const auto at = "h." + std::to_string(l) + ".";
      block.before_attention = read.norm(at + "ln_1", config.norm, width);
      block.before_feed_forward = read.norm(at + "ln_2", config.norm, width);
      block.query_key_value = read.transposed(at + "attn.c_attn", width, 3 * width);
      block.attention_output = read.transposed(at + "attn.c_proj", width, width);
      block.feed_forward_in = read.transposed(at + "mlp.c_fc", width, hidden);
      block.feed_forward_out = read.transposed(at + "mlp.c_proj", hidden, width);
    }
    blocks_.push_back(std::move(block));
  }
  final_norm_ = read.norm(config.llama ? "norm" : "ln_f", final_kind, width);
  if (!config.tied_output) output_ = outside.take("lm_head.weight", {vocabulary, width});
  if (config.learned_positions) return;
  for (int pair = 0; pair < config.head_width / 2; ++pair) {
    double frequency = std::pow(config.rotary_base, -2.0 * pair / config.head_width);
    if (config.rotary_factor != 1) {
      // Slow rotations are stretched, fast ones kept, those between blended by how often they turn in the original
      // context.
      const double turns = config.rotary_original * frequency / (2 * M_PI);
      const double keep = std::clamp((turns - config.rotary_low) / (config.rotary_high - config.rotary_low), 0.0, 1.0);
      frequency *= keep + (1 - keep) / config.rotary_factor;
    }
    rotation_.push_back(frequency);
  }
}

}  // namespace offprint::lm
