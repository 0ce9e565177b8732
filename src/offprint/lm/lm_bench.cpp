#include <benchmark/benchmark.h>
#include <torch/torch.h>

#include <filesystem>

#include "offprint/lm/open.hpp"
#include "offprint/lm/sampling.hpp"
#include "offprint/lm/torch_transformer.hpp"
#include "offprint/lm/trainer.hpp"

namespace offprint::lm {
namespace {

namespace fs = std::filesystem;

TransformerConfig byte_gpt() { return {}; }  // 4 x 128, 4 heads, 256 tokens
TransformerConfig wider() {
  return {.width = 512, .layers = 8, .heads = 8, .key_value_heads = 8, .head_width = 64, .hidden = 2048};
}

/// 200 tokens, one at a time with cached keys and values, batch 1.
void generation(benchmark::State& state, const TransformerConfig& config) {
  set_blas_threads(1);
  const auto path = fs::temp_directory_path() / ("offprint-bench-" + std::to_string(::getpid()) + ".safetensors");
  TorchTransformer(config, 1).save(path);
  const auto opened = open_model(path.string());
  fs::remove(path);
  const std::vector<Token> prompt{84};
  for (auto _ : state) benchmark::DoNotOptimize(generate(*opened.model, prompt, 200, {}, Random(1)));
}
BENCHMARK_CAPTURE(generation, small, byte_gpt())->Name("generation_4x128")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(generation, wide, wider())->Name("generation_8x512")->Unit(benchmark::kMillisecond);

/// Four steps of the byte GPT, batch 8 x 256, with everything around them.
void training(benchmark::State& state) {
  std::vector<Token> text(100'000);
  Random random(1);
  for (auto& token : text) token = static_cast<Token>(random.below(64));
  TrainingOptions options{.steps = 4, .warm_up = 1, .validation = 0};
  const auto path = fs::temp_directory_path() / ("offprint-bench-" + std::to_string(::getpid()) + ".safetensors");
  for (auto _ : state) train_transformer(byte_gpt(), text, options, path, [](const TrainingStep&) {});
  fs::remove(path);
}
BENCHMARK(training)->Name("training_4_steps")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace offprint::lm
