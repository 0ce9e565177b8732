// Running other programs without a shell.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace offprint {

/// Runs words[0], found along PATH, in `folder`; what it says is appended to `log`. Its exit status, or -1 if it cannot
/// be started or was killed.
int run_program(std::vector<std::string> words, const std::filesystem::path& folder, const std::filesystem::path& log);

/// Replaces this process by `program` with this process's arguments and environment. Returns only if it cannot be
/// started.
void become(const std::filesystem::path& program);

}  // namespace offprint
