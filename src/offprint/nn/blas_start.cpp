// Linked into the programs of tests and benchmarks, whose main is their framework's: chooses BLAS kernels before main.
#include "offprint/nn/blas_kernels.hpp"

namespace {

[[gnu::constructor]] void choose() { offprint::nn::choose_blas_kernels(); }

}  // namespace
