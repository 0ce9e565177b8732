#include "offprint/control/report/options.hpp"
#include "offprint/control/verbs/show_dataset.hpp"

namespace offprint::control::verbs {
namespace {

struct InfoOptions {
  InputFile data;
  std::string task;
};

void look_at_data(const InfoOptions& options, Run& run) {
  const auto* task = task_or_none(options.task);
  const auto data = load_dataset(options.data, task);
  const auto or_unknown = [](const std::string& text) { return text.empty() ? std::string("unknown") : text; };
  run.table(ResultTable{
      "file",
      "The file",
      {"observations", "actions", "next_observations", "simulator_state", "task", "kind", "algorithm", "physics"}}
                .row(data.observation_size, data.action_size, !data.next_observations.empty(), !data.positions.empty(),
                     or_unknown(data.task), or_unknown(data.kind), or_unknown(data.algorithm),
                     or_unknown(data.physics)));
  show_dataset(data, task, run);
}

}  // namespace

Verb info() {
  return verb<InfoOptions>("info", "Look at a data set")
      .option(&InfoOptions::data, "data", dataset_help, Positional{}, Required{}, dataset_files, dataset_example)
      .option(&InfoOptions::task, "task", "Check its widths against this task and give normalised scores",
              Suggestions{task_names()})
      .example("info data.hdf5 --task half-cheetah")
      .instant()
      .runs(look_at_data);
}

}  // namespace offprint::control::verbs
