// Convolution with a kernel known beforehand, of a sequence that arrives one value at a time: O(T log^2 T) in all, by
// blocked FFT.
#pragma once
#include <complex>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace offprint::continual_privacy {

/// The kernel and its transforms; shared by the columns of a stream.
class ConvolutionKernel {
 public:
  explicit ConvolutionKernel(std::vector<double> values);
  std::span<const double> values() const { return values_; }
  /// The first x.size() values of the convolution with x, which is no longer than the kernel, at once: O(T log T).
  std::vector<double> convolve(std::span<const double> x, bool exact) const;

 private:
  friend class OnlineConvolution;
  /// A transform, made when it is first asked for: at once needs the largest alone, step by step all others.
  struct Level {
    std::once_flag made;
    std::vector<std::complex<double>> transform;
  };
  std::size_t block_of(std::size_t level) const;
  /// Of values[0 .. 2 * block) by block's level; the last level's is of all values.
  std::span<const std::complex<double>> transform(std::size_t level) const;
  std::vector<double> values_;
  std::size_t level_count_;
  std::unique_ptr<Level[]> levels_;
};

class OnlineConvolution {
 public:
  /// `exact`: kernel and inputs are integers, results are rounded to the integer they are. They are exact as long as
  /// rounding_error() stays below 1/2 for the largest input.
  OnlineConvolution(std::shared_ptr<const ConvolutionKernel> kernel, bool exact);
  /// Takes x[t] and returns sum over j <= t of kernel[t - j] x[j]. At most as many calls as the kernel has values.
  double push(double x);

 private:
  void spread_block(std::size_t length);
  std::shared_ptr<const ConvolutionKernel> kernel_;
  bool exact_;
  std::vector<double> inputs_, sums_;
};

/// Bound on the error that FFTs leave in a convolution of this kernel with `count` inputs of at most `largest` in
/// absolute value.
double rounding_error(std::span<const double> kernel, std::size_t count, double largest);

}  // namespace offprint::continual_privacy
