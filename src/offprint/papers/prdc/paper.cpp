#include "offprint/paper/paper.hpp"

#include "offprint/papers/prdc/verbs.hpp"

namespace offprint::prdc {
namespace {

std::vector<Claim> claims() {
  const char* pendulum =
      "Pendulum sets random, medium, replay and medium-expert of 20 000 transitions from our own TD3; networks 2x64, batch 64, learning rate 1e-3, 8000 "
      "updates, alpha 2.5.";
  return {
      {"P1",
       "The search finds the exact nearest pair.",
       "Section 3.2",
       "Tree and products against the definition on random keys: 2 to 40 dimensions, duplicates, equal columns, one point, ties.",
       {{"mismatches", "searches with another pair than the definition's", "0", at_most(0), at_most(0), ""},
        {"relative_error", "largest relative error of a squared distance", "", at_most(1e-6), at_most(1e-4), ""}},
       ""},
      {"P2",
       "With a large beta the constraint becomes that of the same state: PRDC turns into TD3+BC.",
       "Section 3.1",
       std::string("beta 1000. ") + pendulum,
       {{"own_share", "least mean share over the sets of samples whose nearest pair is their own", "1", at_least(0.9),
         at_least(0.5), ""},
        {"difference", "largest difference of the mean normalised returns of PRDC and TD3+BC over the four sets", "0",
         at_most(5), at_most(15), "points"},
        {"trajectory", "largest difference of actor parameters after 300 updates where states are unique", "0",
         at_most(0), at_most(1e-5), ""}},
       ""},
      {"P3",
       "Drawing to the nearest pair beats drawing to the pair of the same state.",
       "Section 5",
       std::string("beta 2, normalised returns (-1225 is 0, -150 is 100), paired by data and seed. ") + pendulum,
       {{"mean_gain", "PRDC minus TD3+BC, mean over the four sets", "", at_least(15), at_least(0), "points"},
        {"random_gain", "the same on the random set", "", at_least(50), at_least(0), "points"}},
       ""},
      {"P4",
       "The best beta lies between the extremes.",
       "Section 5.3",
       std::string("Pendulum medium, beta in {0.1, 0.5, 1, 2, 5, 20, 1000}. ") + pendulum,
       {{"best_beta", "beta with the best mean return", "", between(0.5, 5), between(0.2, 20), ""},
        {"gain_over_small", "best mean minus that of beta 0.1", "", at_least(10), at_least(0), "points"},
        {"gain_over_large", "best mean minus that of beta 1000", "", at_least(10), at_least(0), "points"}},
       ""},
      {"P5",
       "The constraint keeps values in check: overestimation is bounded by the distance to the data.",
       "Section 4",
       std::string(
           "Critic's value of start states less the discounted return, pendulum medium; the inequality derived from it on 10 000 states. ") +
           pendulum,
       {{"gap_ratio", "gap of TD3 over that of PRDC (beta 2)", "", at_least(1.5), at_least(1), ""},
        {"lipschitz", "largest |Q(s, pi(s)) - Q(nearest pair)| over its Lipschitz bound", "1", at_most(1), at_most(1),
         ""}},
       ""},
      {"P6",
       "TD3 without a constraint fails on narrow data.",
       "Section 1",
       "Return of TD3 less the mean return of the data's own policy: pendulum medium and expert; normalised return on maze2d-umaze (100 000 transitions, batch "
       "128, 20 000 updates).",
       {{"pendulum_medium", "TD3 minus behaviour, pendulum medium", "", at_most(0), at_most(50), ""},
        {"pendulum_expert", "TD3 minus behaviour, pendulum expert", "", at_most(0), at_most(50), ""},
        {"umaze", "TD3 minus behaviour, rewarded steps in umaze", "", at_most(0), at_most(10), ""}},
       ""},
      {"P7",
       "It works on locomotion: as good as TD3+BC or better.",
       "Section 5, Table 1",
       "HalfCheetah, 50 000 transitions of our own TD3 a set, 2x128, batch 256, 20 000 updates, 3 seeds; measured at the full budget only: making the data "
       "takes a CPU minute, the trainings ten.",
       {{"medium", "return of PRDC over that of TD3+BC, medium", "", at_least(0.9), at_least(0.7), ""},
        {"replay", "the same, medium-replay", "", at_least(0.9), at_least(0.7), ""},
        {"random", "the same, random", "", at_least(0.9), at_least(0.7), ""},
        {"td3_medium", "return of TD3 less the mean return of the medium data", "", at_most(0), at_most(500), ""}},
       ""},
      {"P8",
       "State of the art on D4RL's locomotion and AntMaze data.",
       "Table 1",
       "",
       {},
       "needs D4RL's files and a million updates a set: `prdc train FILE --task TASK --paper-scale` does one and prints it beside the paper's table"},
      {"P9",
       "Actions are borrowed across states.",
       "Section 3.1, Figure 1",
       "Line world: only from place 9 on do the data go to the right (edge), or everywhere (easy); 10 000 steps, 2x64, batch 64, 4000 updates. A success "
       "reaches 10 from 0 at the last evaluation.",
       {{"edge_small_beta", "share of seeds in which PRDC with beta 0.1 succeeds on edge", "1", at_least(0.8),
         at_least(0.5), ""},
        {"edge_large_beta", "share of seeds in which PRDC with beta 2 succeeds on edge", "0", at_most(0), at_most(0.4),
         ""},
        {"edge_td3_bc", "share of seeds in which TD3+BC succeeds on edge", "0", at_most(0), at_most(0.4), ""},
        {"easy", "least share of successes of the three on easy", "1", at_least(1), at_least(0.6), ""}},
       ""},
      {"P10",
       "Where walks must be stitched together, both constraints beat cloning and unconstrained TD3 (our check; the paper's mazes are AntMaze).",
       "our addition",
       "maze2d-umaze, 100 000 transitions, 2x64, batch 128, 20 000 updates, rewarded steps of 300.",
       {{"prdc", "return of PRDC (beta 2) over the better of BC and TD3", "", at_least(3), at_least(1), ""},
        {"td3_bc", "return of TD3+BC over the better of BC and TD3", "", at_least(3), at_least(1), ""}},
       ""}};
}

template <class Options>
VerbBuilder<Options> training_verb(const char* name, const char* help) {
  auto builder = verb<Options>(name, help);
  builder
      .option(&Options::data, "data", "Data set in D4RL's layout", Positional{}, Required{},
              Accepts{{"hdf5", "h5", "npz"}})
      .option(&Options::task, "task", "Task to evaluate on (offprint control tasks); train also works without",
              Suggestions{control::task_names()})
      .option(&Options::alpha, "alpha", "Weight of values: lambda is alpha over the batch's mean |Q|",
              between(1e-6, 1e9))
      .option(&Options::steps, "steps", "Updates", between(1, 1e9))
      .option(&Options::batch, "batch", "Transitions an update", between(1, 1e6))
      .option(&Options::hidden, "hidden", "Units of the hidden layers", between(1, 1e4))
      .option(&Options::learning_rate, "learning-rate", "Of Adam", between(1e-9, 1))
      .option(&Options::discount, "discount", "Of future rewards", between(0, 0.99999))
      .option(&Options::reward_scale, "reward-scale", "Rewards are multiplied by this (AntMaze: 10000)",
              between(-1e9, 1e9))
      .option(&Options::reward_shift, "reward-shift", "and this is added (AntMaze: -1)", between(-1e9, 1e9))
      .option(&Options::evaluations, "evaluations", "How often to evaluate, equally spaced", between(1, 10000))
      .option(&Options::episodes, "episodes", "Episodes an evaluation", between(1, 10000))
      .option(&Options::search, "search", "How nearest pairs are found",
              Choices<SearchMethod>{{{"auto", SearchMethod::automatic},
                                     {"tree", SearchMethod::kd_tree},
                                     {"brute-force", SearchMethod::brute_force}}});
  return builder;
}

}  // namespace

const Paper& paper() {
  static const Paper description{
      .slug = "prdc",
      .title = "Policy Regularization with Dataset Constraint for Offline Reinforcement Learning",
      .authors = {"Yuhang Ran", "Yi-Chen Li", "Fuxiang Zhang", "Zongzhang Zhang", "Yang Yu"},
      .venue = "ICML 2023",
      .year = 2023,
      .arxiv = "2306.06569",
      .published = "2023-06-11",
      .wing = "offline RL",
      .summary =
          "Most offline methods hold the policy to the action logged in that very state, even if it was poor. Here the pair of state and chosen action $(s, "
          "\\pi(s))$ is pulled to the "
          "nearest pair of the whole data set, $\\min_{(\\hat s, \\hat a)} \\| (\\beta s, \\pi(s)) - (\\beta \\hat s, \\hat a) \\|$, so that a better action "
          "logged nearby may be borrowed. "
          "A tree search makes it affordable. Use it on logged transitions of any controller with continuous actions.",
      .links = {{"arXiv", "https://arxiv.org/abs/2306.06569"}, {"Reference code", "https://github.com/LAMDA-RL/PRDC"}},
      .bibtex =
          "@inproceedings{ran2023prdc,\n  title = {Policy Regularization with Dataset Constraint for Offline Reinforcement Learning},\n  author = {Ran, Yuhang "
          "and Li, Yi-Chen and Zhang, "
          "Fuxiang and Zhang, Zongzhang and Yu, Yang},\n  booktitle = {International Conference on Machine Learning},\n  year = {2023}\n}",
      .claims = claims(),
      .verbs = {
          training_verb<TrainOptions>("train", "Train a policy on logged transitions")
              .option(&TrainOptions::beta, "beta", "Weight of states in the distance; 0: actions alone",
                      between(0, 1e9))
              .option(&TrainOptions::k, "k", "Nearest pairs whose mean action is the target", between(1, 1e6))
              .option(&TrainOptions::paper_scale, "paper-scale",
                      "The paper's sizes: a million updates, 50 episodes an evaluation; alpha 40 on half-cheetah")
              .option(&TrainOptions::resume, "resume",
                      "Go on from the checkpoint of a stopped training, if there is one")
              .output(&TrainOptions::output, "policy.safetensors", "Where to write the policy")
              .example("train hc_medium.hdf5 --task half-cheetah --steps 8000 --seed 0 -o policy.safetensors")
              .runs(train_verb),
          training_verb<SweepOptions>("sweep", "Compare values of beta, and BC, TD3 and TD3+BC, over several seeds")
              .option(&SweepOptions::betas, "beta", "Weights of states to try", between(0, 1e9))
              .option(&SweepOptions::seeds, "seeds", "Trainings of each", between(1, 1000))
              .example("sweep data.hdf5 --task pendulum --hidden 64,64 --batch 64 --learning-rate 0.001 --threads 2")
              .runs(sweep_verb),
          verb<NeighboursOptions>("neighbours", "How far a policy is from a log: the nearest pair of every state")
              .option(&NeighboursOptions::data, "data", "Data set in D4RL's layout", Positional{}, Required{},
                      Accepts{{"hdf5", "h5", "npz"}})
              .option(&NeighboursOptions::policy, "policy", "Policy written by a train verb", Positional{}, Required{},
                      Accepts{{"safetensors"}})
              .option(&NeighboursOptions::beta, "beta", "Weight of states in the distance", between(0, 1e9))
              .option(&NeighboursOptions::rows, "rows", "States to look at, spread over the log", between(1, 1e9))
              .output(&NeighboursOptions::output, "neighbours.csv", "Where to write one line a state")
              .example("neighbours hc_medium.hdf5 policy.safetensors -o neighbours.csv")
              .runs(neighbours_verb),
          verb<BenchOptions>("bench", "Speed of the search: tree against brute force")
              .option(&BenchOptions::pairs, "pairs", "Logged pairs", between(1, 1e8))
              .option(&BenchOptions::queries, "queries", "Searches", between(1, 1e8))
              .runs(bench_verb),
          reproduce_verb().runs(reproduce)}};
  return description;
}

}  // namespace offprint::prdc
