#include <fmt/format.h>

#include <algorithm>

#include "offprint/control/report/options.hpp"
#include "offprint/data/table.hpp"
#include "offprint/math/statistics.hpp"
#include "offprint/papers/prdc/prdc.hpp"

namespace offprint::prdc::verbs {
namespace {

struct NeighboursOptions {
  InputFile data, policy;
  double beta = 2;
  int rows = 10000;
  OutputFile output;
};

void find_neighbours(const NeighboursOptions& options, Run& run) {
  const auto policy = control::read_policy(data::resolve(options.policy.source));
  const auto dataset = control::load_dataset(options.data);
  if (dataset.observation_size != policy.observation_size() || dataset.action_size != policy.action_size())
    throw BadInput(options.data.source,
                   fmt::format("has {} observations and {} actions, the policy {} and {}", dataset.observation_size,
                               dataset.action_size, policy.observation_size(), policy.action_size()),
                   "give the data the policy is for");
  auto transitions = control::value_view(dataset);
  policy.normaliser.apply(transitions);
  const NearestPairs pairs(transitions.observations, transitions.actions, transitions.observation_size,
                           transitions.action_size, options.beta);
  std::vector<std::size_t> rows(std::min<std::size_t>(static_cast<std::size_t>(options.rows), transitions.size()));
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = i * transitions.size() / rows.size();
  const auto constraint = dataset_constraint(policy.actor, policy.head, transitions, pairs, rows);
  const auto whole = [](const auto& values) { return std::vector<std::int64_t>(values.begin(), values.end()); };
  const auto real = [](const auto& values) { return std::vector<double>(values.begin(), values.end()); };
  const auto distances = real(constraint.distances), own = real(constraint.own);
  data::write_csv(options.output.path, data::Table()
                                           .add("row", whole(rows))
                                           .add("neighbour", whole(constraint.neighbours))
                                           .add("distance", distances)
                                           .add("state_distance", real(constraint.state_distances))
                                           .add("action_distance", real(constraint.action_distances))
                                           .add("own", whole(constraint.own)));
  run.table(ResultTable{"constraint",
                        "How far the policy is from the log",
                        {"rows", "own_share", "distance_median", "distance_mean", "distance_90"}}
                .row(rows.size(), mean(own), median(distances), mean(distances), quantile(distances, 0.9)));
  Figure figure{"distances", "Distance to the nearest pair",
                "Of the policy's action at logged states; far is where it leaves the data.", "distance", "states"};
  figure.histogram("", distances);
  run.figure(figure);
  run.file(options.output.path, "Rows count the transitions of the value view: episode cuts left out");
}

}  // namespace

Verb neighbours() {
  return verb<NeighboursOptions>("neighbours", "How far a policy is from a log: the nearest pair of every state")
      .option(&NeighboursOptions::data, "data", control::dataset_help, Positional{}, Required{}, control::dataset_files,
              control::dataset_example)
      .option(&NeighboursOptions::policy, "policy", "Policy written by a train verb", Positional{}, Required{},
              Accepts{{"safetensors"}}, Example{"policy.safetensors"})
      .option(&NeighboursOptions::beta, "beta", "Weight of states in the distance", between(0, 1e9))
      .option(&NeighboursOptions::rows, "rows", "States to look at, spread over the log", between(1, 1e9))
      .output(&NeighboursOptions::output, "neighbours.csv", "Where to write one line a state")
      .example("neighbours data:example-control-pendulum policy.safetensors -o neighbours.csv")
      .runs(find_neighbours);
}

}  // namespace offprint::prdc::verbs
