#include <fmt/format.h>

#include "offprint/control/collection.hpp"
#include "offprint/control/report/options.hpp"
#include "offprint/control/verbs/show_dataset.hpp"

namespace offprint::control::verbs {
namespace {

struct CollectOptions {
  std::string task = "half-cheetah", kind = "medium";
  int steps = 0, training_steps = 0;
  Physics physics = Physics::exact;
  bool anew = false;
  OutputFile output;
};

void collect_data(const CollectOptions& options, Run& run) {
  const auto& task = find_task(options.task);
  CollectSettings settings;
  settings.kind = options.kind;
  settings.steps = static_cast<std::size_t>(options.steps > 0 ? options.steps : task.data_steps);
  settings.physics = options.physics;
  settings.seed = run.seed();
  settings.training_steps = options.training_steps;
  settings.cached = !options.anew;
  bool agent = false;
  const int training = options.training_steps > 0 ? options.training_steps : task.recipe.steps;
  const auto data = control::collect(task, settings, [&](int step, const Checkpoint* newest) {
    if (newest) {
      agent = true;
      run.metric("return of the agent", step, newest->episode_return);
    }
    run.progress(step, agent ? training : static_cast<double>(settings.steps), agent ? "steps of the agent" : "steps");
  });
  if (data.size() < settings.steps)
    run.note(fmt::format("the agent had seen {} transitions when it was of medium strength: all of them are written",
                         data.size()));
  write_dataset(options.output.path, data);
  show_dataset(data, &task, run);
  run.file(options.output.path, fmt::format("{} transitions of {} {}", data.size(), task.name, options.kind));
}

}  // namespace

Verb collect() {
  return verb<CollectOptions>("collect", "Make a data set: train an agent where the kind needs one, then let it act")
      .option(&CollectOptions::task, "task", "The task; offprint control tasks lists them", Suggestions{task_names()})
      .option(&CollectOptions::kind, "kind",
              "random, medium, medium-replay, expert, medium-expert; waypoint in mazes; easy or edge in the line world")
      .option(&CollectOptions::steps, "steps", "Transitions; 0: the task's usual number", between(0, 1e8))
      .option(&CollectOptions::training_steps, "training-steps", "Steps of the online agent; 0: the task's recipe",
              between(0, 1e8))
      .option(&CollectOptions::physics, "physics", physics_help, physics_names)
      .option(&CollectOptions::anew, "anew", "Train the agent again instead of taking its run from the cache")
      .output(&CollectOptions::output, "data.hdf5", "Where to write the data: .hdf5 in D4RL's layout, or .npz")
      .example("collect --task half-cheetah --kind random --steps 5000 -o data.hdf5")
      .runs(collect_data);
}

}  // namespace offprint::control::verbs
