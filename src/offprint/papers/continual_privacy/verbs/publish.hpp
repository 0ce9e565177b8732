// What count, maxsum, sumselect and resume share: a stream published row by row, and the state in between.
#pragma once
#include "offprint/papers/continual_privacy/verbs/stream.hpp"

namespace offprint::continual_privacy {

/// count, maxsum or sumselect. `suggested` is what the page calls the file of releases.
Verb publishing_verb(Statistic statistic, const char* help, const std::vector<MechanismKind>& kinds,
                     const char* suggested, const char* example);

struct ReleaseOptions {
  bool truth = false;
  OutputFile output, state;
};

/// Publishes the rows, and writes releases and state.
void release_rows(StreamMechanism& mechanism, const TableStream& table, const StreamOptions& reader, bool reproducible,
                  const ReleaseOptions& options, Run& run);

/// BadInput if the rows go beyond the horizon.
void refuse_overrun(const TableStream& table, const StreamMechanism& mechanism, const std::string& source);

/// The operating system's, or that of the run's seed from step `now` on.
RandomBits noise_source(bool reproducible, std::int64_t now, const Run& run);

/// A stream as its state left it.
struct SavedStream {
  StreamOptions reader;
  bool reproducible = false;
  std::unique_ptr<StreamMechanism> mechanism;
};
SavedStream read_state(const std::filesystem::path& file, const Run& run);

}  // namespace offprint::continual_privacy
