// The BLAS under the networks, and the state of a thread that trains them.
#pragma once
#include <string>

namespace offprint::nn {

/// While it lives, its thread computes with denormals flushed to zero (Adam's moments of dead units decay into them and
/// cost up to half of the time), and OpenBLAS runs one thread a caller: several trainings at once do not fight for
/// cores.
class TrainingThread {
 public:
  TrainingThread();
  ~TrainingThread();
  TrainingThread(const TrainingThread&) = delete;
  TrainingThread& operator=(const TrainingThread&) = delete;

 private:
  unsigned saved_;
};

std::string blas_name();  ///< "OpenBLAS 0.3.21 ... SkylakeX"
/// Speed of float32 products of 256 x 256 matrices on one thread, in GFLOP/s of CPU time; measures for about 50 ms.
double blas_gigaflops();

}  // namespace offprint::nn
