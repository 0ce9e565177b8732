// Which kernels OpenBLAS computes with, and what to do where it does not know the processor.
//
// OpenBLAS 0.3.21 picks its kernels by the processor's model number; a model that is younger than the library gets
// those for Prescott (SSE3, a fifth of the speed or less). The library reads OPENBLAS_CORETYPE once, when it is loaded,
// so a better choice means that a program sets that variable and starts itself anew.
#pragma once
#include <functional>
#include <string>

namespace offprint::nn {

/// All that the choice depends on.
struct BlasFacts {
  bool avx2 = false;      ///< the processor and the system have AVX2 and FMA
  bool avx512 = false;    ///< and AVX-512 F, CD, BW, DQ and VL
  bool bfloat16 = false;  ///< and AVX-512 with bfloat16
  std::string core;       ///< the core type that the library computes for at present
  std::string core_type;  ///< OPENBLAS_CORETYPE; empty: not set
  std::string trail;      ///< OFFPRINT_BLAS_TRAIL, see below; empty: not set
};

/// What is remembered of a core type's products on this machine.
enum class Products { unknown, right, wrong };

struct BlasStep {
  enum Action {
    keep,    ///< compute with the kernels that are loaded
    check,   ///< compare the loaded kernels' products with plain loops, then ask again
    restart  ///< start the program anew with these two variables
  };
  Action action = keep;
  std::string core_type = {};  ///< for a restart: OPENBLAS_CORETYPE, empty: not set
  std::string trail = {};      ///< for a restart: what the library took by itself, then each core type tried, by commas
  std::string why = {};        ///< for people: who chose the kernels that are kept
};

/// The next step towards good kernels. Each restart lengthens the trail by a core type that is not yet in it, or is the
/// last one; so a chain of restarts ends, whatever can be remembered.
BlasStep next_blas_step(const BlasFacts& facts, const std::function<Products(const std::string& core)>& remembered);

/// Where the loaded kernels of sgemm, dgemm, sgemv or dgemv differ from plain loops over odd shapes, "sgemm of 7x3x17";
/// empty if nowhere. Numbers are whole and small, so that every order of summation gives the same bits.
std::string wrong_product();

/// For the start of a program, before it has threads or has read anything: returns with the best safe kernels loaded,
/// after at most a few restarts of the program with its own arguments. Products of kernels that the library would not
/// have taken are checked once a machine; the result lies in the user's cache folder. OPENBLAS_CORETYPE, if the user
/// has set it, is left alone. Never throws; does nothing worth naming where the library knows the processor.
void choose_blas_kernels();

/// Who chose the kernels: "the library's own choice", "set by OPENBLAS_CORETYPE", ...
std::string blas_choice();

}  // namespace offprint::nn
