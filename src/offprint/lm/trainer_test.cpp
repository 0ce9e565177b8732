#include "offprint/lm/trainer.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/base/random.hpp"
#include "offprint/lm/logits.hpp"
#include "offprint/lm/open.hpp"
#include "offprint/lm/torch_transformer.hpp"

namespace offprint::lm {
namespace {

namespace fs = std::filesystem;

class Trainer : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("offprint-trainer-" + std::to_string(::getpid()) + "-" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
    at::set_num_threads(1);
    set_blas_threads(1);
    Random random(1);
    std::string text;
    for (int i = 0; i < 2000; ++i) text += std::vector<std::string>{"abc ", "abd ", "xyz "}[random.below(3)];
    text_ = ByteTokenizer().encode(text);
    config_ = {
        .context = 32, .width = 16, .layers = 2, .heads = 2, .key_value_heads = 2, .head_width = 8, .hidden = 32};
    options_ = {.steps = 40, .warm_up = 5, .batch = 4, .learning_rate = 1e-2};
  }
  void TearDown() override { fs::remove_all(folder_); }
  TrainingResult train(
      const std::string& name, const std::function<void(const TrainingStep&)>& report = [](const TrainingStep&) {}) {
    return train_transformer(config_, text_, options_, folder_ / name, report);
  }

  fs::path folder_;
  std::vector<Token> text_;
  TransformerConfig config_;
  TrainingOptions options_;
};

TransformerConfig llama_config() {
  TransformerConfig config{.llama = true,
                           .context = 32,
                           .width = 16,
                           .layers = 2,
                           .heads = 4,
                           .key_value_heads = 2,
                           .head_width = 4,
                           .hidden = 24};
  config.norm = Norm::rms;
  config.activation = Activation::silu;
  config.gated = true;
  config.learned_positions = config.tied_output = false;
  return config;
}

TEST_F(Trainer, TheTwoForwardPassesAgree) {
  auto bare = config_;
  bare.norm = Norm::none;
  bare.activation = Activation::relu;
  for (const auto& config : {config_, llama_config(), bare}) {
    TorchTransformer trained(config, 3);
    Random random(4);
    for (auto& [name, parameter] : trained.parameters())  // off the symmetric beginning
      for (std::int64_t i = 0; i < parameter.numel(); ++i)
        parameter.data_ptr<float>()[i] += static_cast<float>(0.2 * random.normal());
    trained.save(folder_ / "model.safetensors");
    const auto opened = open_model((folder_ / "model.safetensors").string());
    const auto text = std::span(text_).first(32);
    auto tokens = torch::empty({1, 32}, torch::kInt64);
    for (std::int64_t t = 0; t < 32; ++t) tokens.data_ptr<std::int64_t>()[t] = text[static_cast<std::size_t>(t)];
    TorchObservations seen;
    const auto logits = trained.forward(tokens, &seen);
    opened.model->visit_logits(text, 1, [&](std::size_t n, std::span<const float> row) {
      for (std::int64_t x = 0; x < 256; ++x)
        ASSERT_NEAR(row[static_cast<std::size_t>(x)], (logits[0][static_cast<std::int64_t>(n) - 1][x].item<float>()),
                    2e-4f);
    });
    ASSERT_EQ(seen.attention.size(), 2u);
    EXPECT_NEAR(seen.attention[1].sum(-1).min().item<double>(), 1, 1e-5);
    EXPECT_EQ(seen.activations[0].size(2), config.hidden);
    EXPECT_EQ(seen.block_output.size(), 2u);
  }
}

TEST_F(Trainer, LearnsAndWritesAModelThatTheFastPathReads) {
  std::vector<double> losses;
  const auto result = train("model.safetensors", [&](const TrainingStep& step) { losses.push_back(step.loss); });
  ASSERT_EQ(losses.size(), 40u);
  EXPECT_LT(losses.back(), 0.5 * losses.front());
  const auto opened = open_model((folder_ / "model.safetensors").string());
  const auto held_out = std::span(text_).last(300);
  EXPECT_NEAR(std::log(perplexity(*opened.model, held_out, 1)), result.validation, 0.4);
}

TEST_F(Trainer, AnInterruptedTrainingEndsWithTheSameNumbers) {
  options_.accumulate = 2;
  const auto whole = train("whole.safetensors");
  options_.checkpoint = folder_ / "state";
  options_.checkpoint_every = 7;
  struct Killed {};
  EXPECT_THROW(train("cut.safetensors",
                     [](const TrainingStep& step) {
                       if (step.step == 24) throw Killed();
                     }),
               Killed);
  EXPECT_FALSE(fs::exists(folder_ / "cut.safetensors"));
  options_.resume = true;
  const auto resumed = train("cut.safetensors");
  EXPECT_EQ(resumed.resumed_from, 21);
  EXPECT_EQ(resumed.loss, whole.loss);
  EXPECT_EQ(resumed.validation, whole.validation);
  EXPECT_EQ(read_file(folder_ / "cut.safetensors"), read_file(folder_ / "whole.safetensors"));
  EXPECT_FALSE(fs::exists(options_.checkpoint));
}

TEST_F(Trainer, RefusesAnothersCheckpointAndShortTexts) {
  options_.checkpoint = folder_ / "state";
  options_.checkpoint_every = 5;
  struct Killed {};
  EXPECT_THROW(train("m.safetensors",
                     [](const TrainingStep& step) {
                       if (step.step == 6) throw Killed();
                     }),
               Killed);
  options_.resume = true;
  options_.learning_rate = 2e-3;
  EXPECT_THROW(train("m.safetensors"), BadInput);
  text_.resize(10);
  EXPECT_THROW(train("n.safetensors"), BadInput);
  text_.assign(1000, 300);
  EXPECT_THROW(train("n.safetensors"), BadInput);
  EXPECT_FALSE(fs::exists(folder_ / "n.safetensors"));
}

TEST_F(Trainer, AccumulationAveragesGradients) {
  // Two half batches make the step of one whole batch whose windows are theirs: compare through the schedule-free first
  // step of equal text.
  text_.assign(400, 97);
  options_ = {.steps = 1, .warm_up = 1, .batch = 4, .validation = 0};
  const auto whole = train("one.safetensors");
  options_.batch = 2;
  options_.accumulate = 2;
  const auto halves = train("two.safetensors");
  EXPECT_NEAR(whole.loss, halves.loss, 1e-5);
  const auto a = data::read_safetensors(folder_ / "one.safetensors"),
             b = data::read_safetensors(folder_ / "two.safetensors");
  for (const auto& [name, view] : a.all()) {
    const auto x = view.floats(), y = b.at(name).floats();
    for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(x[i], y[i], 5e-4f) << name;
  }
}

TEST(Schedule, WarmsUpAndFalls) {
  const TrainingOptions options{.steps = 100, .warm_up = 10, .learning_rate = 1, .final_learning_rate = 0.1};
  EXPECT_NEAR(scheduled_learning_rate(options, 0), 0.1, 1e-12);
  EXPECT_NEAR(scheduled_learning_rate(options, 9), 1, 1e-12);
  EXPECT_NEAR(scheduled_learning_rate(options, 10), 1, 1e-12);
  EXPECT_NEAR(scheduled_learning_rate(options, 55), 0.55, 1e-12);
  EXPECT_LT(scheduled_learning_rate(options, 99), 0.101);
}

}  // namespace
}  // namespace offprint::lm
