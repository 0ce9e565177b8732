#include "offprint/base/text.hpp"
#include "offprint/control/task.hpp"
#include "offprint/paper/verb.hpp"

namespace offprint::control::verbs {
namespace {

struct NoOptions {};

void list_tasks(const NoOptions&, Run& run) {
  ResultTable table{
      "tasks", "Tasks", {"task", "family", "observations", "actions", "steps", "score_0", "score_100", "kinds"}};
  for (const auto& task : control::tasks())
    table.row(task.name, task.family, task.observations, task.actions, task.max_steps, task.zero_score,
              task.hundred_score, join(task.kinds, ", "));
  run.table(table);
  run.note(
      "Returns of score_0 and score_100 have the normalised scores 0 and 100; those of half-cheetah, hopper, walker2d "
      "and the mazes are D4RL's");
}

}  // namespace

Verb tasks() { return verb<NoOptions>("tasks", "List the tasks").example("tasks").instant().runs(list_tasks); }

}  // namespace offprint::control::verbs
