#include "offprint/nn/blas.hpp"

#include <cblas.h>

#include <algorithm>
#include <ctime>
#include <vector>
#if defined(__SSE__)
#include <xmmintrin.h>
#endif

extern "C" char* openblas_get_config(void);
extern "C" char* openblas_get_corename(void);
extern "C" void openblas_set_num_threads(int threads);

namespace offprint::nn {

TrainingThread::TrainingThread() {
  [[maybe_unused]] static const bool once = [] {
    openblas_set_num_threads(1);
    return true;
  }();
#if defined(__SSE__)
  saved_ = _mm_getcsr();
  _mm_setcsr(saved_ | 0x8040U);  // flush to zero (bit 15), denormals are zero (bit 6)
#else
  saved_ = 0;
#endif
}

TrainingThread::~TrainingThread() {
#if defined(__SSE__)
  _mm_setcsr(saved_);
#endif
}

std::string blas_name() {
  std::string config = openblas_get_config();
  return config.substr(0, config.find(' ', config.find(' ') + 1)) + ", kernels for " + openblas_get_corename();
}

double blas_gigaflops() {
  const TrainingThread thread;
  constexpr int n = 256;
  const std::vector<float> a(n * n, 0.5F), b(n * n, 0.25F);
  std::vector<float> c(n * n);
  const auto product = [&] {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a.data(), n, b.data(), n, 0, c.data(), n);
  };
  product();
  double best = 0;
  for (int round = 0; round < 5; ++round) {
    const auto start = std::clock();
    int products = 0;
    for (; products < 10 || std::clock() - start < CLOCKS_PER_SEC / 100; ++products) product();
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    best = std::max(best, 2.0 * n * n * n * products / seconds / 1e9);
  }
  return best;
}

}  // namespace offprint::nn
