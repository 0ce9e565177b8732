// The program's own nouns. Each takes what follows its name and returns the exit status; errors are thrown and printed by main.
#pragma once
#include <string>
#include <vector>

namespace offprint {

struct Paper;
using Arguments = std::vector<std::string>;

int list_command(const Arguments& arguments);        ///< list [--json]
int papers_command(const Arguments& arguments);      ///< papers search WORDS
int doctor_command(const Arguments& arguments);      ///< doctor [--json]
int data_command(const Arguments& arguments);        ///< data list|get
int runs_command(const Arguments& arguments);        ///< runs list|show|compare|export|rm|...
int serve_command(const Arguments& arguments);       ///< serve
int reproduce_command(const Arguments& arguments);   ///< reproduce --all [--record]
int readme_command(const Arguments& arguments);      ///< readme [--check]
int completion_command(const Arguments& arguments);  ///< completion bash
int manual_command(const Arguments& arguments);      ///< manual: the man page

struct Command {
  std::string name, help;
  int (*run)(const Arguments&);
};
const std::vector<Command>& commands();

/// Becomes the program that links libtorch, with this process's arguments. Throws MissingData if it is not there.
[[noreturn]] void become_torch_program();

/// One line of `list`: name, whether it runs, title.
std::string paper_line(const Paper& paper);

/// `offprint SLUG VERB ...`
int paper_command(const std::string& slug, const Arguments& arguments);

}  // namespace offprint
