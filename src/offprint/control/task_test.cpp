#include "offprint/control/task.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "offprint/base/error.hpp"
#include "offprint/control/models.hpp"
#include "offprint/math/statistics.hpp"

namespace offprint::control {
namespace {

std::map<std::string, double> masses(const char* task, Physics physics = Physics::exact) {
  const auto list = body_masses(find_task(task), physics);
  return {list.begin(), list.end()};
}

/// Volume of a capsule times the density of water.
double capsule(double r, double length) { return 1000 * std::acos(-1) * r * r * (length + 4 * r / 3); }

TEST(Models, MassesAreThoseOfTheOriginals) {
  const auto hopper = masses("hopper");
  EXPECT_NEAR(hopper.at("torso"), 3.6651914, 1e-6);
  EXPECT_NEAR(hopper.at("thigh"), 4.0578905, 1e-6);
  EXPECT_NEAR(hopper.at("leg"), 2.7813567, 1e-6);
  EXPECT_NEAR(hopper.at("foot"), 5.3155748, 1e-6);
  EXPECT_NEAR(masses("walker2d").at("foot_left"), 3.1667254, 1e-6);
  const auto cheetah = masses("half-cheetah");
  const std::map<std::string, double> expected{{"torso", 6.2502092}, {"bthigh", 1.5435146}, {"bshin", 1.5874477},
                                               {"bfoot", 1.0953975}, {"fthigh", 1.4380753}, {"fshin", 1.2008368},
                                               {"ffoot", .88451883}};
  for (const auto& [name, mass] : expected) EXPECT_NEAR(cheetah.at(name), mass, 1e-6) << name;
  EXPECT_NEAR(masses("inverted-pendulum").at("cart"), 10.471976, 1e-6);
  EXPECT_NEAR(masses("inverted-pendulum").at("pole"), 5.0185916, 1e-6);
  EXPECT_NEAR(masses("inverted-double-pendulum").at("pole2"), capsule(0.045, 0.6), 1e-6);
}

TEST(Models, LegacyMassesAreThoseOfCylinders) {
  const auto hopper = masses("hopper", Physics::legacy);
  EXPECT_NEAR(hopper.at("torso"), 3.5343, 1e-4);
  EXPECT_NEAR(hopper.at("thigh"), 3.9270, 1e-4);
  EXPECT_NEAR(hopper.at("leg"), 2.7143, 1e-4);
  EXPECT_NEAR(hopper.at("foot"), 5.0894, 1e-4);
  const auto cheetah = masses("half-cheetah", Physics::legacy);
  EXPECT_NEAR(cheetah.at("torso"), 6.3603, 1e-4);
  double total = 0;
  for (const auto& [name, mass] : cheetah) total += mass;
  EXPECT_NEAR(total, 14, 1e-9);
}

struct RandomReturn {
  const char* task;
  double expected, error;  ///< mean and its standard error, of an independent implementation
  int episodes;
};

class RandomPolicy : public testing::TestWithParam<RandomReturn> {};

TEST_P(RandomPolicy, EarnsWhatGymsTasksPay) {
  const auto& [name, expected, error, episodes] = GetParam();
  const auto& task = find_task(name);
  const auto env = make_env(task);
  std::vector<double> returns;
  std::vector<float> action(static_cast<std::size_t>(task.actions));
  for (int episode = 0; episode < episodes; ++episode) {
    Random random = Random(5).split(static_cast<std::uint64_t>(episode));
    env->reset(random);
    double sum = 0;
    int steps = 0;
    for (StepResult result; !result.terminal && !result.truncated; ++steps) {
      for (auto& a : action) a = static_cast<float>(random.uniform(-1, 1));
      result = env->step(action);
      sum += result.reward;
    }
    EXPECT_LE(steps, task.max_steps);
    returns.push_back(sum);
  }
  const double ours = std::sqrt(variance(returns) / episodes);
  EXPECT_NEAR(mean(returns), expected, 4 * std::hypot(error, ours)) << "standard error " << ours;
}

INSTANTIATE_TEST_SUITE_P(
    Tasks, RandomPolicy,
    testing::Values(RandomReturn{"half-cheetah", -279.3, 6.4, 40}, RandomReturn{"walker2d", 2.61, .13, 1000},
                    RandomReturn{"hopper", 18.29, .38, 1000}, RandomReturn{"pendulum", -1224.9, 6.4, 1000},
                    RandomReturn{"inverted-pendulum", 6.06, .08, 1000}, RandomReturn{"maze2d-umaze", 28.1, 2.6, 200}),
    [](const auto& one) {
      std::string name = one.param.task;
      std::erase(name, '-');
      return name;
    });

class EveryTask : public testing::TestWithParam<std::string> {};

TEST_P(EveryTask, IsDeterministicRestartableAndShaped) {
  const auto& task = find_task(GetParam());
  const auto a = make_env(task), b = make_env(task), c = make_env(task);
  Random random(9), again(9);
  a->reset(random);
  b->reset(again);
  EXPECT_EQ(a->observation().size(), static_cast<std::size_t>(task.observations));
  std::vector<float> action(static_cast<std::size_t>(task.actions));
  const bool sees_all = task.name != "inverted-double-pendulum";  // it also shows forces, which no state holds
  for (int step = 0; step < 20; ++step) {
    EXPECT_EQ(a->observation(), b->observation());
    for (auto& value : action) value = static_cast<float>(random.uniform(-1.5, 1.5));
    // From the same positions and velocities another environment goes the same way, up to the solver's warm start.
    c->set_state(a->positions(), a->velocities());
    if (sees_all) {
      const auto shown = a->observation();
      const auto d = make_env(task);
      d->set_observation(shown);
      for (std::size_t i = 0; i < shown.size(); ++i) EXPECT_NEAR(d->observation()[i], shown[i], 1e-5);
    }
    const auto result = a->step(action);
    EXPECT_EQ(b->step(action).reward, result.reward);
    EXPECT_NEAR(c->step(action).reward, result.reward, 2e-3 * (1 + std::abs(result.reward)));
    EXPECT_FALSE(a->side_view().empty());
    if (result.terminal) break;
  }
}

INSTANTIATE_TEST_SUITE_P(Tasks, EveryTask, testing::ValuesIn(task_names()), [](const auto& one) {
  std::string name = one.param;
  std::erase(name, '-');
  return name;
});

TEST(Tasks, EpisodesEndByTheClockOnlyAsTruncations) {
  const auto& task = find_task("line-world");
  const auto env = make_env(task);
  Random random(1);
  env->reset(random);
  StepResult result;
  int steps = 0;
  for (const float still[]{0}; !result.truncated && !result.terminal; ++steps) result = env->step(still);
  EXPECT_EQ(steps, 50);
  EXPECT_TRUE(result.truncated);
  EXPECT_FALSE(result.terminal);
  env->reset(random);
  double sum = 0;
  result = {};
  for (const float right[]{1}; !result.truncated && !result.terminal;) sum += (result = env->step(right)).reward;
  EXPECT_TRUE(result.terminal);
  EXPECT_EQ(sum, 90);
  EXPECT_NEAR(normalised_score(task, 90), 100, 1e-12);
}

TEST(Tasks, TheCheetahsRewardIsItsSpeedLessTheEffort) {
  const auto env = make_env(find_task("half-cheetah"));
  Random random(2);
  env->reset(random);
  for (int i = 0; i < 10; ++i) {
    const double before = env->positions()[0];
    const float action[]{0.5F, -2.0F, 1, 0, 0, 0.25F};  // clipped to -1 before both its uses
    const auto result = env->step(action);
    EXPECT_NEAR(result.reward, (env->positions()[0] - before) / 0.05 - 0.1 * (0.25 + 1 + 1 + 0.0625), 1e-9);
  }
}

TEST(Tasks, UnknownNamesAndBadActionsAreRefused) {
  EXPECT_EQ(find_task("half_cheetah").name, "half-cheetah");
  try {
    find_task("half-cheeta");
    FAIL();
  } catch (const BadInput& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean half-cheetah"), std::string::npos) << error.what();
  }
  const auto env = make_env(find_task("pendulum"));
  Random random(1);
  env->reset(random);
  const float action[]{std::nanf("")};
  EXPECT_THROW(env->step(action), NumericalFailure);
}

TEST(Mazes, GoalsAndCellsAreWhereTheTextSays) {
  const auto umaze = maze_of(find_task("maze2d-umaze"));
  EXPECT_EQ(umaze.goal, std::make_pair(1, 1));
  EXPECT_EQ(umaze.free.size(), 7u);
  EXPECT_EQ(maze_of(find_task("maze2d-medium-dense")).goal, std::make_pair(6, 6));
  EXPECT_EQ(maze_of(find_task("maze2d-large")).goal, std::make_pair(7, 9));
}

}  // namespace
}  // namespace offprint::control
