#include "offprint/control/verbs.hpp"
#include "offprint/paper/paper.hpp"

namespace offprint::control {

const Paper& tool() {
  const Choices<Physics> physics{{{"exact", Physics::exact}, {"legacy", Physics::legacy}}};
  const char* physics_help =
      "exact, or legacy: capsules weighed as MuJoCo did before 2.1.1, under which D4RL's files were logged";
  const Suggestions known{task_names()};
  const char* task_help = "The task; offprint control tasks lists them";
  static const Paper description{
      .slug = "control",
      .verbs =
          {verb<NoOptions>("tasks", "List the tasks").runs(tasks_verb),
           verb<RandomOptions>("random", "What uniform actions earn")
               .option(&RandomOptions::task, "task", task_help, known)
               .option(&RandomOptions::episodes, "episodes", "Episodes", between(1, 1e6))
               .option(&RandomOptions::physics, "physics", physics_help, physics)
               .example("random --task hopper --episodes 100")
               .runs(random_verb),
           verb<CollectOptions>("collect", "Make a data set: train an agent where the kind needs one, then let it act")
               .option(&CollectOptions::task, "task", task_help, known)
               .option(
                   &CollectOptions::kind, "kind",
                   "random, medium, medium-replay, expert, medium-expert; waypoint in mazes; easy or edge in the line world")
               .option(&CollectOptions::steps, "steps", "Transitions; 0: the task's usual number", between(0, 1e8))
               .option(&CollectOptions::training_steps, "training-steps",
                       "Steps of the online agent; 0: the task's recipe", between(0, 1e8))
               .option(&CollectOptions::physics, "physics", physics_help, physics)
               .option(&CollectOptions::anew, "anew", "Train the agent again instead of taking its run from the cache")
               .output(&CollectOptions::output, "data.hdf5", "Where to write the data: .hdf5 in D4RL's layout, or .npz")
               .example("collect --task half-cheetah --kind medium --steps 50000 -o hc_medium.hdf5")
               .runs(collect_verb),
           verb<InfoOptions>("info", "Look at a data set")
               .option(&InfoOptions::data, "data", "Data set in D4RL's layout", Positional{}, Required{},
                       Accepts{{"hdf5", "h5", "npz"}})
               .option(&InfoOptions::task, "task", "Check its widths against this task and give normalised scores",
                       known)
               .example("info hc_medium.hdf5 --task half-cheetah")
               .runs(info_verb),
           verb<TrainOptions>("train", "Train an offline agent on a data set")
               .option(&TrainOptions::data, "data", "Data set in D4RL's layout", Positional{}, Required{},
                       Accepts{{"hdf5", "h5", "npz"}})
               .option(&TrainOptions::task, "task", "Task to evaluate on; without one, nothing is evaluated", known)
               .option(&TrainOptions::algorithm, "algorithm", "Agent",
                       Choices<Algorithm>{{{"td3-bc", Algorithm::td3_bc},
                                           {"bc", Algorithm::bc},
                                           {"td3", Algorithm::td3},
                                           {"sac", Algorithm::sac}}})
               .option(&TrainOptions::alpha, "alpha", "Weight of values against the logged actions, of td3-bc",
                       between(1e-6, 1e9))
               .option(&TrainOptions::steps, "steps", "Updates", between(1, 1e9))
               .option(&TrainOptions::batch, "batch", "Transitions an update", between(1, 1e6))
               .option(&TrainOptions::hidden, "hidden", "Units of the hidden layers", between(1, 1e4))
               .option(&TrainOptions::learning_rate, "learning-rate", "Of Adam", between(1e-9, 1))
               .option(&TrainOptions::discount, "discount", "Of future rewards", between(0, 0.99999))
               .option(&TrainOptions::evaluations, "evaluations", "How often to evaluate, equally spaced",
                       between(1, 10000))
               .option(&TrainOptions::episodes, "episodes", "Episodes an evaluation", between(1, 10000))
               .option(&TrainOptions::seeds, "seeds",
                       "Trainings with seeds from --seed on, as many at once as --threads", between(1, 1000))
               .option(&TrainOptions::raw_observations, "raw-observations", "Do not normalise observations")
               .option(&TrainOptions::logged_successors, "logged-successors",
                       "Take successors from next_observations instead of the next row")
               .option(&TrainOptions::physics, "physics", physics_help, physics)
               .option(&TrainOptions::resume, "resume",
                       "Go on from the checkpoint of a stopped training, if there is one")
               .output(&TrainOptions::output, "policy.safetensors", "Where to write the policy")
               .example(
                   "train hc_medium.hdf5 --task half-cheetah --algorithm td3-bc --steps 20000 -o policy.safetensors")
               .runs(train_verb),
           verb<EvaluateOptions>("evaluate", "What a policy earns")
               .option(&EvaluateOptions::policy, "policy", "Policy written by a train verb", Positional{}, Required{},
                       Accepts{{"safetensors"}})
               .option(&EvaluateOptions::task, "task", "The task; default: the one it was trained for", known)
               .option(&EvaluateOptions::episodes, "episodes", "Episodes", between(1, 1e6))
               .option(&EvaluateOptions::discount, "discount", "Of the discounted return", between(0, 1))
               .option(&EvaluateOptions::physics, "physics", physics_help, physics)
               .option(&EvaluateOptions::output, "output", "Where to write a moving picture of one episode",
                       SuggestedName{"episode.svg", false})
               .example("evaluate policy.safetensors --task half-cheetah --episodes 10 --json")
               .runs(evaluate_verb),
           verb<BenchOptions>("bench", "Speed of the networks and the tasks on this machine")
               .option(&BenchOptions::learning, "learning",
                       "Also train TD3 on half-cheetah, 60 000 steps a seed: a CPU minute each")
               .option(&BenchOptions::seeds, "seeds", "Of those trainings", between(1, 100))
               .runs(bench_verb),
           verb<ImportOptions>("import", "Make a data set in D4RL's layout of another file")
               .option(&ImportOptions::data, "data", "The other file", Positional{}, Required{},
                       Accepts{{"hdf5", "h5", "npz", "csv", "tsv", "jsonl"}})
               .option(
                   &ImportOptions::layout, "layout",
                   "Its layout: Minari's groups, a table with columns s0.., a0.., r, terminal, or D4RL's to mend or convert",
                   Choices<Layout>{{{"minari", Layout::minari}, {"csv", Layout::csv}, {"d4rl", Layout::d4rl}}})
               .option(&ImportOptions::task, "task", "Check its widths against this task", known)
               .option(&ImportOptions::rescale, "rescale", "Divide actions by the largest if they leave -1 to 1")
               .output(&ImportOptions::output, "data.hdf5", "Where to write the data: .hdf5 or .npz")
               .example("import log.csv --layout csv --task pendulum -o data.hdf5")
               .runs(import_verb)},
      .title = "Continuous control and offline data",
      .summary =
          "Tasks on MuJoCo with Gym's definitions, mazes, a pendulum; data sets in D4RL's layout made or read; online and offline agents; evaluation."};
  return description;
}

}  // namespace offprint::control
