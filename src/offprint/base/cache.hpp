// What takes long to prepare and is worth keeping: trained models, runs of agents, databases. Each lies in the user's
// cache under a key that names all it depends on, a format number among it.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace offprint {

/// The path FOLDER/KEY of the user's cache, filled: if nothing lies there or it is not valid, `make(path)` writes it.
/// `valid` may read what lies there and keep it; a BadInput that it throws means no, and no validity is asked of what
/// was just made. `make` must write its file whole or not at all, since it may be killed and since two processes may
/// make the same thing at once; what it throws leaves nothing behind at `path`.
/// Throws IoError if the folder cannot be made.
std::filesystem::path kept(std::string_view folder, std::string_view key,
                           const std::function<void(const std::filesystem::path&)>& make,
                           const std::function<bool(const std::filesystem::path&)>& valid);

}  // namespace offprint
