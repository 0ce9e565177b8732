// A table as a stream: which columns, in which order, and what their values may be.
#pragma once
#include "offprint/paper/verb.hpp"
#include "offprint/papers/continual_privacy/names.hpp"
#include "offprint/papers/continual_privacy/streams.hpp"

namespace offprint::continual_privacy {

/// What to do with an event whose value is missing.
enum class MissingPolicy { reject, zero };

struct StreamOptions {
  InputFile input;
  std::vector<std::string> columns, levels;
  std::string time;
  double low = 0, high = 1, grid = 1;
  OutsidePolicy outside = OutsidePolicy::reject;
  MissingPolicy missing = MissingPolicy::reject;
};

inline const auto stream_options =
    options_of<StreamOptions>()
        .option(&StreamOptions::input, "input", "Table with one row an event", Required{},
                Accepts{{"csv", "tsv", "jsonl", "npy"}}, Example{"data:example-clinic-visits"})
        .option(&StreamOptions::columns, "column",
                "Columns of numbers, or one of texts, which becomes one column a level")
        .option(&StreamOptions::levels, "levels",
                "All texts that may occur; default: those of the table, with a warning")
        .option(&StreamOptions::time, "time", "Column to sort the events by; default: as they stand")
        .option(&StreamOptions::low, "low", "Least value that may occur")
        .option(&StreamOptions::high, "high", "Greatest value that may occur")
        .option(&StreamOptions::grid, "grid", "All values are multiples of this", between(1e-12, 1e12))
        .option(&StreamOptions::outside, "outside", "What to do with a value outside low to high",
                Choices<OutsidePolicy>{{{"reject", OutsidePolicy::reject}, {"clip", OutsidePolicy::clip}}})
        .option(&StreamOptions::missing, "missing", "What to do with a missing value: zero counts it nowhere",
                Choices<MissingPolicy>{{{"reject", MissingPolicy::reject}, {"zero", MissingPolicy::zero}}});

/// What the columns are called, and how their values became rows.
struct TableStream {
  std::vector<std::string> names;
  RowSpec rows;
  Stream stream;
};

/// Reads the rows; BadInput names the first value that does not fit. `options` comes back with the columns and levels
/// that were found, so that the continuation of a stream reads its table alike.
TableStream read_stream(StreamOptions& options, Neighbours neighbours, Run& run);

}  // namespace offprint::continual_privacy
