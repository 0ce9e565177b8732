// offprint SLUG VERB ... or offprint NOUN ...: finds who is meant, prints any error as one line, gives its exit status.
#include <algorithm>
#include <cstring>
#include <iostream>

#include "offprint/base/error.hpp"
#include "offprint/base/share.hpp"
#include "offprint/base/text.hpp"
#include "offprint/cli/commands.hpp"
#include "offprint/nn/blas_kernels.hpp"
#include "offprint/paper/catalogue.hpp"

namespace offprint {

const std::vector<Command>& commands() {
  static const std::vector<Command> all{
      {"list", "List the papers", list_command},
      {"papers", "Find papers: search WORDS", papers_command},
      {"serve", "Serve the page", serve_command},
      {"reproduce", "Measure the claims of several papers: --all or slugs", reproduce_command},
      {"runs", "Look at recorded runs: list, show, compare, export, rm", runs_command},
      {"data", "Data sets in packages: list, get NAME", data_command},
      {"doctor", "Check this machine", doctor_command},
      {"readme", "Write the README's table from the recorded results", readme_command},
      {"completion", "Print the completion script of bash", completion_command},
      {"manual", "Print the man page", manual_command},
  };
  return all;
}

namespace {

void print_help(std::ostream& out) {
  out << "offprint: papers whose claims you can measure, and whose methods you can use\n\n"
         "usage: offprint COMMAND ...\n       offprint PAPER VERB ...\n\n";
  for (const auto& command : commands())
    out << "  " << command.name << std::string(26 - command.name.size(), ' ') << command.help << '\n';
  const auto verbs_of = [&](const std::vector<const Paper*>& all) {
    for (const auto* paper : all) {
      std::string verbs;
      for (const auto& verb : paper->verbs) verbs += (verbs.empty() ? "" : ", ") + verb.name;
      const auto name = command_name(paper->slug);
      out << "  " << name << std::string(std::max<std::size_t>(1, 26 - std::min<std::size_t>(26, name.size())), ' ')
          << verbs << '\n';
    }
  };
  verbs_of(tools());
  out << "\npapers:\n";
  verbs_of(papers());
  out << "\noffprint COMMAND --help and offprint PAPER VERB --help tell more.\n";
}

/// Whether it computes, or starts others that do and that inherit the choice of BLAS kernels. The rest must start at
/// once.
bool computes(const Arguments& arguments) {
  const auto said = [&](const std::string& word) {
    return std::find(arguments.begin(), arguments.end(), word) != arguments.end();
  };
  if (said("--help") || said("-h") || said("--detach")) return false;
  const auto& name = arguments[0];
  if (name == "runs") return said("dispatch");
  for (const auto& command : commands())
    if (command.name == name) return name == "doctor" || name == "reproduce" || name == "serve";
  return arguments.size() > 1;  // a paper's or a tool's verb
}

int dispatch(const Arguments& arguments) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h" || arguments[0] == "help") {
    print_help(arguments.empty() ? std::cerr : std::cout);
    return arguments.empty() ? 2 : 0;
  }
  if (arguments[0] == "--version") {
    std::cout << "offprint " << version() << " (" << build_commit() << ")\n";
    return 0;
  }
  if (computes(arguments)) nn::choose_blas_kernels();
  const Arguments rest(arguments.begin() + 1, arguments.end());
  for (const auto& command : commands())
    if (command.name == arguments[0]) return perform(command, rest);
  return paper_command(arguments[0], rest);
}

}  // namespace
}  // namespace offprint

int main(int count, char** values) {
  std::ios::sync_with_stdio(false);
  try {
    const int status = offprint::dispatch({values + 1, values + count});
    std::cout.flush();
    if (!std::cout) throw offprint::IoError("standard output", std::strerror(errno));
    return status;
  } catch (const offprint::Cancelled&) {
    std::cerr << "offprint: cancelled\n";
    return 130;
  } catch (const offprint::Error& error) {
    std::cerr << "offprint: " << offprint::replace_all(error.what(), "\n", " ") << '\n';
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    std::cerr << "offprint: out of memory; give a smaller input or fewer threads\n";
  } catch (const std::exception& error) {
    std::cerr << "offprint: " << offprint::replace_all(error.what(), "\n", " ") << '\n';
  }
  return 1;
}
