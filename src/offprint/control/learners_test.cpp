#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <thread>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/control/collection.hpp"
#include "offprint/control/sac.hpp"
#include "offprint/control/td3.hpp"
#include "offprint/control/training.hpp"
#include "offprint/math/statistics.hpp"

namespace offprint::control {
namespace {

namespace fs = std::filesystem;

Td3Settings small() {
  Td3Settings settings;
  settings.hidden = {16, 16};
  settings.learning_rate = 1e-3;
  return settings;
}

TEST(Td3, FirstUpdateIsTheOneOfItsDefinition) {
  const auto data = random_transitions(64, 3, 2, Random(1));
  Td3 learner(3, 2, small(), ActorLoss::td3_bc(2.5), Random(5));
  const auto actor = learner.actor();
  const auto critic = learner.critic();
  Batch batch;
  draw(data, 32, Random(2), batch);
  learner.update(batch);
  // The critic's loss by hand: the targets are copies of the networks at the start, the noise is that of update 0.
  nn::Pass<float> pass, critic_pass;
  Random noise = Random(5).split("target noise").split(std::uint64_t{0});
  std::vector<float> next(2 * 32), input;
  const float* pi = actor.forward(batch.next_observations.data(), 32, pass);
  for (std::size_t i = 0; i < next.size(); ++i)
    next[i] = static_cast<float>(
        std::clamp(static_cast<double>(pi[i]) + std::clamp(0.2 * noise.normal(), -0.5, 0.5), -1.0, 1.0));
  stack(batch.next_observations.data(), 3, next.data(), 2, 32, input);
  const float* q = critic.forward(input.data(), 32, critic_pass);
  std::vector<double> y;
  for (int b = 0; b < 32; ++b) y.push_back(batch.rewards[b] + 0.99 * batch.not_terminal[b] * std::min(q[b], q[32 + b]));
  stack(batch.observations.data(), 3, batch.actions.data(), 2, 32, input);
  const float* now = critic.forward(input.data(), 32, critic_pass);
  double loss = 0;
  for (int i = 0; i < 64; ++i) loss += std::pow(now[i] - y[static_cast<std::size_t>(i % 32)], 2) / 32;
  EXPECT_NEAR(learner.metrics().at("critic_loss"), loss, 1e-4 * loss);
  EXPECT_EQ(std::vector<float>(actor.parameters().begin(), actor.parameters().end()),
            std::vector<float>(learner.actor().parameters().begin(), learner.actor().parameters().end()))
      << "the actor waits for the second update";
}

TEST(Td3, BehaviourCloningLearnsTheLoggedActions) {
  auto data = random_transitions(500, 3, 2, Random(1));
  for (std::size_t i = 0; i < data.size(); ++i)
    for (std::size_t f = 0; f < 2; ++f)
      data.actions[2 * i + f] = std::tanh(data.observations[3 * i + f] - 0.5F * data.observations[3 * i + 2]);
  Td3 learner(3, 2, small(), ActorLoss::behaviour_cloning(), Random(5));
  TrainingSettings settings;
  settings.steps = 3000;
  settings.batch = 64;
  const auto result = train(learner, data, Normaliser::identity(3), nullptr, settings);
  EXPECT_LT(result.evaluations.back().metrics.at("constraint_loss"), 0.005);
  EXPECT_EQ(result.evaluations.back().metrics.count("critic_loss"), 0u);
}

/// One state, reward -(a - 0.3)^2, terminal: the best action is 0.3 and its value 0.
Transitions bandit() {
  Transitions t{1, 1, {}, {}, {}, {}, {}};
  Random random(3);
  for (int i = 0; i < 1000; ++i) {
    const double a = random.uniform(-1, 1);
    t.observations.push_back(0.5F);
    t.next_observations.push_back(0.5F);
    t.actions.push_back(static_cast<float>(a));
    t.rewards.push_back(static_cast<float>(-(a - 0.3) * (a - 0.3)));
    t.not_terminal.push_back(0);
  }
  return t;
}

double action_at_half(const Learner& learner) {
  const auto policy = policy_of(learner, Normaliser::identity(1), "");
  Actor actor(policy);
  const float observation[]{0.5F};
  float action[1];
  actor.act(observation, 1, action);
  return static_cast<double>(action[0]);
}

TEST(Td3, FindsTheBestAction) {
  const auto data = bandit();
  auto wide = small();  // narrow critics have their kinks beside the peak
  wide.hidden = {64, 64};
  Td3 learner(1, 1, wide, ActorLoss::td3(), Random(1));
  TrainingSettings settings;
  settings.steps = 6000;
  settings.batch = 256;
  train(learner, data, Normaliser::identity(1), nullptr, settings);
  EXPECT_NEAR(action_at_half(learner), 0.3, 0.05);
  const float state[]{0.5F};
  EXPECT_NEAR(learner.values(state, 1)[0], 0, 0.02);
}

TEST(Sac, FindsTheBestActionAndItsEntropyTarget) {
  const auto data = bandit();
  SacSettings sac;
  sac.hidden = {16, 16};
  sac.learning_rate = sac.actor_learning_rate = 1e-3;
  Sac learner(1, 1, sac, Random(1));
  TrainingSettings settings;
  settings.steps = 6000;
  settings.batch = 64;
  const auto result = train(learner, data, Normaliser::identity(1), nullptr, settings);
  EXPECT_NEAR(action_at_half(learner), 0.3, 0.08);
  EXPECT_NEAR(result.evaluations.back().metrics.at("entropy"), -1, 0.4);
}

TEST(Sac, ItsActorGradientAgreesWithFiniteDifferences) {
  const auto data = random_transitions(64, 3, 2, Random(1));
  SacSettings settings;
  settings.hidden = {8, 8};
  Sac learner(3, 2, settings, Random(5));
  Batch batch;
  draw(data, 32, Random(2), batch);
  for (int i = 0; i < 20; ++i) learner.update(batch);  // away from the start, where everything is small
  std::vector<float> gradient, unused;
  learner.actor_loss(batch, Random(9), gradient);
  const auto parameters = learner.actor_network().parameters();
  double dot = 0, largest = 0, norm = 0;
  // Directional derivatives: float32 losses are too coarse for single parameters.
  for (int trial = 0; trial < 5; ++trial) {
    Random random(100 + static_cast<std::uint64_t>(trial));
    std::vector<float> direction(parameters.size()), kept(parameters.begin(), parameters.end());
    for (auto& d : direction) d = static_cast<float>(random.normal());
    const double h = 2e-3;
    const auto at = [&](double scale) {
      for (std::size_t i = 0; i < kept.size(); ++i) parameters[i] = static_cast<float>(kept[i] + scale * direction[i]);
      const double loss = learner.actor_loss(batch, Random(9), unused);
      std::copy(kept.begin(), kept.end(), parameters.begin());
      return loss;
    };
    const double slope = (at(h) - at(-h)) / (2 * h);
    dot = norm = 0;
    for (std::size_t i = 0; i < direction.size(); ++i) dot += static_cast<double>(gradient[i]) * direction[i];
    for (const float g : gradient) norm += static_cast<double>(g) * g;
    EXPECT_NEAR(dot, slope, 0.02 * std::sqrt(norm)) << trial;
    largest = std::max(largest, std::abs(slope));
  }
  EXPECT_GT(largest, 0.01);
}

class Files : public testing::Test {
 protected:
  void SetUp() override {
    folder = fs::temp_directory_path() / ("offprint-learners-" + std::to_string(::getpid()));
    fs::create_directories(folder);
  }
  void TearDown() override { fs::remove_all(folder); }
  fs::path folder;
};

TEST_F(Files, AStoppedTrainingGoesOnAsIfNothingHadHappened) {
  const auto& task = find_task("pendulum");
  const auto data = value_view(collect(task, {"random", 2000, Physics::exact, 1, 0, false}));
  TrainingSettings settings;
  settings.steps = 200;
  settings.batch = 32;
  settings.evaluations = 4;
  settings.evaluation.episodes = 2;
  settings.seed = 3;
  settings.fingerprint = "same";
  const auto fresh = [&](bool sac) -> std::unique_ptr<Learner> {
    SacSettings soft;
    soft.hidden = {16, 16};
    if (sac) return std::make_unique<Sac>(3, 1, soft, Random(4));
    return std::make_unique<Td3>(3, 1, small(), ActorLoss::td3_bc(2.5), Random(4));
  };
  for (const bool sac : {false, true}) {
    const auto whole = fresh(sac);
    const auto uninterrupted = train(*whole, data, Normaliser::identity(3), &task, settings);
    auto stopping = settings;
    stopping.checkpoint = folder / "training.checkpoint";
    const auto first = fresh(sac);
    TrainingHooks hooks;
    hooks.evaluated = [&](const Progress& progress) {
      if (progress.step == 150) throw Cancelled();
    };
    EXPECT_THROW(train(*first, data, Normaliser::identity(3), &task, stopping, hooks), Cancelled);
    stopping.resume = true;
    const auto second = fresh(sac);
    const auto resumed = train(*second, data, Normaliser::identity(3), &task, stopping);
    EXPECT_EQ(resumed.resumed_at, 100);
    ASSERT_EQ(resumed.evaluations.size(), 4u);
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(resumed.evaluations[i].return_mean, uninterrupted.evaluations[i].return_mean);
      EXPECT_EQ(resumed.evaluations[i].metrics, uninterrupted.evaluations[i].metrics);
    }
    for (auto& [name, values] : whole->state()) {
      const auto other = second->state().at(name);
      EXPECT_TRUE(std::equal(values.begin(), values.end(), other.begin())) << name;
    }
    stopping.fingerprint = "other";
    EXPECT_THROW(train(*fresh(sac), data, Normaliser::identity(3), &task, stopping), BadInput);
    write_file(stopping.checkpoint, "no checkpoint");
    EXPECT_THROW(train(*fresh(sac), data, Normaliser::identity(3), &task, stopping), BadInput);
    fs::remove(stopping.checkpoint);
  }
}

TEST_F(Files, PoliciesComeBackAndOthersAreRefused) {
  Td3 learner(3, 1, small(), ActorLoss::td3(), Random(4));
  Normaliser normaliser{{1, 2, 3}, {0.5F, 1, 2}};
  auto policy = policy_of(learner, normaliser, "pendulum");
  policy.provenance["algorithm"] = "TD3";
  write_policy(folder / "p.safetensors", policy);
  const auto back = read_policy(folder / "p.safetensors", &find_task("pendulum"));
  EXPECT_EQ(back.task, "pendulum");
  EXPECT_EQ(back.provenance.at("algorithm"), "TD3");
  const float observation[]{0.3F, -0.2F, 1};
  float a[1], b[1];
  Actor(policy).act(observation, 1, a);
  Actor(back).act(observation, 1, b);
  EXPECT_EQ(a[0], b[0]);
  try {
    read_policy(folder / "p.safetensors", &find_task("half-cheetah"));
    FAIL();
  } catch (const BadInput& error) {
    EXPECT_NE(std::string(error.what()).find("it was trained for pendulum"), std::string::npos) << error.what();
  }
  policy.normaliser.mean[0] = std::nanf("");
  write_policy(folder / "p.safetensors", policy);
  EXPECT_THROW(read_policy(folder / "p.safetensors"), BadInput);
}

TEST(Evaluation, EpisodesDependOnTheirNumberAlone) {
  Td3 learner(3, 1, small(), ActorLoss::td3(), Random(4));
  const auto policy = policy_of(learner, Normaliser::identity(3), "pendulum");
  const auto& task = find_task("pendulum");
  const auto three = evaluate(policy, task, {3}, Random(1)), five = evaluate(policy, task, {5}, Random(1));
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_NEAR(three[i].episode_return, five[i].episode_return, 1e-2 * std::abs(five[i].episode_return));
  EXPECT_EQ(five[0].steps, 200);
  EXPECT_FALSE(five[0].terminal);
}

TEST(OnlineTd3, LearnsThePendulum) {
  const auto& task = find_task("pendulum");
  OnlineSettings settings;
  settings.recipe = task.recipe;
  settings.recipe.steps = 8000;
  std::vector<double> finals;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    settings.seed = seed;
    const auto run = train_online(task, settings);
    EXPECT_EQ(run.replay.size(), 8000u);
    finals.push_back(run.last().episode_return);
  }
  EXPECT_GE(median(finals), -250);  // the sheet's S4
}

}  // namespace
}  // namespace offprint::control
