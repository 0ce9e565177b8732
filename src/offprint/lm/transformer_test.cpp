#include "offprint/lm/transformer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/base/random.hpp"
#include "offprint/lm/logits.hpp"
#include "offprint/lm/open.hpp"
#include "offprint/lm/sampling.hpp"

namespace offprint::lm {
namespace {

namespace fs = std::filesystem;
using Matrix = std::vector<std::vector<double>>;

/// A random checkpoint of either layout, and the forward pass by the book: doubles, whole matrices, no cache.
struct Checkpoint {
  TransformerConfig config;
  std::map<std::string, std::pair<std::vector<std::size_t>, std::vector<float>>> tensors;

  void add(const std::string& name, std::vector<std::size_t> shape, Random& random, double spread, double centre = 0) {
    std::size_t count = 1;
    for (const auto extent : shape) count *= extent;
    std::vector<float> values(count);
    for (auto& value : values) value = static_cast<float>(centre + spread * random.normal());
    tensors[name] = {std::move(shape), std::move(values)};
  }
  double at(const std::string& name, std::size_t i, std::size_t j = 0) const {
    const auto& [shape, values] = tensors.at(name);
    return static_cast<double>(shape.size() == 1 ? values[i] : values[i * shape[1] + j]);
  }
  Matrix linear(const Matrix& x, const std::string& name) const {
    const auto& shape = tensors.at(name + ".weight").first;
    const std::size_t out = config.llama ? shape[0] : shape[1], in = config.llama ? shape[1] : shape[0];
    Matrix y(x.size(), std::vector<double>(out));
    for (std::size_t t = 0; t < x.size(); ++t)
      for (std::size_t o = 0; o < out; ++o) {
        y[t][o] = tensors.count(name + ".bias") ? at(name + ".bias", o) : 0;
        for (std::size_t i = 0; i < in; ++i)
          y[t][o] += x[t][i] * (config.llama ? at(name + ".weight", o, i) : at(name + ".weight", i, o));
      }
    return y;
  }
  Matrix norm(Matrix x, const std::string& name, bool any) const {
    if (!any) return x;
    for (auto& row : x) {
      double mean = 0, square = 0;
      for (const double v : row) mean += v / static_cast<double>(row.size());
      if (config.llama) mean = 0;
      for (const double v : row) square += (v - mean) * (v - mean) / static_cast<double>(row.size());
      for (std::size_t i = 0; i < row.size(); ++i)
        row[i] = (row[i] - mean) / std::sqrt(square + config.norm_epsilon) * at(name + ".weight", i) +
                 (config.llama ? 0 : at(name + ".bias", i));
    }
    return x;
  }
  double activation(double x) const {
    switch (config.activation) {
      case Activation::gelu_tanh:
        return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
      case Activation::gelu:
        return 0.5 * x * std::erfc(-x / std::sqrt(2));
      case Activation::relu:
        return std::max(0.0, x);
      case Activation::silu:
        return x / (1 + std::exp(-x));
      case Activation::identity:
        return x;
    }
    return 0;
  }
  /// Rotates pairs (i, i + half) of a head.
  void rotary(std::vector<double>& row, std::size_t from, std::size_t position) const {
    const std::size_t half = static_cast<std::size_t>(config.head_width) / 2;
    for (std::size_t i = 0; i < half; ++i) {
      double frequency = 1 / std::pow(config.rotary_base, static_cast<double>(i) / static_cast<double>(half));
      if (config.rotary_factor != 1) {
        const double wavelength = 2 * M_PI / frequency, low = config.rotary_original / config.rotary_low,
                     high = config.rotary_original / config.rotary_high;
        if (wavelength > low)
          frequency /= config.rotary_factor;
        else if (wavelength > high) {
          const double smooth =
              (config.rotary_original / wavelength - config.rotary_low) / (config.rotary_high - config.rotary_low);
          frequency = (1 - smooth) * frequency / config.rotary_factor + smooth * frequency;
        }
      }
      const double angle = static_cast<double>(position) * frequency, a = row[from + i], b = row[from + i + half];
      row[from + i] = a * std::cos(angle) - b * std::sin(angle);
      row[from + i + half] = b * std::cos(angle) + a * std::sin(angle);
    }
  }
  /// Log-probabilities after each of the tokens.
  Matrix forward(std::span<const Token> text) const {
    const auto width = static_cast<std::size_t>(config.width), hw = static_cast<std::size_t>(config.head_width),
               heads = static_cast<std::size_t>(config.heads), kv = static_cast<std::size_t>(config.key_value_heads),
               vocabulary = static_cast<std::size_t>(config.vocabulary);
    const std::string embedding = config.llama ? "model.embed_tokens.weight" : "wte.weight";
    Matrix x(text.size(), std::vector<double>(width));
    for (std::size_t t = 0; t < text.size(); ++t)
      for (std::size_t i = 0; i < width; ++i)
        x[t][i] = at(embedding, static_cast<std::size_t>(text[t]), i) + (config.llama ? 0 : at("wpe.weight", t, i));
    const bool norms = config.norm != Norm::none;
    for (int l = 0; l < config.layers; ++l) {
      const auto block = (config.llama ? "model.layers." : "h.") + std::to_string(l) + ".";
      const auto n = norm(x, block + (config.llama ? "input_layernorm" : "ln_1"), norms);
      Matrix q, k, v;
      if (config.llama) {
        q = linear(n, block + "self_attn.q_proj");
        k = linear(n, block + "self_attn.k_proj");
        v = linear(n, block + "self_attn.v_proj");
      } else {
        for (const auto& row : linear(n, block + "attn.c_attn")) {
          const auto third = static_cast<std::ptrdiff_t>(width);
          q.emplace_back(row.begin(), row.begin() + third);
          k.emplace_back(row.begin() + third, row.begin() + 2 * third);
          v.emplace_back(row.begin() + 2 * third, row.end());
        }
      }
      Matrix attended(text.size(), std::vector<double>(heads * hw));
      if (config.llama)
        for (std::size_t t = 0; t < text.size(); ++t) {
          for (std::size_t h = 0; h < heads; ++h) rotary(q[t], h * hw, t);
          for (std::size_t h = 0; h < kv; ++h) rotary(k[t], h * hw, t);
        }
      for (std::size_t h = 0; h < heads; ++h)
        for (std::size_t t = 0; t < text.size(); ++t) {
          std::vector<double> weight(t + 1);
          double total = 0;
          const std::size_t from = h / (heads / kv) * hw;
          for (std::size_t s = 0; s <= t; ++s) {
            double dot = 0;
            for (std::size_t i = 0; i < hw; ++i) dot += q[t][h * hw + i] * k[s][from + i];
            total += weight[s] = std::exp(dot / std::sqrt(static_cast<double>(hw)));
          }
          for (std::size_t s = 0; s <= t; ++s)
            for (std::size_t i = 0; i < hw; ++i) attended[t][h * hw + i] += weight[s] / total * v[s][from + i];
        }
      const auto a = linear(attended, block + (config.llama ? "self_attn.o_proj" : "attn.c_proj"));
      for (std::size_t t = 0; t < x.size(); ++t)
        for (std::size_t i = 0; i < width; ++i) x[t][i] += a[t][i];
      const auto m = norm(x, block + (config.llama ? "post_attention_layernorm" : "ln_2"), norms);
      auto inner = linear(m, block + (config.llama ? "mlp.gate_proj" : "mlp.c_fc"));
      for (auto& row : inner)
        for (auto& value : row) value = activation(value);
      if (config.llama) {
        const auto up = linear(m, block + "mlp.up_proj");
        for (std::size_t t = 0; t < inner.size(); ++t)
          for (std::size_t i = 0; i < inner[t].size(); ++i) inner[t][i] *= up[t][i];
      }
      const auto f = linear(inner, block + (config.llama ? "mlp.down_proj" : "mlp.c_proj"));
      for (std::size_t t = 0; t < x.size(); ++t)
        for (std::size_t i = 0; i < width; ++i) x[t][i] += f[t][i];
    }
    x = norm(x, config.llama ? "model.norm" : "ln_f", true);
    Matrix logits(text.size(), std::vector<double>(vocabulary));
    for (std::size_t t = 0; t < x.size(); ++t) {
      double total = 0;
      for (std::size_t o = 0; o < vocabulary; ++o) {
        for (std::size_t i = 0; i < width; ++i)
          logits[t][o] += x[t][i] * at(config.tied_output ? embedding : "lm_head.weight", o, i);
        total += std::exp(logits[t][o]);
      }
      for (auto& value : logits[t]) value -= std::log(total);
    }
    return logits;
  }

  std::map<std::string, data::TensorView> views() const {
    std::map<std::string, data::TensorView> all;
    for (const auto& [name, tensor] : tensors) all[name] = data::view_of(std::span(tensor.second), tensor.first);
    return all;
  }
};

Checkpoint gpt2(std::uint64_t seed) {
  Checkpoint c;
  c.config = {.vocabulary = 40,
              .context = 24,
              .width = 12,
              .layers = 2,
              .heads = 3,
              .key_value_heads = 3,
              .head_width = 4,
              .hidden = 20};
  Random random(seed);
  c.add("wte.weight", {40, 12}, random, 0.5);
  c.add("wpe.weight", {24, 12}, random, 0.5);
  for (int l = 0; l < 2; ++l) {
    const auto h = "h." + std::to_string(l) + ".";
    for (const auto* name : {"ln_1", "ln_2"}) {
      c.add(h + name + ".weight", {12}, random, 0.3, 1);
      c.add(h + name + ".bias", {12}, random, 0.3);
    }
    for (const auto& [name, in, out] : {std::tuple{"attn.c_attn", 12u, 36u},
                                        {"attn.c_proj", 12u, 12u},
                                        {"mlp.c_fc", 12u, 20u},
                                        {"mlp.c_proj", 20u, 12u}}) {
      c.add(h + name + ".weight", {in, out}, random, 0.4);
      c.add(h + name + ".bias", {out}, random, 0.3);
    }
  }
  c.add("ln_f.weight", {12}, random, 0.3, 1);
  c.add("ln_f.bias", {12}, random, 0.3);
  return c;
}

Checkpoint llama(std::uint64_t seed) {
  Checkpoint c;
  c.config = {.llama = true,
              .vocabulary = 40,
              .context = 24,
              .width = 12,
              .layers = 2,
              .heads = 4,
              .key_value_heads = 2,
              .head_width = 6,
              .hidden = 20};
  c.config.norm = Norm::rms;
  c.config.activation = Activation::silu;
  c.config.gated = true;
  c.config.learned_positions = c.config.tied_output = false;
  c.config.rotary_base = 100;
  Random random(seed);
  c.add("model.embed_tokens.weight", {40, 12}, random, 0.5);
  c.add("lm_head.weight", {40, 12}, random, 0.5);
  for (int l = 0; l < 2; ++l) {
    const auto h = "model.layers." + std::to_string(l) + ".";
    for (const auto* name : {"input_layernorm", "post_attention_layernorm"})
      c.add(h + name + ".weight", {12}, random, 0.3, 1);
    for (const auto& [name, in, out] : {std::tuple{"self_attn.q_proj", 12u, 24u},
                                        {"self_attn.k_proj", 12u, 12u},
                                        {"self_attn.v_proj", 12u, 12u},
                                        {"self_attn.o_proj", 24u, 12u},
                                        {"mlp.gate_proj", 12u, 20u},
                                        {"mlp.up_proj", 12u, 20u},
                                        {"mlp.down_proj", 20u, 12u}})
      c.add(h + name + ".weight", {out, in}, random, 0.4);
  }
  c.add("model.norm.weight", {12}, random, 0.3, 1);
  return c;
}

class Folder : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("offprint-lm-" + std::to_string(::getpid()) + "-" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
    set_blas_threads(1);
  }
  void TearDown() override { fs::remove_all(folder_); }
  Transformer load(const Checkpoint& checkpoint) const {
    data::write_safetensors(folder_ / "model.safetensors", checkpoint.views());
    const auto config = parse_transformer_config(transformer_config_json(checkpoint.config), "config.json");
    return Transformer(config, data::read_safetensors(folder_ / "model.safetensors"));
  }
  fs::path folder_;
};

std::vector<Token> random_text(std::size_t length, std::uint64_t seed) {
  Random random(seed);
  std::vector<Token> text(length);
  for (auto& token : text) token = static_cast<Token>(random.below(40));
  return text;
}

using Transformers = Folder;

TEST_F(Transformers, AgreeWithTheForwardPassByTheBook) {
  std::vector<Checkpoint> all{gpt2(1), llama(2)};
  for (const auto activation : {Activation::gelu, Activation::relu, Activation::identity}) {
    all.push_back(gpt2(3));
    all.back().config.activation = activation;
  }
  all.push_back(gpt2(4));
  all.back().config.norm = Norm::none;
  all.push_back(llama(5));
  all.back().config.tied_output = true;
  all.push_back(llama(6));
  all.back().config.rotary_factor = 8;
  all.back().config.rotary_original = 16;
  for (const auto& checkpoint : all) {
    const auto model = load(checkpoint);
    const auto text = random_text(24, 7);
    const auto expected = checkpoint.forward(text);
    std::size_t visited = 0;
    model.visit_logits(text, 1, [&](std::size_t n, std::span<const float> logits) {
      const double z = log_sum_exp(logits);
      for (std::size_t x = 0; x < 40; ++x)
        ASSERT_NEAR(static_cast<double>(logits[x]) - z, expected[n - 1][x], 2e-4) << n << " " << x;
      ++visited;
    });
    EXPECT_EQ(visited, 23u);
  }
}

TEST_F(Transformers, ReadTokenByTokenOrInBlocksAlike) {
  for (const auto& checkpoint : {gpt2(1), llama(2)}) {
    const auto model = load(checkpoint);
    const auto text = random_text(90, 8);  // beyond the context of 24: windows move on
    const auto state = model.start();
    std::vector<std::vector<float>> one_by_one;
    for (const auto token : text) {
      state->append(token);
      const auto logits = state->logits();
      one_by_one.emplace_back(logits.begin(), logits.end());
    }
    for (const std::size_t first : {1u, 20u, 30u, 89u}) {
      std::size_t next = first;
      model.visit_logits(text, first, [&](std::size_t n, std::span<const float> logits) {
        ASSERT_EQ(n, next++);
        for (std::size_t x = 0; x < 40; ++x) ASSERT_NEAR(logits[x], one_by_one[n - 1][x], 2e-4f) << n;
      });
      EXPECT_EQ(next, text.size());
    }
    // A window's distribution is that of the text from its beginning.
    const std::size_t begin = window_begin(60, 24);
    const auto expected = checkpoint.forward(std::span(text).subspan(begin, 60 - begin)).back();
    const double z = log_sum_exp(one_by_one[59]);
    for (std::size_t x = 0; x < 40; ++x) EXPECT_NEAR(static_cast<double>(one_by_one[59][x]) - z, expected[x], 2e-4);
  }
}

TEST_F(Transformers, ShowTheirAttentionAndActivations) {
  struct Watch : TransformerObserver {
    int maps = 0;
    std::map<std::string, int> sites;
    void attention(int, int, std::size_t first, std::span<const float> p, std::size_t rows,
                   std::size_t columns) override {
      ++maps;
      for (std::size_t i = 0; i < rows; ++i) {
        double sum = 0;
        for (std::size_t j = 0; j < columns; ++j) {
          sum += static_cast<double>(p[i * columns + j]);
          if (j > first + i) {
            EXPECT_EQ(p[i * columns + j], 0.0f);
          }
        }
        EXPECT_NEAR(sum, 1, 1e-5);
      }
    }
    void activations(int, std::string_view site, std::span<const float> values, std::size_t rows,
                     std::size_t columns) override {
      ++sites[std::string(site)];
      EXPECT_EQ(values.size(), rows * columns);
    }
  } watch;
  const auto model = load(llama(2));
  Transformer::Cache cache;
  model.forward(cache, random_text(10, 1), &watch);
  model.forward(cache, random_text(1, 2), &watch);
  EXPECT_EQ(watch.maps, 2 * 2 * 4);
  EXPECT_EQ(watch.sites.size(), 6u);
  EXPECT_EQ(watch.sites["activation"], 4);
}

TEST_F(Transformers, OpenFoldersShardsAndHalfPrecision) {
  // The same weights as bfloat16, in two files with an index, in a folder as Hugging Face lays it out.
  auto checkpoint = gpt2(9);
  checkpoint.config.vocabulary = 256;
  Random random(10);
  checkpoint.add("wte.weight", {256, 12}, random, 0.5);
  for (auto& [name, tensor] : checkpoint.tensors)
    for (auto& value : tensor.second)
      value = std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) & 0xFFFF0000u);  // exact in bfloat16
  std::map<std::string, std::vector<std::uint16_t>> halves;
  std::map<std::string, data::TensorView> shards[2];
  nlohmann::json index;
  int which = 0;
  for (const auto& [name, tensor] : checkpoint.tensors) {
    auto& half = halves[name];
    for (const float value : tensor.second)
      half.push_back(static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16));
    shards[which % 2]["transformer." + name] = {data::Dtype::bf16, tensor.first, std::as_bytes(std::span(half))};
    index["weight_map"]["transformer." + name] = "part-" + std::to_string(which++ % 2) + ".safetensors";
  }
  for (int i : {0, 1}) data::write_safetensors(folder_ / ("part-" + std::to_string(i) + ".safetensors"), shards[i]);
  write_file(folder_ / "model.safetensors.index.json", index.dump());
  write_file(folder_ / "config.json", transformer_config_json(checkpoint.config));
  const auto opened = open_model(folder_.string());
  const auto text = opened.tokenizer->encode("Hello, world");
  const auto expected = checkpoint.forward(text);
  const auto logs = log_probabilities(*opened.model, text, 1);
  for (std::size_t n = 1; n < text.size(); ++n)
    EXPECT_NEAR(logs[n - 1], expected[n - 1][static_cast<std::size_t>(text[n])], 3e-4);
  EXPECT_EQ(generate(*opened.model, text, 40, {}, Random(1)).size(), 40u);
}

TEST_F(Transformers, RefuseWhatIsBroken) {
  const auto refused = [&](const std::function<void()>& body, const std::string& words) {
    try {
      body();
      ADD_FAILURE() << words;
    } catch (const BadInput& error) {
      EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    }
  };
  auto missing = gpt2(1);
  missing.tensors.erase("h.1.mlp.c_fc.weight");
  refused([&] { load(missing); }, "h.1.mlp.c_fc.weight");
  auto wrong = gpt2(1);
  wrong.config.hidden = 24;
  refused([&] { load(wrong); }, "mlp.c_fc");
  auto infinite = llama(1);
  infinite.tensors["model.norm.weight"].second[3] = NAN;
  refused([&] { load(infinite); }, "model.norm.weight");
  for (
      const auto& [config, words] : std::vector<std::pair<std::string, std::string>>{
          {"", "no JSON"},
          {"{}", "vocab_size"},
          {R"({"model_type":"bert","vocab_size":10})", "neither gpt2 nor llama"},
          {R"({"model_type":"gpt2","vocab_size":1e12,"n_embd":8,"n_layer":1,"n_head":2,"n_positions":8})",
           "vocab_size"},
          {R"({"model_type":"gpt2","vocab_size":10,"n_embd":9,"n_layer":1,"n_head":2,"n_positions":8})", "no multiple"},
          {R"({"model_type":"gpt2","vocab_size":10,"n_embd":8,"n_layer":0,"n_head":2,"n_positions":8})", "n_layer"},
          {R"({"model_type":"gpt2","vocab_size":10,"n_embd":"8","n_layer":1,"n_head":2,"n_positions":8})", "n_embd"},
          {R"({"model_type":"gpt2","vocab_size":10,"n_embd":8,"n_layer":1,"n_head":2,"n_positions":8,"activation_function":"magic"})",
           "magic"},
          {R"({"model_type":"llama","vocab_size":10,"hidden_size":8,"num_hidden_layers":1,"num_attention_heads":4,"num_key_value_heads":3,"max_position_embeddings":8,"intermediate_size":8})",
           "num_key_value_heads"}})
    refused([&, text = config] { parse_transformer_config(text, "config.json"); }, words);
  refused([&] { open_model((folder_ / "nothing").string()); }, "no such file");
  write_file(folder_ / "text.bin", "hello");
  refused([&] { open_model((folder_ / "text.bin").string()); }, "is no language model");
  data::write_safetensors(folder_ / "bare.safetensors", gpt2(1).views());
  refused([&] { open_model((folder_ / "bare.safetensors").string()); }, "configuration");
  std::string huge("\x00\x10\xa5\xd4\xe8\x00\x00\x00", 8);  // a header of 10^12 bytes
  write_file(folder_ / "huge.safetensors", huge + "{}");
  refused([&] { open_model((folder_ / "huge.safetensors").string()); }, "header");
}

}  // namespace
}  // namespace offprint::lm
