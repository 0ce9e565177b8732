// What every target includes: its reader, and checks that stay in release builds.
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// Reads any bytes. Refusing them with offprint::BadInput is right; anything else that is thrown, and any failed check,
/// is a fault.
void read_bytes(std::string_view bytes);

inline void must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

/// The name that libFuzzer and the replay call.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read_bytes({reinterpret_cast<const char*>(data), size});
  return 0;
}
