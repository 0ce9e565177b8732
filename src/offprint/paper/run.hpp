// Run: the only way out of a verb. The terminal draws it, the recorder stores it, the page streams it, a test reads it.
#pragma once
#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "offprint/base/error.hpp"
#include "offprint/base/random.hpp"
#include "offprint/paper/claim.hpp"
#include "offprint/paper/figure.hpp"

namespace offprint {

class EventSink;

/// What every verb has beside its own options.
struct RunSettings {
  std::uint64_t seed = 0;
  int threads = 1;             ///< >= 1
  std::string device = "cpu";  ///< "cpu" or "cuda"
};

/// Thread-safe: verbs may report from worker threads.
class Run {
 public:
  /// `claims` are those of the paper: claim() refuses any other. `cancel` may be raised from a signal handler or
  /// another thread.
  Run(RunSettings settings, std::vector<Claim> claims, EventSink& sink, const std::atomic<bool>* cancel = nullptr);
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  std::uint64_t seed() const { return settings_.seed; }
  int threads() const { return settings_.threads; }
  const std::string& device() const { return settings_.device; }
  const std::vector<Claim>& claims() const { return claims_; }
  Random random(std::string_view stream) const;  ///< the stream of this name of this run's seed

  /// Reports `done` of `total` (0: unknown) and throws Cancelled if asked to stop. At most 20 reports a second reach
  /// the sinks.
  void progress(double done, double total, std::string_view what);
  /// Says that what follows is part `part` of `parts`, counted from 1: told with every progress report.
  void stage(int part, int parts);
  /// Throws Cancelled if asked to stop. Cheap: call it in every long loop.
  void check_cancelled() const;
  bool cancelled() const;

  void metric(std::string_view name, double step, double value);  ///< a point of a live curve
  void table(const ResultTable& table);
  void figure(const Figure& figure);
  /// A finished output file. `name` is what a downloader calls it; empty: its own name.
  void file(const std::filesystem::path& path, std::string_view description, std::string_view name = "");
  void note(std::string_view text);
  void warning(std::string_view text);
  /// The measured value of one check of one claim of the paper; std::logic_error if the paper has no such check.
  void claim(std::string_view claim_id, std::string_view check, const Estimate& estimate);

  const Estimates& estimates() const { return estimates_; }

 private:
  struct Shared;
  RunSettings settings_;
  std::vector<Claim> claims_;
  Estimates estimates_;
  std::unique_ptr<Shared> shared_;
};

}  // namespace offprint
