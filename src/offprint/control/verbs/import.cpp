#include <fmt/format.h>

#include "offprint/control/report/options.hpp"
#include "offprint/control/verbs/show_dataset.hpp"
#include "offprint/data/catalogue.hpp"

namespace offprint::control::verbs {
namespace {

enum class Layout { minari, csv, d4rl };
const Choices<Layout> layouts{{{"minari", Layout::minari}, {"csv", Layout::csv}, {"d4rl", Layout::d4rl}}};

struct ImportOptions {
  InputFile data;
  Layout layout = Layout::minari;
  std::string task;
  bool rescale = false;
  OutputFile output;
};

void import_file(const ImportOptions& options, Run& run) {
  const ReadOptions reading{task_or_none(options.task), options.rescale};
  const auto& source = options.data.source;
  auto data = options.layout == Layout::csv      ? read_csv_dataset(source, reading)
              : options.layout == Layout::minari ? read_minari(data::resolve(source), reading)
                                                 : read_dataset(data::resolve(source), reading);
  if (reading.task) data.task = reading.task->name;
  write_dataset(options.output.path, data);
  show_dataset(data, reading.task, run);
  run.file(options.output.path, fmt::format("{} transitions", data.size()));
}

}  // namespace

Verb import_data() {
  return verb<ImportOptions>("import", "Make a data set in D4RL's layout of another file")
      .option(&ImportOptions::data, "data", "The other file", Positional{}, Required{},
              Accepts{{"hdf5", "h5", "npz", "csv", "tsv", "jsonl"}}, Example{"data:example-control-log"})
      .option(&ImportOptions::layout, "layout",
              "Its layout: Minari's groups, a table with columns s0.., a0.., r, terminal, or D4RL's to mend or convert",
              layouts)
      .option(&ImportOptions::task, "task", "Check its widths against this task", Suggestions{task_names()})
      .option(&ImportOptions::rescale, "rescale", "Divide actions by the largest if they leave -1 to 1")
      .output(&ImportOptions::output, "data.hdf5", "Where to write the data: .hdf5 or .npz")
      .example("import data:example-control-log --layout csv --task pendulum -o pendulum.hdf5")
      .runs(import_file);
}

}  // namespace offprint::control::verbs
