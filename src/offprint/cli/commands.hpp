// The program's own nouns. Errors are thrown and printed by main.
#pragma once
#include "offprint/cli/action.hpp"

namespace offprint {

struct Paper;
using Arguments = std::vector<std::string>;

// What each of them does.
std::vector<Action> list_command();
std::vector<Action> papers_command();
std::vector<Action> doctor_command();
std::vector<Action> data_command();
std::vector<Action> runs_command();
std::vector<Action> serve_command();
std::vector<Action> reproduce_command();
std::vector<Action> readme_command();
std::vector<Action> completion_command();
std::vector<Action> manual_command();

const std::vector<Command>& commands();

/// Becomes the program that links libtorch, with this process's arguments. Throws MissingData if it is not there.
[[noreturn]] void become_torch_program();

/// One line of `list`: name, whether it runs, title.
std::string paper_line(const Paper& paper);

/// `offprint SLUG VERB ...`; returns the exit status.
int paper_command(const std::string& slug, const Arguments& arguments);

}  // namespace offprint
