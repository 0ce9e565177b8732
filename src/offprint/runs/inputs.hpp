// What runs read. Whoever asks over HTTP can name a data set of the catalogue, an upload or a file that an earlier run
// wrote, and nothing else; a path is only ever given on the command line.
#pragma once
#include "offprint/runs/sandbox.hpp"
#include "offprint/runs/store.hpp"

namespace offprint::runs {

/// `data:NAME`, `upload:SHA256/NAME` or `run:RUN/FILE`, by its form alone: whether there is such a thing, open_input()
/// tells.
bool is_identity(std::string_view source);

/// True for an option whose values are files.
bool takes_files(const Option& option);

/// The sources that an option's text names: several, separated by commas, if the option takes several.
std::vector<std::string> sources_in(const Option& option, const std::string& text);

/// One input, found and checked.
struct Input {
  std::string source;
  std::filesystem::path file;  ///< empty for a data set
  std::string sha256;          ///< of the file
  std::string inside;  ///< what the run is given: `inputs/run-3/model.json`; data sets and paths stay as they are
};

/// Throws BadInput if there is no such input or if its bytes are no longer those that were uploaded or written.
Input open_input(Store& store, const std::string& source);

/// What people call a source: the uploaded file's name, the written file's name; others as they are.
std::string shown_source(Store& store, const std::string& source);
/// An option's text with every source as shown_source() has it; texts of other options as they are.
std::string shown_text(Store& store, const Option* option, const std::string& text);
/// The folders of inputs taken out of what a run said.
std::string without_input_folders(std::string text);

/// Where uploads lie, each in a folder named by its hash.
std::filesystem::path uploads_of(const Store& store);

/// The run's command line, `program` first, and its inputs as it sees them.
Job job_of(Store& store, const RunRecord& run, const std::string& program);
/// After the run: of what it left beside its inputs only the marks of used states stay.
void tidy_marks(const Job& job);

}  // namespace offprint::runs
