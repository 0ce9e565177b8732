#include "offprint/runs/provenance.hpp"

#include <fmt/core.h>
#include <sodium.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <boost/version.hpp>
#include <cmath>
#include <fstream>
#include <thread>

#include "offprint/base/share.hpp"
#include "offprint/base/text.hpp"
#include "offprint/data/table.hpp"

namespace offprint::runs {
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

Json provenance_of(const Verb& verb, const Values& options) {
  Json inputs = Json::array();
  for (const auto& option : verb.options) {
    if (option.kind != OptionKind::input_file && option.kind != OptionKind::input_files) continue;
    for (const auto& [name, text] : options) {
      if (name != option.name) continue;
      for (const auto& source : option.kind == OptionKind::input_files ? split(text, ',') : std::vector{text}) {
        try {
          inputs.push_back({{"option", name}, {"source", source}, {"sha256", sha256_of_file(data::resolve(source))}});
        } catch (const Error&) {
          inputs.push_back({{"option", name}, {"source", source}});
        }
      }
    }
  }
  return {{"program",
           {{"version", version()},
            {"commit", build_commit()},
            {"sha256", sha256_of_file(verb.on_torch ? torch_program() : "/proc/self/exe")}}},
          {"machine", machine_facts()},
          {"libraries",
           {{"sqlite", sqlite3_libversion()},
            {"boost", BOOST_LIB_VERSION},
            {"fmt", FMT_VERSION},
            {"sodium", SODIUM_VERSION_STRING}}},
          {"inputs", inputs}};
}

std::string cache_key_of(const Request& request, const Json& provenance) {
  auto options = request.options;
  std::erase_if(options, [](const auto& option) { return option.first == "output"; });
  std::sort(options.begin(), options.end());
  Json inputs = Json::array();
  for (const auto& input : provenance["inputs"]) inputs.push_back(input.value("sha256", ""));
  return sha256(Json{{"slug", request.slug},
                     {"verb", request.verb},
                     {"options", options},
                     {"seed", request.settings.seed},
                     {"threads", request.settings.threads},
                     {"device", request.settings.device},
                     {"inputs", inputs},
                     {"program", provenance["program"]["sha256"]}}
                    .dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace offprint::runs
