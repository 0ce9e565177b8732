// What the experiments share: data sets, trainings, and the figures of these.
#pragma once
#include <map>

#include "offprint/paper/reproduction.hpp"
#include "offprint/papers/prdc/verbs/training.hpp"

namespace offprint::prdc {

/// A data set ready to learn from, and how good its own policy was.
struct Set {
  control::LearningData learning;
  double behaviour_return = 0;
};

/// What tells one training from another, but for its seed.
struct Arm {
  std::string task, kind;
  Method method = Method::prdc;
  double beta = 0;  ///< of PRDC
  auto operator<=>(const Arm&) const = default;
};

class Trainings {
 public:
  explicit Trainings(Measurement& m) : m_(m) {}

  /// Each seed has data of its own, from an online agent with that seed; on half-cheetah, where an agent costs a
  /// minute, all seeds share the first one's.
  const Set& set(const std::string& task, const std::string& kind, std::size_t seed);
  /// Trains what is missing: seeds 0 to m.repetitions() - 1 of each arm.
  void need(const std::vector<Arm>& arms, const char* what);
  /// By seed; what need() has trained.
  const std::vector<Outcome>& of(const Arm& arm) const { return outcomes_.at(arm); }
  std::vector<double> returns(const Arm& arm) const { return members(of(arm), &Outcome::final_return); }
  std::vector<double> scores(const Arm& arm) const;  ///< normalised returns
  /// Final return less that of the data's own policy, by seed.
  std::vector<double> above_behaviour(const Arm& arm);

  /// A table of everything trained on this task so far, and returns against beta on the pendulum.
  void show(const std::string& task) const;

 private:
  Trial trial(const Arm& arm, std::size_t seed) const;

  Measurement& m_;
  std::map<std::string, Set> sets_;
  std::map<Arm, std::vector<Outcome>> outcomes_;
};

/// Pendulum: logged states, and lines from some of them to the states whose actions the policy borrows.
Figure phase_plane(const control::LearningData& data, const Constraint& constraint);
/// Critic's value of start states and discounted returns along trainings.
Figure value_figure(const std::vector<std::pair<Method, const Outcome*>>& outcomes);
/// Line world: policies over the place against the logged actions.
Figure line_world_figure(const control::LearningData& data,
                         const std::vector<std::pair<std::string, const Outcome*>>& outcomes);

}  // namespace offprint::prdc
