// `offprint doctor`: what this machine offers, and what to do about what is missing.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <iostream>
#include <thread>

#include "offprint/base/file.hpp"
#include "offprint/base/share.hpp"
#include "offprint/cli/commands.hpp"
#include "offprint/data/catalogue.hpp"
#include "offprint/nn/blas.hpp"
#include "offprint/nn/blas_kernels.hpp"
#include "offprint/paper/catalogue.hpp"
#include "offprint/paper/json.hpp"
#include "offprint/runs/sandbox.hpp"
#include "offprint/runs/store.hpp"

namespace offprint {
namespace {

namespace fs = std::filesystem;

struct Finding {
  std::string what, state, mend;  ///< an empty mend: fine
};

Finding user_folder() {
  try {
    const auto folder = user_data_folder();
    fs::create_directories(folder);
    write_file(folder / ".doctor", "");
    fs::remove(folder / ".doctor");
    const auto free_gib = static_cast<double>(fs::space(folder).available) / (1 << 30);
    return {"data folder", fmt::format("{}, {:.1f} GiB free", folder.string(), free_gib),
            free_gib < 1 ? "free some disk space, or set OFFPRINT_DATA to another disk" : ""};
  } catch (const std::exception& error) {
    return {"data folder", error.what(), "set OFFPRINT_DATA to a folder you can write"};
  }
}

Finding sandbox() {
  const auto failure = runs::sandbox_failure();
  return {
      "sandbox",
      failure.empty()
          ? fmt::format("holds: {} probes, which offprint doctor --security names", runs::sandbox_probes().size())
          : failure,
      failure.empty() ? "" : "install bubblewrap, and allow user namespaces; offprint doctor --security tells more"};
}

/// Recorded runs whose numbers are no longer those that were recorded.
Finding recorded_runs() {
  const auto folder = user_data_folder();
  if (!fs::exists(folder / "offprint.db")) return {"runs", "none recorded yet", ""};
  runs::Store store(folder);
  std::size_t count = 0;
  std::string changed;
  for (std::int64_t before = 0;;) {
    const auto some = store.list(200, before);
    if (some.empty()) break;
    for (const auto& run : some) {
      ++count;
      if (const auto what = store.changed_since_recorded(run.id, true); !what.empty())
        changed += fmt::format("{}run {}: {}", changed.empty() ? "" : "; ", run.id, what);
    }
    before = some.back().id;
  }
  return {"runs", changed.empty() ? fmt::format("{} recorded, all as they were recorded", count) : changed,
          changed.empty() ? "" : "their numbers are unverified: run them again, then offprint runs rm"};
}

/// What was tried to get out of a run's sandbox, and what came of it.
int print_security(bool json) {
  Json rows = Json::array();
  for (const auto& probe : runs::sandbox_probes()) {
    rows.push_back({{"what", probe.what}, {"held", probe.held}});
    if (!json) std::cout << fmt::format("{:<7}{}\n", probe.held ? "holds" : "FAILED", probe.what);
  }
  const auto failure = runs::sandbox_failure();
  if (json)
    std::cout << Json{{"probes", rows}, {"works", failure.empty()}}.dump(2) << '\n';
  else
    std::cout << (failure.empty() ? "Queued runs are started in this sandbox." : "Queued runs are refused: " + failure)
              << '\n';
  return failure.empty() ? 0 : 1;
}

Finding plots() {
  const int status = std::system("command -v gnuplot >/dev/null 2>&1");
  return {"gnuplot", status == 0 ? "present" : "absent",
          status == 0 ? "" : "apt-get install gnuplot-nox, to export figures as SVG"};
}

Finding data_sets() {
  std::string absent;
  for (const auto& set : data::list())
    if (!set.present) absent += (absent.empty() ? "" : ", ") + set.name;
  return {"data sets", absent.empty() ? "all present" : "not here: " + absent,
          absent.empty() ? "" : "offprint data get NAME"};
}

Finding blas() {
  const double speed = nn::blas_gigaflops();
  return {"BLAS", fmt::format("{} ({}), {:.0f} GFLOP/s on one thread", nn::blas_name(), nn::blas_choice(), speed),
          speed < 5 ? "far too slow for this processor: is a reference BLAS in place of OpenBLAS? apt-get install "
                      "libopenblas0-pthread"
                    : ""};
}

struct DoctorOptions : JsonOption {
  bool security = false;
};

int examine(const DoctorOptions& options) {
  if (options.security) return print_security(options.json);
  const std::vector<Finding> findings{
      {"program", "offprint " + version() + " (" + build_commit() + ")", ""},
      {"papers", fmt::format("{} listed, {} that run", all_papers().size(), papers().size()), ""},
      {"processors", std::to_string(std::thread::hardware_concurrency()), ""},
      {"memory",
       fmt::format("{:.1f} GiB", static_cast<double>(sysconf(_SC_PHYS_PAGES)) *
                                     static_cast<double>(sysconf(_SC_PAGE_SIZE)) / (1 << 30)),
       ""},
      blas(),
      user_folder(),
      sandbox(),
      recorded_runs(),
      plots(),
      data_sets()};
  if (options.json) {
    Json rows = Json::array();
    for (const auto& finding : findings)
      rows.push_back({{"what", finding.what}, {"state", finding.state}, {"mend", finding.mend}});
    std::cout << Json{{"findings", rows}}.dump(2) << '\n';
    return 0;
  }
  for (const auto& finding : findings)
    std::cout << fmt::format("{:<13}{}{}\n", finding.what, finding.state,
                             finding.mend.empty() ? "" : "\n             -> " + finding.mend);
  return 0;
}

}  // namespace

std::vector<Action> doctor_command() {
  return {
      action("", "Check this machine",
             options_of<DoctorOptions>()
                 .option(&DoctorOptions::security, "security", "What was probed of the sandbox and the page's guards")
                 .with(json_option),
             examine)};
}

}  // namespace offprint
