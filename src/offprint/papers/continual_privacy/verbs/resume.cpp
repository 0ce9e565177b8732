#include <cerrno>
#include <cstdio>
#include <cstring>

#include "offprint/data/catalogue.hpp"
#include "offprint/papers/continual_privacy/verbs/publish.hpp"

namespace offprint::continual_privacy::verbs {
namespace {

struct ResumeOptions : ReleaseOptions {
  InputFile saved, input;
};

/// Marks a state as used, before the first draw: whatever happens afterwards, it is not continued a second time
/// unawares.
void claim_state(const std::filesystem::path& state) {
  const auto mark = state.string() + ".used";
  std::FILE* file = std::fopen(mark.c_str(), "wx");
  if (file == nullptr && errno == EEXIST)
    throw BadInput(mark, "this state was continued before, and a second time would draw new noise for the same steps",
                   "go on from the state written then; if nothing was published then, remove this file");
  if (file == nullptr)
    throw IoError(mark, "cannot mark the state as used (" + std::string(std::strerror(errno)) +
                            "); resume where its folder can be written");
  std::fclose(file);
}

void resume_stream(const ResumeOptions& options, Run& run) {
  const auto state = data::resolve(options.saved.source);
  auto saved = read_state(state, run);
  saved.reader.input = options.input;
  const auto table = read_stream(saved.reader, saved.mechanism->config().rows.neighbours, run);
  refuse_overrun(table, *saved.mechanism, options.input.source);
  claim_state(state);
  release_rows(*saved.mechanism, table, saved.reader, saved.reproducible, options, run);
}

}  // namespace

Verb resume() {
  return verb<ResumeOptions>("resume", "Go on with a stream from its saved state, once")
      .option(&ResumeOptions::saved, "saved", "State written by --state or --next-state; marked as used", Positional{},
              Required{}, Accepts{{"json"}}, Example{"state.json"})
      .option(&ResumeOptions::input, "input", "Table with the next events", Required{},
              Accepts{{"csv", "tsv", "jsonl", "npy"}}, Example{"data:example-clinic-later-visits"})
      .option(&ResumeOptions::truth, "truth", "Show the true values since the restart beside the releases: not private")
      .output(&ResumeOptions::output, "more_releases.csv", "Where to write the releases, one row an event")
      .option(&ResumeOptions::state, "next-state", "Where to write the state to resume from next",
              SuggestedName{"next_state.json", false})
      .example(
          "resume state.json --input data:example-clinic-later-visits -o more_releases.csv "
          "--next-state next_state.json")
      .runs(resume_stream);
}

}  // namespace offprint::continual_privacy::verbs
