#include "offprint/papers/continual_privacy/online_convolution.hpp"

#include <fftw3.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <mutex>
#include <stdexcept>

#include "offprint/papers/continual_privacy/row_loops.hpp"

namespace offprint::continual_privacy {
namespace {

constexpr std::size_t first_block = 64;  ///< shorter blocks are summed directly

/// Buffers of the lengths FFTW's plans are made for, and the plans: one set a thread and size. Making plans is not
/// thread-safe.
class Transform {
 public:
  explicit Transform(std::size_t size)
      : size_(size), real_(fftw_alloc_real(size)), complex_(fftw_alloc_complex(size / 2 + 1)) {
    const std::lock_guard lock(planner());
    forward_ = fftw_plan_dft_r2c_1d(static_cast<int>(size), real_, complex_, FFTW_ESTIMATE);
    backward_ = fftw_plan_dft_c2r_1d(static_cast<int>(size), complex_, real_, FFTW_ESTIMATE);
  }
  ~Transform() {
    const std::lock_guard lock(planner());
    fftw_destroy_plan(forward_);
    fftw_destroy_plan(backward_);
    fftw_free(real_);
    fftw_free(complex_);
  }
  Transform(const Transform&) = delete;
  Transform& operator=(const Transform&) = delete;

  std::vector<std::complex<double>> forward(std::span<const double> values) {
    load(values);
    fftw_execute(forward_);
    const auto* first = reinterpret_cast<const std::complex<double>*>(complex_);
    return {first, first + size_ / 2 + 1};
  }
  /// Cyclic convolution of `values`, padded with zeros, with what `kernel` transforms; valid until the next call.
  std::span<const double> convolve(std::span<const double> values, std::span<const std::complex<double>> kernel) {
    load(values);
    fftw_execute(forward_);
    auto* product = reinterpret_cast<std::complex<double>*>(complex_);
    const double scale = 1 / static_cast<double>(size_);
    for (std::size_t i = 0; i < kernel.size(); ++i) {
      const double a = product[i].real(), b = product[i].imag(), c = kernel[i].real() * scale,
                   d = kernel[i].imag() * scale;
      product[i] = {a * c - b * d, a * d + b * c};
    }
    fftw_execute(backward_);
    return {real_, size_};
  }

 private:
  static std::mutex& planner() {
    static std::mutex mutex;
    return mutex;
  }
  void load(std::span<const double> values) {
    std::copy(values.begin(), values.end(), real_);
    std::fill(real_ + values.size(), real_ + size_, 0.0);
  }
  std::size_t size_;
  double* real_;
  fftw_complex* complex_;
  fftw_plan forward_, backward_;
};

Transform& transform_of(std::size_t size) {
  thread_local std::map<std::size_t, Transform> transforms;
  return transforms.try_emplace(size, size).first->second;
}

}  // namespace

ConvolutionKernel::ConvolutionKernel(std::vector<double> values) : values_(std::move(values)), level_count_(1) {
  while (block_of(level_count_ - 1) < values_.size()) ++level_count_;
  levels_ = std::make_unique<Level[]>(level_count_);
}

std::size_t ConvolutionKernel::block_of(std::size_t level) const { return first_block << level; }

std::span<const std::complex<double>> ConvolutionKernel::transform(std::size_t level) const {
  auto& wanted = levels_[level];
  std::call_once(wanted.made, [&] {
    const std::size_t size = 2 * block_of(level), length = std::min(size, values_.size());
    wanted.transform = transform_of(size).forward(std::span(values_).first(length));
  });
  return wanted.transform;
}

std::vector<double> ConvolutionKernel::convolve(std::span<const double> x, bool exact) const {
  if (x.size() > values_.size()) throw std::logic_error("more inputs than the kernel has values");
  const std::size_t level = level_count_ - 1;
  const auto kernel = transform(level);  // before the transform below, whose buffers it may use
  const auto result = transform_of(2 * block_of(level)).convolve(x, kernel);
  std::vector<double> sums(result.begin(), result.begin() + static_cast<std::ptrdiff_t>(x.size()));
  if (exact)
    for (double& sum : sums) sum = std::nearbyint(sum);
  return sums;
}

OnlineConvolution::OnlineConvolution(std::shared_ptr<const ConvolutionKernel> kernel, bool exact)
    : kernel_(std::move(kernel)), exact_(exact) {}

double OnlineConvolution::push(double x) {
  const std::size_t t = inputs_.size();
  if (t >= kernel_->values().size()) throw std::logic_error("more inputs than the kernel has values");
  if (t == 0) {  // not before: sums at once have no use for them
    sums_.resize(kernel_->values().size());
    inputs_.reserve(sums_.size());
  }
  inputs_.push_back(x);
  // To the sums up to the block's end; a sum gets its addends in the order of the inputs.
  const std::size_t count = std::min(first_block - t % first_block, sums_.size() - t);
  add_scaled(kernel_->values().first(count), x, &sums_[t]);
  const double sum = sums_[t];
  if ((t + 1) % first_block == 0) spread_block((t + 1) & (~t));  // the largest power of two that divides t + 1
  return sum;
}

/// Adds what the last `length` inputs contribute to the next `length` sums; earlier blocks have done so at their own
/// ends.
void OnlineConvolution::spread_block(std::size_t length) {
  const std::size_t end = inputs_.size(), count = std::min(length, sums_.size() - end);
  if (count == 0) return;
  const auto level = static_cast<std::size_t>(std::countr_zero(length / first_block));
  const auto kernel = kernel_->transform(level);
  const auto result = transform_of(2 * length).convolve(std::span(inputs_).last(length), kernel);
  for (std::size_t i = 0; i < count; ++i)
    sums_[end + i] += exact_ ? std::nearbyint(result[length + i]) : result[length + i];
}

double rounding_error(std::span<const double> kernel, std::size_t count, double largest) {
  double square = 0;
  for (const double value : kernel) square += value * value;
  const double levels = std::log2(2.0 * static_cast<double>(kernel.size()) + 2);
  return 4 * 0x1p-53 * levels * std::sqrt(square * static_cast<double>(count)) * largest;
}

}  // namespace offprint::continual_privacy
