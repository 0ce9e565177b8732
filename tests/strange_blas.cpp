// Preloaded by blas_kernels.sh: an OpenBLAS that does not know this processor, and whose kernels may be broken.
//   STRANGE_BLAS_WRONG=A,B  core types whose products are wrong       STRANGE_BLAS_CRASH=A  core types that crash
//   STRANGE_BLAS_LOG=FILE   gets a line for each start of a program: its name and OPENBLAS_CORETYPE
#include <cblas.h>
#include <dlfcn.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool named_in(const char* list) { return variable(list).find(variable("OPENBLAS_CORETYPE")) != std::string::npos; }

// What it was when the library was loaded, not what the program sets for a successor.
const std::string core_type = variable("OPENBLAS_CORETYPE");
const bool wrong = !core_type.empty() && named_in("STRANGE_BLAS_WRONG"),
           crashes = !core_type.empty() && named_in("STRANGE_BLAS_CRASH");

[[gnu::constructor]] void log_start() {
  char program[4096] = "";
  std::ifstream("/proc/self/comm").getline(program, sizeof program);
  const bool ours = std::strncmp(program, "offprint", 8) == 0 || std::strcmp(program, "blas_test") == 0;
  if (const auto file = variable("STRANGE_BLAS_LOG"); ours && !file.empty())
    std::ofstream(file, std::ios::app) << program << " '" << variable("OPENBLAS_CORETYPE") << "'\n";
}

}  // namespace

extern "C" char* openblas_get_corename() {
  static char none[] = "Prescott";
  static const auto real = reinterpret_cast<char* (*)()>(dlsym(RTLD_NEXT, "openblas_get_corename"));
  return core_type.empty() ? none : real();
}

extern "C" void cblas_sgemm(const CBLAS_ORDER order, const CBLAS_TRANSPOSE ta, const CBLAS_TRANSPOSE tb, const int m,
                            const int n, const int k, const float alpha, const float* a, const int lda, const float* b,
                            const int ldb, const float beta, float* c, const int ldc) {
  static const auto real = reinterpret_cast<decltype(&cblas_sgemm)>(dlsym(RTLD_NEXT, "cblas_sgemm"));
  if (crashes) std::raise(SIGILL);
  real(order, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  if (wrong && m == 17 && n == 33 && k == 7) c[5] += 1;
}
