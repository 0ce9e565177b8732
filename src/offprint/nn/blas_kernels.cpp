#include "offprint/nn/blas_kernels.hpp"

#include <cblas.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <map>
#include <vector>

#include "offprint/base/file.hpp"
#include "offprint/base/process.hpp"
#include "offprint/base/random.hpp"
#include "offprint/base/text.hpp"

extern "C" char* openblas_get_config(void);
extern "C" char* openblas_get_corename(void);
extern "C" void openblas_set_num_threads(int threads);

namespace offprint::nn {
namespace {

namespace fs = std::filesystem;

constexpr auto core_type_variable = "OPENBLAS_CORETYPE";
constexpr auto trail_variable = "OFFPRINT_BLAS_TRAIL";

/// The library's core types without AVX2. A name that is not here is left alone: a later library may know more.
bool lacks_avx2(const std::string& core) {
  static constexpr std::array names{"Unknown", "Generic",   "Katmai",       "Coppermine", "Northwood",  "Prescott",
                                    "Banias",  "Atom",      "Core2",        "Penryn",     "Dunnington", "Nehalem",
                                    "Athlon",  "Opteron",   "Opteron_SSE3", "Barcelona",  "Nano",       "Sandybridge",
                                    "Bobcat",  "Bulldozer", "Piledriver",   "Steamroller"};
  return std::find(names.begin(), names.end(), core) != names.end();
}

/// What the processor can run, best first.
std::vector<std::string> runnable(const BlasFacts& facts) {
  std::vector<std::string> cores;
  if (facts.avx2 && facts.avx512 && facts.bfloat16) cores.push_back("Cooperlake");
  if (facts.avx2 && facts.avx512) cores.push_back("SkylakeX");
  if (facts.avx2) cores.push_back("Haswell");
  return cores;
}

}  // namespace

BlasStep next_blas_step(const BlasFacts& facts, const std::function<Products(const std::string& core)>& remembered) {
  auto tried = split(facts.trail, ',');
  const bool ours = !facts.core_type.empty() && tried.size() > 1 && tried.back() == facts.core_type;
  if (!facts.core_type.empty() && !ours) return {BlasStep::keep, "", "", "set by OPENBLAS_CORETYPE"};
  if (ours && facts.core == facts.core_type) {
    const auto known = remembered(facts.core);
    if (known == Products::unknown) return {BlasStep::check};
    if (known == Products::right)
      return {BlasStep::keep, "", "",
              "chosen by Offprint, products checked; by itself the library takes " + tried[0] + " here, without AVX2"};
  }
  if (!ours && !lacks_avx2(facts.core)) return {BlasStep::keep, "", "", "the library's own choice"};
  if (tried.empty()) tried.push_back(facts.core);
  std::string failed;
  for (const auto& core : runnable(facts)) {
    if (std::find(tried.begin() + 1, tried.end(), core) == tried.end() && remembered(core) != Products::wrong) {
      tried.push_back(core);
      return {BlasStep::restart, core, join(tried, ","), ""};
    }
    failed += (failed.empty() ? "" : ", ") + core;
  }
  if (ours) return {BlasStep::restart, "", facts.trail, ""};  // back to what the library takes by itself
  return {BlasStep::keep, "", "",
          "the library's own choice" +
              (failed.empty() ? "" : "; the kernels for " + failed + " compute wrong products here")};
}

namespace {

/// Whole numbers of magnitude at most 350: nine bits, more than bfloat16 holds. No sum of products below reaches 2^24.
template <class T>
std::vector<T> whole_numbers(std::size_t count, Random random) {
  std::vector<T> values(count);
  for (auto& value : values) value = static_cast<T>(static_cast<int>(random.below(701)) - 350);
  return values;
}

void product(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, float alpha, const float* a, int lda,
             const float* b, int ldb, float beta, float* c, int ldc) {
  cblas_sgemm(CblasRowMajor, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

void product(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int m, int n, int k, double alpha, const double* a, int lda,
             const double* b, int ldb, double beta, double* c, int ldc) {
  cblas_dgemm(CblasRowMajor, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

void product(CBLAS_TRANSPOSE t, int m, int n, float alpha, const float* a, int lda, const float* x, int step,
             float beta, float* y) {
  cblas_sgemv(CblasRowMajor, t, m, n, alpha, a, lda, x, step, beta, y, step);
}

void product(CBLAS_TRANSPOSE t, int m, int n, double alpha, const double* a, int lda, const double* x, int step,
             double beta, double* y) {
  cblas_dgemv(CblasRowMajor, t, m, n, alpha, a, lda, x, step, beta, y, step);
}

std::string shape(const char* routine, int m, int n, int k) {
  return std::string(routine) + " of " + std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k);
}

/// Where element (row, column) of rows of this width lies.
std::size_t at(int row, int column, int width) {
  return static_cast<std::size_t>(row) * static_cast<std::size_t>(width) + static_cast<std::size_t>(column);
}

/// The matrix, or its transpose, with rows of this width; what lies beyond its columns is NaN.
template <class T>
std::vector<T> laid_out(const std::vector<T>& matrix, int rows, int columns, bool transposed, int width) {
  std::vector<T> result(at(transposed ? columns : rows, 0, width), std::numeric_limits<T>::quiet_NaN());
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j)
      result[transposed ? at(j, i, width) : at(i, j, width)] = matrix[at(i, j, columns)];
  return result;
}

/// Right if every element inside is alpha * sum + beta * before, and what lies beyond is as it was.
template <class T>
bool is_product(const std::vector<T>& c, const std::vector<T>& sum, int m, int n, int width, T alpha, T beta,
                T before) {
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < width; ++j) {
      const T value = c[at(i, j, width)];
      if (j >= n && std::isnan(before) && std::isnan(value)) continue;
      if (value != (j >= n ? before : alpha * sum[at(i, j, n)] + (beta == 0 ? 0 : beta * before))) return false;
    }
  return true;
}

/// One shape in all transposes, with rows two elements longer than they need be. A beta of 0 overwrites even NaN.
template <class T>
bool products_are_right(int m, int n, int k) {
  constexpr int spare = 2;
  const auto a = whole_numbers<T>(at(m, 0, k), Random(1)), b = whole_numbers<T>(at(k, 0, n), Random(2));
  std::vector<T> sum(at(m, 0, n));
  for (int i = 0; i < m; ++i)
    for (int l = 0; l < k; ++l)
      for (int j = 0; j < n; ++j) sum[at(i, j, n)] += a[at(i, l, k)] * b[at(l, j, n)];
  for (const bool ta : {false, true})
    for (const bool tb : {false, true}) {
      const int a_width = (ta ? m : k) + spare, b_width = (tb ? k : n) + spare, width = n + spare;
      const auto left = laid_out(a, m, k, ta, a_width), right = laid_out(b, k, n, tb, b_width);
      for (const bool adds : {false, true}) {
        const T alpha = adds ? -2 : 1, beta = adds ? 3 : 0, before = adds ? 5 : std::numeric_limits<T>::quiet_NaN();
        std::vector<T> c(at(m, 0, width), before);
        product(ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, m, n, k, alpha, left.data(), a_width,
                right.data(), b_width, beta, c.data(), width);
        if (!is_product(c, sum, m, n, width, alpha, beta, before)) return false;
      }
    }
  return true;
}

template <class T>
bool vector_products_are_right(int m, int n) {
  const auto a = whole_numbers<T>(at(m, 0, n), Random(3)), x = whole_numbers<T>(at(2, 0, std::max(m, n)), Random(4));
  for (const bool transposed : {false, true})
    for (const int step : {1, 2}) {
      const int rows = transposed ? n : m, columns = transposed ? m : n;
      std::vector<T> y(at(rows, 0, step), T{5});
      product(transposed ? CblasTrans : CblasNoTrans, m, n, T{-2}, a.data(), n, x.data(), step, T{3}, y.data());
      for (int i = 0; i < rows; ++i) {
        T sum = 0;
        for (int j = 0; j < columns; ++j) sum += a[transposed ? at(j, i, n) : at(i, j, n)] * x[at(j, 0, step)];
        if (y[at(i, 0, step)] != -2 * sum + 15) return false;
      }
    }
  return true;
}

}  // namespace

std::string wrong_product() {
  constexpr std::array sizes{1, 3, 7, 17, 33, 65, 129};
  for (const int m : sizes)
    for (const int n : sizes) {
      if (!vector_products_are_right<float>(m, n)) return shape("sgemv", m, n, 1);
      if (!vector_products_are_right<double>(m, n)) return shape("dgemv", m, n, 1);
      for (const int k : sizes) {
        if (!products_are_right<float>(m, n, k)) return shape("sgemm", m, n, k);
        if (!products_are_right<double>(m, n, k)) return shape("dgemm", m, n, k);
      }
    }
  // Larger than the blocks into which the library packs its operands.
  if (!products_are_right<float>(97, 401, 1031)) return shape("sgemm", 97, 401, 1031);
  if (!products_are_right<double>(97, 401, 1031)) return shape("dgemm", 97, 401, 1031);
  return "";
}

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

BlasFacts facts_here() {
  BlasFacts facts;
#if defined(__x86_64__)
  facts.avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  facts.avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
                 __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                 __builtin_cpu_supports("avx512vl");
  facts.bfloat16 = facts.avx512 && __builtin_cpu_supports("avx512bf16");
#endif
  facts.core = openblas_get_corename();
  facts.core_type = variable(core_type_variable);
  facts.trail = variable(trail_variable);
  return facts;
}

/// The library's version, and the processor in /proc/cpuinfo's words.
std::string machine() {
  const std::string config = openblas_get_config();
  std::string key = config.substr(0, config.find(' ', config.find(' ') + 1));
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line) && !line.empty();)  // the first processor
    for (const auto* field : {"vendor_id", "cpu family", "model", "stepping"})
      if (line.starts_with(field)) key += "\n" + line;  // "model" finds the name too
  return key;
}

fs::path memory_of(const std::string& core) {
  return user_cache_folder() / "blas" / (core + "-" + sha256(machine()).substr(0, 16));
}

Products recall(const std::string& core) {
  try {
    const auto path = memory_of(core);
    if (!fs::exists(path)) return Products::unknown;
    const auto text = read_file(path, 4096);
    return text.starts_with("right\n")   ? Products::right
           : text.starts_with("wrong\n") ? Products::wrong
                                         : Products::unknown;
  } catch (const std::exception&) {
    return Products::unknown;
  }
}

void remember(const std::string& core, Products products) {
  try {
    const auto path = memory_of(core);
    fs::create_directories(path.parent_path());
    write_file(path, (products == Products::right ? "right\n" : "wrong\n") + machine() + "\n");
  } catch (const std::exception&) {  // a folder that cannot be written, as in a sandbox: the next program checks again
  }
}

/// In a child, so that kernels which crash are wrong too.
Products check_products() {
  const pid_t child = fork();
  if (child < 0) return Products::wrong;
  if (child == 0) {
    openblas_set_num_threads(1);
    _exit(wrong_product().empty() ? 0 : 1);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return Products::wrong;
  return status == 0 ? Products::right : Products::wrong;
}

void set(const char* name, const std::string& value) {
  if (value.empty())
    unsetenv(name);
  else
    setenv(name, value.c_str(), 1);
}

std::string& choice() {
  static std::string text;
  return text;
}

}  // namespace

void choose_blas_kernels() {
  try {
    std::map<std::string, Products> known;
    const auto remembered = [&](const std::string& core) { return known.contains(core) ? known[core] : recall(core); };
    const auto facts = facts_here();
    for (;;) {
      const auto step = next_blas_step(facts, remembered);
      choice() = step.why;
      if (step.action == BlasStep::keep) return;
      if (step.action == BlasStep::check) {
        remember(facts.core, known[facts.core] = check_products());
        continue;
      }
      set(core_type_variable, step.core_type);
      set(trail_variable, step.trail);
      become(fs::read_symlink("/proc/self/exe"));
      // It cannot be started anew: the kernels that are loaded have to do.
      set(core_type_variable, facts.core_type);
      set(trail_variable, facts.trail);
      choice() = "the library's own choice; the program could not be started anew for better ones";
      return;
    }
  } catch (const std::exception&) {  // out of memory, at most: what is loaded has to do
  }
}

std::string blas_choice() { return choice(); }

}  // namespace offprint::nn
