#include "offprint/runs/provenance.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/version.hpp>
#include <cmath>
#include <fstream>
#include <thread>

#include "offprint/base/share.hpp"
#include "offprint/base/text.hpp"
#include "offprint/data/catalogue.hpp"
#include "offprint/runs/inputs.hpp"

namespace offprint::runs {
namespace fs = std::filesystem;

namespace {

std::string cpu_model() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("model name")) return std::string(trim(line.substr(line.find(':') + 1)));
  return "unknown";
}

}  // namespace

Json machine_facts() {
  utsname system{};
  uname(&system);
  const double memory =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE)) / (1 << 30);
  return {{"cpu", cpu_model()},
          {"cores", std::thread::hardware_concurrency()},
          {"memory_gib", std::round(10 * memory) / 10},
          {"system", std::string(system.sysname) + " " + system.machine}};
}

namespace {

/// A file as the system's clock has it: enough for what no run writes.
std::string stamp_of(const fs::path& path) {
  std::error_code error;
  const auto real = fs::canonical(path, error);
  const auto bytes = fs::file_size(real, error);
  if (error) return "";
  const auto time = fs::last_write_time(real, error).time_since_epoch().count();
  return real.string() + " " + std::to_string(bytes) + " " + std::to_string(time);
}

std::string stamp_below(const fs::path& folder) {
  std::vector<std::string> stamps;
  std::error_code error;
  for (fs::recursive_directory_iterator file(folder, error), end; !error && file != end; file.increment(error))
    if (std::error_code odd; file->is_regular_file(odd)) stamps.push_back(stamp_of(file->path()));
  std::sort(stamps.begin(), stamps.end());
  return sha256(join(stamps, "\n"));
}

std::string hash_of_path(Store& store, const fs::path& path) {
  try {
    return store.hash_of(RegularFile(path, RegularFile::Links::followed));
  } catch (const Error&) {
    return "";
  }
}

/// The data sets of the catalogue that are here. A reproduction reads them without being told to, so that they are
/// inputs of every run.
Json catalogue_facts(Store& store) {
  Json facts = Json::object();
  for (const auto& set : data::list()) {
    if (!set.present) continue;
    const auto first = data::find(set.name);
    std::vector<fs::path> files{first};
    if (set.reader == data::Reader::lazy_load) files.push_back(fs::path(first).replace_extension(".rdx"));
    if (set.reader == data::Reader::idx)
      for (const char* other : {"train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"})
        files.push_back(first.parent_path() / other);
    std::string hashes;
    for (const auto& file : files) hashes += fs::is_directory(file) ? stamp_below(file) : hash_of_path(store, file);
    facts[set.name] = files.size() == 1 && !fs::is_directory(first) ? hashes : sha256(hashes);
  }
  return facts;
}

/// What earlier runs prepared and later ones read, by folder of the cache; the catalogue's own folder is known by
/// catalogue_facts().
Json prepared_facts() {
  Json facts = Json::object();
  std::error_code none;
  for (const auto& folder : fs::directory_iterator(user_cache_folder(), none))
    if (folder.is_directory(none) && folder.path().filename() != "data")
      facts[folder.path().filename().string()] = stamp_below(folder.path());
  return facts;
}

/// The shared libraries that a program loads, by name: the loader is asked to list them instead of starting it.
Json libraries_of(const fs::path& program) {
  Json facts = Json::object();
  std::string listed;
  int out[2];
  if (pipe2(out, O_CLOEXEC) != 0) return facts;
  const pid_t child = fork();
  if (child == 0) {
    const int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, 0);
    dup2(out[1], 1);
    dup2(nothing, 2);
    setenv("LD_TRACE_LOADED_OBJECTS", "1", 1);
    execl(program.c_str(), program.c_str(), nullptr);
    _exit(127);
  }
  close(out[1]);
  std::array<char, 1 << 14> bytes;
  for (ssize_t count; child > 0 && (count = read(out[0], bytes.data(), bytes.size())) > 0;)
    listed.append(bytes.data(), static_cast<std::size_t>(count));
  close(out[0]);
  if (child > 0) waitpid(child, nullptr, 0);
  for (const auto& line : split(listed, '\n'))  // "\tlibz.so.1 => /lib/x86_64-linux-gnu/libz.so.1 (0x...)"
    if (const auto arrow = line.find(" => /"); arrow != std::string::npos) {
      const auto file = line.substr(arrow + 4, line.find(' ', arrow + 4) - arrow - 4);
      facts[std::string(trim(line.substr(0, arrow)))] = sha256(stamp_of(file)).substr(0, 16);
    }
  return facts;
}

}  // namespace

Json provenance_of(Store& store, const Verb& verb, const Values& options) {
  Json inputs = Json::array();
  for (const auto& option : verb.options) {
    if (!takes_files(option)) continue;
    for (const auto& [name, text] : options) {
      if (name != option.name) continue;
      for (const auto& source : sources_in(option, text)) {
        Json input{{"option", name}, {"source", shown_source(store, source)}};
        try {
          if (auto found = open_input(store, source); !found.sha256.empty()) input["sha256"] = found.sha256;
        } catch (const Error&) {
        }
        inputs.push_back(input);
      }
    }
  }
  const auto program = verb.on_torch ? torch_program() : fs::read_symlink("/proc/self/exe");
  auto libraries = libraries_of(program);
  libraries["sqlite"] = sqlite3_libversion();
  libraries["boost"] = BOOST_LIB_VERSION;
  libraries["fmt"] = FMT_VERSION;
  return {{"program", {{"version", version()}, {"commit", build_commit()}, {"sha256", hash_of_path(store, program)}}},
          {"machine", machine_facts()},
          {"libraries", libraries},
          {"inputs", inputs},
          {"catalogue", catalogue_facts(store)},
          {"prepared", prepared_facts()}};
}

std::string cache_key_of(const Request& request, const Json& provenance) {
  auto options = request.options;
  // Inputs count by their bytes, whatever they are called.
  Json inputs = Json::array();
  for (const auto& input : provenance["inputs"]) {
    inputs.push_back({input["option"], input.value("sha256", input.value("source", ""))});
    std::erase_if(options, [&](const auto& option) { return option.first == input["option"]; });
  }
  std::sort(options.begin(), options.end());
  return sha256(Json{{"slug", request.slug},
                     {"verb", request.verb},
                     {"options", options},
                     {"seed", request.settings.seed},
                     {"threads", request.settings.threads},
                     {"device", request.settings.device},
                     {"inputs", inputs},
                     {"program", provenance["program"]["sha256"]},
                     {"libraries", provenance["libraries"]},
                     {"catalogue", provenance["catalogue"]},
                     {"prepared", provenance["prepared"]}}
                    .dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace offprint::runs
