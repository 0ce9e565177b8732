// The verbs' options and bodies.
#pragma once
#include "offprint/paper/verb.hpp"
#include "offprint/papers/prdc/experiment.hpp"

namespace offprint::prdc {

/// What trainings share.
struct TrainingOptions {
  InputFile data;
  std::string task;
  double alpha = 2.5, learning_rate = 3e-4, discount = 0.99, reward_scale = 1, reward_shift = 0;
  int steps = 8000, batch = 256, evaluations = 20, episodes = 10;
  std::vector<std::int64_t> hidden{256, 256};
  SearchMethod search = SearchMethod::automatic;
};

struct TrainOptions : TrainingOptions {
  double beta = 2;
  int k = 1;
  bool paper_scale = false, resume = false;
  OutputFile output;
};

struct SweepOptions : TrainingOptions {
  std::vector<double> betas{0.1, 0.5, 1, 2, 5, 20, 1000};
  int seeds = 3;
};

struct NeighboursOptions {
  InputFile data, policy;
  double beta = 2;
  int rows = 10000;
  OutputFile output;
};

struct BenchOptions {
  int pairs = 100000, queries = 2000;
};

void train_verb(const TrainOptions& options, Run& run);
void sweep_verb(const SweepOptions& options, Run& run);
void neighbours_verb(const NeighboursOptions& options, Run& run);
void bench_verb(const BenchOptions& options, Run& run);
void reproduce(const ReproduceOptions& options, Run& run);

}  // namespace offprint::prdc
