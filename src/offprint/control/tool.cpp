#include "offprint/paper/paper.hpp"

namespace offprint::control {

namespace verbs {
Verb tasks();
Verb random();
Verb collect();
Verb info();
Verb train();
Verb evaluate();
Verb bench();
Verb import_data();
}  // namespace verbs

const Paper& tool() {
  static const Paper description{
      .slug = "control",
      .verbs = {verbs::tasks(), verbs::random(), verbs::collect(), verbs::info(), verbs::train(), verbs::evaluate(),
                verbs::bench(), verbs::import_data()},
      .title = "Continuous control and offline data",
      .summary =
          "Tasks on MuJoCo with Gym's definitions, mazes, a pendulum; data sets in D4RL's layout made or read; "
          "online and offline agents; evaluation."};
  return description;
}

}  // namespace offprint::control
