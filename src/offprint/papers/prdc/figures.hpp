// The room's figures.
#pragma once
#include "offprint/paper/figure.hpp"
#include "offprint/papers/prdc/experiment.hpp"

namespace offprint::prdc {

/// Returns against beta, a panel a data set, baselines as dashed lines.
struct ReturnPoint {
  std::string kind;
  Method method;
  double beta, value, deviation;
};
Figure return_figure(const std::vector<ReturnPoint>& points);

/// Pendulum: logged states, and lines from some of them to the states whose actions the policy borrows.
Figure phase_plane(const control::LearningData& data, const Constraint& constraint);

/// Critic's value of start states and discounted returns along trainings.
Figure value_figure(const std::vector<std::pair<std::string, const control::TrainingResult*>>& trainings);

/// Line world: policies over the place against the logged actions.
Figure line_world_figure(const control::LearningData& data,
                         const std::vector<std::pair<std::string, const control::Policy*>>& policies);

}  // namespace offprint::prdc
