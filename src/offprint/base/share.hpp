// Where the program finds what it ships with, and what it was built from.
#pragma once
#include <filesystem>
#include <string>

namespace offprint {

/// The folder of papers.json, claims.json and the page's assets: $OFFPRINT_SHARE, else ../share/offprint beside the
/// program, else the build's.
std::filesystem::path share_folder();

/// The program that links libtorch, beside this one; this one if it is that program.
std::filesystem::path torch_program();

std::string version();       ///< "0.1.0"
std::string build_commit();  ///< short commit, with "+" if the tree was changed; "unknown" outside a checkout

}  // namespace offprint
