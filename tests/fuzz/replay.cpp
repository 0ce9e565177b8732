// Runs a target over the files of folders, in builds without libFuzzer. Options (beginning with '-') are for libFuzzer
// and ignored.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <vector>

#include "offprint/base/file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int count, char** values) {
  std::size_t files = 0;
  for (int i = 1; i < count; ++i) {
    if (*values[i] == '-') continue;
    for (const auto& entry : std::filesystem::directory_iterator(values[i])) {
      std::cerr << entry.path().filename().string() << '\n';  // the last one named is the one that broke
      const auto bytes = offprint::read_file(entry.path());
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
      ++files;
    }
  }
  std::cout << files << " inputs read\n";
  return files > 0 ? 0 : 1;
}
