// `offprint doctor`: what this machine offers, and what to do about what is missing.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <functional>
#include <iostream>
#include <thread>

#include "offprint/base/file.hpp"
#include "offprint/base/share.hpp"
#include "offprint/cli/commands.hpp"
#include "offprint/control/task.hpp"
#include "offprint/data/catalogue.hpp"
#include "offprint/nn/blas.hpp"
#include "offprint/nn/blas_kernels.hpp"
#include "offprint/paper/catalogue.hpp"
#include "offprint/paper/json.hpp"

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
  const int status = std::system("bwrap --ro-bind / / --unshare-all true >/dev/null 2>&1");
  return {"sandbox", status == 0 ? "bubblewrap works" : "bubblewrap does not work here",
          status == 0 ? "" : "install bubblewrap, and allow user namespaces"};
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
  return {
      "BLAS", fmt::format("{} ({}), {:.0f} GFLOP/s on one thread", nn::blas_name(), nn::blas_choice(), speed),
      speed < 5
          ? "far too slow for this processor: is a reference BLAS in place of OpenBLAS? apt-get install libopenblas0-pthread"
          : ""};
}

int examine(const JsonOption& options) {
  const std::vector<Finding> findings{
      {"program", "offprint " + version() + " (" + build_commit() + ")", ""},
      {"papers", fmt::format("{} listed, {} with a room", all_papers().size(), papers().size()), ""},
      {"processors", std::to_string(std::thread::hardware_concurrency()), ""},
      {"memory",
       fmt::format("{:.1f} GiB", static_cast<double>(sysconf(_SC_PHYS_PAGES)) *
                                     static_cast<double>(sysconf(_SC_PAGE_SIZE)) / (1 << 30)),
       ""},
      blas(),
      {"MuJoCo", control::mujoco_version(), ""},
      user_folder(),
      sandbox(),
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

std::vector<Action> doctor_command() { return {action("", "Check this machine", json_option, examine)}; }

}  // namespace offprint
