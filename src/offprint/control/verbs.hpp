// The options and bodies of `offprint control`.
#pragma once
#include "offprint/control/dataset.hpp"
#include "offprint/paper/verb.hpp"

namespace offprint::control {

struct NoOptions {};

struct RandomOptions {
  std::string task = "half-cheetah";
  int episodes = 100;
  Physics physics = Physics::exact;
};

struct CollectOptions {
  std::string task = "half-cheetah", kind = "medium";
  int steps = 0, training_steps = 0;
  Physics physics = Physics::exact;
  bool anew = false;
  OutputFile output;
};

struct InfoOptions {
  InputFile data;
  std::string task;
};

enum class Algorithm { td3_bc, bc, td3, sac };

struct TrainOptions {
  InputFile data;
  std::string task;
  Algorithm algorithm = Algorithm::td3_bc;
  double alpha = 2.5, learning_rate = 3e-4, discount = 0.99;
  int steps = 20000, batch = 256, evaluations = 20, episodes = 10, seeds = 1;
  std::vector<std::int64_t> hidden{256, 256};
  bool raw_observations = false, logged_successors = false, resume = false;
  Physics physics = Physics::exact;
  OutputFile output;
};

struct EvaluateOptions {
  InputFile policy;
  std::string task;
  int episodes = 10;
  double discount = 0.99;
  Physics physics = Physics::exact;
  OutputFile output;
};

struct BenchOptions {
  bool learning = false;
  int seeds = 3;
};

enum class Layout { minari, csv, d4rl };

struct ImportOptions {
  InputFile data;
  Layout layout = Layout::minari;
  std::string task;
  bool rescale = false;
  OutputFile output;
};

void tasks_verb(const NoOptions& options, Run& run);
void random_verb(const RandomOptions& options, Run& run);
void collect_verb(const CollectOptions& options, Run& run);
void info_verb(const InfoOptions& options, Run& run);
void train_verb(const TrainOptions& options, Run& run);
void evaluate_verb(const EvaluateOptions& options, Run& run);
void bench_verb(const BenchOptions& options, Run& run);
void import_verb(const ImportOptions& options, Run& run);

}  // namespace offprint::control
