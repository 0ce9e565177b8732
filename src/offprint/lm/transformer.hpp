// Decoder-only transformers in the block layouts of GPT-2 and Llama, for inference: float32 over CBLAS, keys and values
// cached. No libtorch.
//   x <- x + W_o attention(norm(x)),   x <- x + W_2 act(W_1 norm(x))            GPT-2: LayerNorm, GELU, learned
// positions, biases
//   with act(W_1 ...) = silu(W_gate ...) * (W_up ...) for Llama: RMSNorm, rotary positions (rotate-half pairing),
// grouped key and value heads.
// Norm and activation are members of the configuration, weights are open: variants that a paper needs are changes of
// these, not new code.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "offprint/data/safetensors.hpp"
#include "offprint/lm/language_model.hpp"

namespace offprint::lm {

enum class Norm { layer, rms, none };
enum class Activation { gelu_tanh, gelu, relu, silu, identity };

struct TransformerConfig {
  bool llama = false;  ///< names and orientation of the stored weights
  int vocabulary = 256, context = 256, width = 128, layers = 4, heads = 4, key_value_heads = 4, head_width = 32,
      hidden = 512;
  Norm norm = Norm::layer;
  Activation activation = Activation::gelu_tanh;
  bool gated = false;             ///< SwiGLU's second factor
  bool learned_positions = true;  ///< else rotary
  bool tied_output = true;        ///< output weights are the embedding's
  double norm_epsilon = 1e-5;
  double rotary_base = 10000;
  double rotary_factor = 1, rotary_low = 1, rotary_high = 4,
         rotary_original = 8192;  ///< Llama 3's stretching of slow rotations; factor 1: none
};

/// From Hugging Face's config.json of model_type gpt2 or llama (key "norm": "none" and any activation are our
/// additions).
/// Throws BadInput on what is missing, impossible or not supported.
TransformerConfig parse_transformer_config(std::string_view json, const std::string& source);
/// The GPT-2 form; a config with llama set gives Llama's.
std::string transformer_config_json(const TransformerConfig& config);

struct Linear {
  int in = 0, out = 0;
  std::vector<float> weight;  ///< [out][in]
  std::vector<float> bias;    ///< empty: none
};
struct NormWeights {
  std::vector<float> scale, shift;  ///< both empty for Norm::none; shift empty for Norm::rms
};
struct Block {
  NormWeights before_attention, before_feed_forward;
  Linear query_key_value;  ///< heads * head_width queries, then keys, then values of the key_value_heads
  Linear attention_output, feed_forward_in, feed_forward_out;  ///< gated: feed_forward_in gives gate, then up
};

/// What a forward pass lets its caller see; override what is wanted.
class TransformerObserver {
 public:
  virtual ~TransformerObserver() = default;
  /// Row i: the probabilities with which query first_query + i attends to keys 0, 1, ..., columns - 1.
  virtual void attention(int layer, int head, std::size_t first_query, std::span<const float> probabilities,
                         std::size_t rows, std::size_t columns);
  /// site: "attention_input", "attention_output", "feed_forward_input", "activation", "feed_forward_output",
  /// "block_output"; rows x columns values.
  virtual void activations(int layer, std::string_view site, std::span<const float> values, std::size_t rows,
                           std::size_t columns);
};

class Transformer : public LanguageModel {
 public:
  /// Throws BadInput naming the tensor that is missing, misshapen or not finite.
  Transformer(const TransformerConfig& config, const data::Tensors& tensors);

  const TransformerConfig& config() const { return config_; }
  std::vector<Block>& blocks() { return blocks_; }
  const std::vector<Block>& blocks() const { return blocks_; }

  int vocabulary_size() const override { return config_.vocabulary; }
  std::size_t least_context() const override { return 1; }
  std::unique_ptr<TextState> start() const override;
  void visit_logits(std::span<const Token> text, std::size_t first, const Visitor& visit) const override;

  /// Keys and values of the tokens read so far; positions count from its beginning.
  struct Cache {
    std::size_t length = 0;
    std::vector<std::vector<float>> keys, values;  ///< by layer: [position][key_value_heads * head_width]
  };
  /// Reads more tokens and gives their final, normalised states: [tokens][width]. At most context tokens in all.
  std::vector<float> forward(Cache& cache, std::span<const Token> tokens,
                             TransformerObserver* observer = nullptr) const;
  /// Logits of `rows` states, [rows][vocabulary].
  void logits(std::span<const float> states, std::size_t rows, std::vector<float>& out) const;

 private:
  void attend(int layer, Cache& cache, const std::vector<float>& qkv, std::size_t rows, std::vector<float>& out,
              TransformerObserver* observer) const;
  void rotate(float* heads, int count, std::size_t position) const;

  TransformerConfig config_;
  std::vector<float> embedding_, positions_, output_;  ///< output_ empty if tied
  std::vector<Block> blocks_;
  NormWeights final_norm_;
  std::vector<double> rotation_;  ///< angle a position, by pair
};

/// Threads that CBLAS may use in this process. One for reproducible numbers, and wherever the callers are parallel
/// themselves.
void set_blas_threads(int threads);

}  // namespace offprint::lm
