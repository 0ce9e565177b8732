#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/data/safetensors.hpp"
#include "offprint/nn/batch_last_convolution.hpp"
#include "offprint/nn/torch_attacks.hpp"
#include "offprint/nn/torch_training.hpp"

namespace offprint::nn {
namespace {

using torch::Tensor;
namespace fs = std::filesystem;

template <class Body>
std::string refusal(const Body& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

double largest_difference(const Tensor& a, const Tensor& b) { return (a - b).abs().max().item<double>(); }

class Nets : public testing::Test {
 protected:
  Nets() : folder_(fs::temp_directory_path() / ("offprint-nets-" + std::to_string(::getpid()))) {
    use_threads(1);
    fs::create_directories(folder_);
  }
  ~Nets() override { fs::remove_all(folder_); }
  fs::path folder_;
};

/// Two classes of 8 x 8 images: bright on the left or on the right, with noise.
ImageTensors sides(std::int64_t count, std::uint64_t seed) {
  Random random(seed);
  ImageTensors data{uniform_like(torch::empty({count, 1, 8, 8}), 0, 0.3, random),
                    torch::arange(count, torch::kInt64).remainder(2)};
  for (std::int64_t i = 0; i < count; ++i) data.images[i].narrow(2, 4 * (i % 2), 4).add_(0.5);
  return data;
}

Architecture small() { return {Architecture::Kind::cnn, 1, 8, 8, 2, 3, 10}; }

BatchLoss cross_entropy() {
  return [](Network& network, const Tensor& images, const Tensor& labels, Random) {
    return torch::nn::functional::cross_entropy(network.forward(images), labels);
  };
}

/// libtorch's own kernels on the same weights.
Tensor by_libtorch(const Network& network, Tensor h) {
  const auto p = network.named_parameters();
  h = torch::conv2d(h, p["conv1_weight"], p["conv1_bias"], 2, 1).relu();
  h = torch::conv2d(h, p["conv2_weight"], p["conv2_bias"], 2, 1).relu();
  h = torch::linear(h.flatten(1), p["dense1_weight"], p["dense1_bias"]).relu();
  return torch::linear(h, p["dense2_weight"], p["dense2_bias"]);
}

TEST_F(Nets, ForwardAndGradientsAreThoseOfLibtorch) {
  for (const auto& architecture : {Architecture{}, Architecture{Architecture::Kind::cnn, 3, 11, 9, 4, 5, 7},
                                   Architecture{Architecture::Kind::cnn, 2, 4, 5, 3, 1, 2}})
    for (const std::int64_t batch : {1, 16, 37}) {
      const auto network = make_network(architecture, Random(3));
      Random random(4);
      const auto images =
          uniform_like(torch::empty({batch, architecture.channels, architecture.height, architecture.width}), -1, 1,
                       random)
              .requires_grad_();
      const auto ours = network->forward(images), theirs = by_libtorch(*network, images);
      EXPECT_LT(largest_difference(ours, theirs), 1e-5);
      auto wanted = network->parameters();
      wanted.push_back(images);
      const auto weights = uniform_like(theirs, -1, 1, random);
      const auto a = torch::autograd::grad({(ours * weights).sum()}, wanted),
                 b = torch::autograd::grad({(theirs * weights).sum()}, wanted);
      for (std::size_t i = 0; i < wanted.size(); ++i)
        EXPECT_LT(largest_difference(a[i], b[i]), 2e-4 * (1 + b[i].abs().max().item<double>())) << i;
    }
}

TEST(BatchLastConvolution, IsTheSumOfItsProducts) {
  Random random(1);
  for (const Convolution shape : {Convolution{2, 5, 6, 3, 3, 1, 1}, Convolution{3, 7, 5, 9, 4, 2, 1},
                                  Convolution{1, 6, 6, 2, 2, 2, 0}, Convolution{1, 9, 9, 1, 5, 3, 2}}) {
    constexpr long batch = 32;
    const auto fill = [&](long count) {
      std::vector<float> values(static_cast<std::size_t>(count));
      for (auto& value : values) value = static_cast<float>(random.normal());
      return values;
    };
    const auto in = fill(shape.in_channels * shape.height * shape.width * batch), bias = fill(shape.out_channels),
               weight = fill(shape.out_channels * shape.in_channels * shape.kernel * shape.kernel);
    std::vector<float> padded(static_cast<std::size_t>(shape.padded_values() * batch)),
        out(static_cast<std::size_t>(shape.out_values() * batch));
    convolve_relu(shape, batch, in.data(), weight.data(), bias.data(), padded.data(), out.data());
    for (int i = 0; i < 200; ++i) {
      const auto o = static_cast<long>(random.below(shape.out_channels)),
                 y = static_cast<long>(random.below(shape.out_height())),
                 x = static_cast<long>(random.below(shape.out_width())), n = static_cast<long>(random.below(batch));
      double sum = bias[o];
      for (long c = 0; c < shape.in_channels; ++c)
        for (long ky = 0; ky < shape.kernel; ++ky)
          for (long kx = 0; kx < shape.kernel; ++kx) {
            const long iy = y * shape.stride + ky - shape.padding, ix = x * shape.stride + kx - shape.padding;
            if (iy < 0 || ix < 0 || iy >= shape.height || ix >= shape.width) continue;
            sum += weight[((o * shape.in_channels + c) * shape.kernel + ky) * shape.kernel + kx] *
                   static_cast<double>(in[((c * shape.height + iy) * shape.width + ix) * batch + n]);
          }
      EXPECT_NEAR(out[((o * shape.out_height() + y) * shape.out_width() + x) * batch + n], std::max(0.0, sum), 1e-4);
    }
  }
}

TEST_F(Nets, TheSameSeedGivesTheSameNetworkAndAnotherAnother) {
  const auto a = make_network(small(), Random(1)), b = make_network(small(), Random(1)),
             c = make_network(small(), Random(2));
  EXPECT_EQ(values_of(a->parameters()[0]), values_of(b->parameters()[0]));
  EXPECT_NE(values_of(a->parameters()[0]), values_of(c->parameters()[0]));
  EXPECT_NE(refusal([] {
              make_network({Architecture::Kind::cnn, 1, 3, 3}, Random(1));
            }).find("too small"),
            std::string::npos);
}

TEST_F(Nets, CheckpointsComeBackAndLiarsAreRefused) {
  const auto network = make_network(small(), Random(1));
  const auto file = folder_ / "n.safetensors";
  save_network(file, *network, {{"note", "x"}});
  std::map<std::string, std::string> metadata;
  const auto again = load_network(file, &metadata);
  EXPECT_EQ(metadata["note"], "x");
  EXPECT_EQ(again->architecture(), network->architecture());
  const auto images = sides(3, 1).images;
  EXPECT_EQ(largest_difference(network->forward(images), again->forward(images)), 0);

  const auto bytes = read_file(file);
  for (const std::size_t length :
       {std::size_t{0}, std::size_t{4}, std::size_t{40}, bytes.size() / 2, bytes.size() - 1}) {
    write_file(folder_ / "cut.safetensors", bytes.substr(0, length));
    EXPECT_NE(refusal([&] { load_network(folder_ / "cut.safetensors"); }), "") << length;
  }
  const auto edited = [&](const std::string& from, const std::string& to) {
    auto copy = bytes;
    const auto at = copy.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    copy.replace(at, from.size(), to);
    write_file(folder_ / "edited.safetensors", copy);
    return refusal([&] { load_network(folder_ / "edited.safetensors"); });
  };
  EXPECT_NE(edited("offprint network 1", "offprint network 9").find("is not a network"), std::string::npos);
  EXPECT_NE(edited(R"("hidden":"10")", R"("hidden":"11")"), "");
  EXPECT_NE(edited(R"("hidden":"10")", R"("hidden":"-1")").find("no sensible 'hidden'"), std::string::npos);
  EXPECT_NE(edited(R"("hidden":"10")", R"("hidden":"99")").find("dense1_weight"), std::string::npos);
  auto nan = bytes;
  nan.replace(nan.size() - 4, 4, "\xff\xff\xff\x7f");
  write_file(folder_ / "nan.safetensors", nan);
  EXPECT_NE(refusal([&] { load_network(folder_ / "nan.safetensors"); }).find("not finite"), std::string::npos);
}

TEST_F(Nets, SchedulesWarmUpFallAndDrop) {
  const Schedule cosine{Schedule::Shape::cosine, 10};
  EXPECT_DOUBLE_EQ(rate_factor(cosine, 0, 110), 0.1);
  EXPECT_DOUBLE_EQ(rate_factor(cosine, 9, 110), 1);
  EXPECT_DOUBLE_EQ(rate_factor(cosine, 60, 110), 0.5);
  EXPECT_LT(rate_factor(cosine, 109, 110), 0.001);
  const Schedule drops{Schedule::Shape::drops, 0, {0.5, 0.75}, 0.1};
  EXPECT_DOUBLE_EQ(rate_factor(drops, 49, 100), 1);
  EXPECT_DOUBLE_EQ(rate_factor(drops, 50, 100), 0.1);
  EXPECT_NEAR(rate_factor(drops, 80, 100), 0.01, 1e-15);
}

TEST_F(Nets, AdamIsLibtorchsAdam) {
  const auto data = sides(64, 1);
  TrainingOptions options;
  options.epochs = 12;
  options.batch = 64;
  options.weight_decay = 0.01;
  const auto ours = make_network(small(), Random(5)), theirs = make_network(small(), Random(5));
  train(*ours, data, cross_entropy(), options, Random(1));
  torch::optim::Adam adam(theirs->parameters(), torch::optim::AdamOptions(1e-3).weight_decay(0.01));
  for (int step = 0; step < 12; ++step) {
    adam.zero_grad();
    torch::nn::functional::cross_entropy(theirs->forward(data.images), data.labels).backward();
    adam.step();
  }
  for (std::size_t i = 0; i < ours->parameters().size(); ++i)
    EXPECT_LT(largest_difference(ours->parameters()[i], theirs->parameters()[i]), 2e-5) << i;
}

TEST_F(Nets, SgdClippingAndAveragingAreTheirFormulas) {
  const auto data = sides(32, 1);
  const auto start = make_network(small(), Random(5)), clipped = make_network(small(), Random(5)),
             averaged = make_network(small(), Random(5));
  TrainingOptions options;
  options.batch = 32;
  options.optimizer = TrainingOptions::Optimizer::sgd;
  options.learning_rate = 0.5;
  options.clip_norm = 1e-3;
  train(*clipped, data, cross_entropy(), options, Random(1));
  double moved = 0;
  for (std::size_t i = 0; i < start->parameters().size(); ++i)
    moved += (start->parameters()[i] - clipped->parameters()[i]).pow(2).sum().item<double>();
  EXPECT_NEAR(std::sqrt(moved), 0.5e-3, 1e-7);
  options.averaging = 0.75;  // one step: a quarter of the way
  train(*averaged, data, cross_entropy(), options, Random(1));
  const auto quarter = start->parameters()[0] + 0.25 * (clipped->parameters()[0] - start->parameters()[0]);
  EXPECT_LT(largest_difference(averaged->parameters()[0], quarter), 1e-7);
}

TEST_F(Nets, TrainingLearnsStopsEarlyAndKeepsTheBest) {
  const auto data = sides(256, 1), other = sides(100, 2);
  const auto network = make_network(small(), Random(1));
  TrainingOptions options;
  options.epochs = 20;
  options.batch = 32;
  options.learning_rate = 3e-3;
  options.keep_best = true;
  options.patience = 2;
  int calls = 0;
  TrainingHooks hooks;
  hooks.validate = [&](Network& now) {
    return ++calls == 3 ? 2.0 : accuracy(now, other) - 0.01 * calls;
  };  // epoch 3 is best, whatever follows
  std::vector<float> at_best;
  hooks.after_epoch = [&](const Epoch& epoch) {
    if (epoch.epoch == 3) at_best = values_of(network->parameters()[2]);
  };
  const auto result = train(*network, data, cross_entropy(), options, Random(1), hooks);
  EXPECT_TRUE(result.stopped_early);
  EXPECT_EQ(result.best_epoch, 3);
  EXPECT_EQ(result.epochs.size(), 5u);
  EXPECT_EQ(values_of(network->parameters()[2]), at_best);
  EXPECT_GT(accuracy(*network, other), 0.95);
}

TEST_F(Nets, ALossThatIsNotFiniteStopsTheTraining) {
  const auto network = make_network(small(), Random(1));
  const BatchLoss broken = [](Network& n, const Tensor& images, const Tensor&, Random) {
    return n.forward(images).sum() * std::numeric_limits<float>::infinity();
  };
  EXPECT_NE(refusal([&] { train(*network, sides(16, 1), broken, {}, Random(1)); }).find("not finite"),
            std::string::npos);
}

class Resuming : public Nets {
 protected:
  TrainingOptions options() const {
    TrainingOptions result;
    result.epochs = 6;
    result.batch = 16;
    result.averaging = 0.9;
    result.keep_best = true;
    result.schedule = {Schedule::Shape::cosine, 3};
    result.checkpoint = folder_ / "training";
    result.resume = true;
    return result;
  }
  TrainingResult run(Network& network, const TrainingOptions& o, int kill_after = 0) const {
    TrainingHooks hooks;
    hooks.validate = [this](Network& now) { return accuracy(now, held_out_); };
    hooks.after_epoch = [&](const Epoch& epoch) {
      if (epoch.epoch == kill_after) ::kill(::getpid(), SIGKILL);
    };
    const BatchLoss noisy = [](Network& n, const Tensor& images, const Tensor& labels, Random random) {
      return torch::nn::functional::cross_entropy(n.forward(images + uniform_like(images, -0.2, 0.2, random)), labels);
    };
    return train(network, data_, noisy, o, Random(9), hooks);
  }
  ImageTensors data_ = sides(100, 1), held_out_ = sides(50, 2);
};

TEST_F(Resuming, AKilledTrainingEndsWithTheSameNumbers) {
  const auto whole = make_network(small(), Random(1)), resumed = make_network(small(), Random(1));
  auto without = options();
  without.checkpoint.clear();
  const auto expected = run(*whole, without);
  const pid_t child = fork();
  if (child == 0) {
    run(*resumed, options(), 4);
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  ASSERT_TRUE(fs::exists(options().checkpoint));
  const auto result = run(*resumed, options());
  EXPECT_EQ(result.resumed_after, 4);
  EXPECT_EQ(result.best_epoch, expected.best_epoch);
  ASSERT_EQ(result.epochs.size(), expected.epochs.size());
  for (std::size_t i = 0; i < result.epochs.size(); ++i) EXPECT_EQ(result.epochs[i].loss, expected.epochs[i].loss) << i;
  for (std::size_t i = 0; i < whole->parameters().size(); ++i)
    EXPECT_EQ(values_of(whole->parameters()[i]), values_of(resumed->parameters()[i])) << i;
  EXPECT_FALSE(fs::exists(options().checkpoint));
}

TEST_F(Resuming, CheckpointsOfOtherTrainingsAndBrokenOnesAreRefused) {
  const pid_t child = fork();
  if (child == 0) {
    run(*make_network(small(), Random(1)), options(), 2);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  const auto network = make_network(small(), Random(1));
  auto other = options();
  other.learning_rate = 0.5;
  EXPECT_NE(refusal([&] { run(*network, other); }).find("other options"), std::string::npos);
  const auto bytes = read_file(options().checkpoint);
  write_file(options().checkpoint, bytes.substr(0, bytes.size() / 2));
  EXPECT_NE(refusal([&] { run(*network, options()); }), "");
  save_network(options().checkpoint, *network);
  EXPECT_NE(refusal([&] { run(*network, options()); }).find("not the checkpoint"), std::string::npos);
}

/// Two inputs, logits (x1 - x2, x2 - x1) * slope: the worst point of a ball is known.
Classifier linear(double slope) {
  return [slope](const Tensor& x) {
    const auto flat = x.flatten(1);
    const auto difference = slope * (flat.select(1, 0) - flat.select(1, 1));
    return torch::stack({difference, -difference}, 1);
  };
}

TEST_F(Nets, AttacksReachTheCornerOfTheBallAndStayInTheBox) {
  const auto clean = torch::tensor({0.5F, 0.3F, 0.95F, 0.02F}).view({2, 1, 1, 2});
  const auto labels = torch::tensor({0, 0}, torch::kInt64);
  const auto corner = torch::tensor({0.4F, 0.4F, 0.85F, 0.12F}).view({2, 1, 1, 2}),
             outward = torch::tensor({0.6F, 0.2F, 1.0F, 0.0F}).view({2, 1, 1, 2});
  const LinfBall ball{0.1, 0, 1};
  Random random(1);
  for (const auto& objective : {cross_entropy_objective(labels), margin_objective(labels)}) {
    EXPECT_LT(largest_difference(fgsm(linear(3), clean, ball, objective), corner), 1e-6);
    EXPECT_LT(largest_difference(pgd(linear(3), clean, ball, objective, {10}, random), corner), 1e-6);
    EXPECT_LT(largest_difference(apgd(linear(3), clean, ball, objective, 20, random), corner), 1e-6);
  }
  // Against the labels the other way the box cuts the ball.
  EXPECT_LT(largest_difference(pgd(linear(3), clean, ball, margin_objective(1 - labels), {10}, random), outward), 1e-6);
  for (int i = 0; i < 50; ++i) {
    const auto point = ball.random_point(clean, random);
    EXPECT_LE(largest_difference(point, clean), 0.1 + 1e-6);
    EXPECT_GE(point.min().item<double>(), 0);
    EXPECT_LE(point.max().item<double>(), 1);
  }
}

TEST_F(Nets, ObjectivesAreTheirFormulas) {
  const auto logits = torch::tensor({2.0F, 1.0F, -1.0F, 0.0F, 0.5F, 3.0F}).view({2, 3});
  const auto labels = torch::tensor({0, 1}, torch::kInt64);
  EXPECT_LT(largest_difference(margin_objective(labels)(logits), torch::tensor({-1.0F, 2.5F})), 1e-6);
  EXPECT_LT(largest_difference(dlr_objective(labels)(logits), torch::tensor({-1.0F / 3.0F, 2.5F / 3.0F})), 1e-6);
  const auto p = logits.softmax(1), q = (0.5 * logits).softmax(1);
  EXPECT_LT(largest_difference(kl_objective(logits)(0.5 * logits), (p * (p / q).log()).sum(1)), 1e-6);
  EXPECT_LT(largest_difference(kl_objective(logits)(logits), torch::zeros({2})), 1e-6);
  EXPECT_NE(refusal([&] { dlr_objective(labels)(logits.narrow(1, 0, 2)); }).find("three classes"), std::string::npos);
}

TEST_F(Nets, StrongerAttacksBreakMoreAndRestartsNeverHelpTheNetwork) {
  const auto data = sides(400, 1);
  const auto network = make_network(small(), Random(1));
  TrainingOptions options;
  options.epochs = 4;
  options.batch = 32;
  options.learning_rate = 5e-3;
  train(*network, data, cross_entropy(), options, Random(1));
  network->eval();
  const Classifier classifier = [&](const Tensor& images) { return network->forward(images); };
  const auto test = sides(200, 3);
  double before = 1;
  for (const double radius : {0.0, 0.1, 0.2, 0.3, 0.4}) {
    const auto result = attack_all(
        classifier, test, {radius, 0, 1},
        {attack_named("fgsm"), attack_named("pgd", 10), attack_named("pgd", 10, 3), attack_named("apgd", 10)},
        Random(2), 64);
    EXPECT_LE(result.worst, *std::min_element(result.accuracy.begin(), result.accuracy.end()));
    EXPECT_LE(result.worst, before + 1e-12);
    EXPECT_LE(result.accuracy[2], result.accuracy[1] + 1e-12);
    before = result.worst;
    for (const auto& perturbed : result.perturbed) EXPECT_LE(largest_difference(perturbed, test.images), radius + 1e-6);
    if (radius == 0.0) {
      EXPECT_EQ(result.worst, result.clean);
      EXPECT_GT(result.clean, 0.95);
    }
    if (radius == 0.4) {
      EXPECT_LT(result.worst, 0.3);
    }
  }
}

TEST_F(Nets, AttacksAndDevicesAreFoundByNameOrRefused) {
  EXPECT_EQ(attack_named("cw").name(), "pgd-margin");
  EXPECT_EQ(attack_named("apgd-dlr", 50, 2).restarts, 2);
  EXPECT_NE(refusal([] { attack_named("apdg"); }).find("did you mean apgd"), std::string::npos);
  EXPECT_EQ(device_of("cpu"), torch::Device(torch::kCPU));
  if (!torch::cuda::is_available()) {
    EXPECT_NE(refusal([] { device_of("cuda"); }).find("no CUDA"), std::string::npos);
  }
}

}  // namespace
}  // namespace offprint::nn
