// Minimum entropy coupling with bottleneck (Ebrahimi, Chen and Khisti, NeurIPS 2024, arXiv 2410.21666): lossy
// compression under log-loss when the output must follow a given distribution.
//   maximise I(X;Y)  subject to  X - T - Y,  H(T) <= R,  X ~ p,  Y ~ q                            (equation 1)
// By I(X;Y) >= I(X;T) + I(T;Y) - R (Lemma 1) it is split: the encoder p(t|x) maximises I(X;T) (ebim.hpp), the decoder
// couples T and Y (coupling.hpp).
#pragma once
#include "offprint/papers/mec_bottleneck/coupling.hpp"
#include "offprint/papers/mec_bottleneck/ebim.hpp"

namespace offprint::mec_bottleneck {

struct BottleneckCoupling {
  SparseCoupling encoder;                                                    ///< p(x, t)
  SparseCoupling decoder;                                                    ///< p(t, y)
  SparseCoupling joint;                                                      ///< p(x, y) = sum_t p(x, t) p(y | t)
  double code_entropy = 0;                                                   ///< H(T), at most the rate
  double encoder_information = 0, decoder_information = 0, information = 0;  ///< I(X;T), I(T;Y), I(X;Y)
  double bound = 0;  ///< I(X;T) + I(T;Y) - H(T), a lower bound of I(X;Y)
};

/// The coupling of a given encoder p(x, t) with q.
BottleneckCoupling mecb(const SparseCoupling& encoder, const Distribution& q, DecoderMethod decoder,
                        const Random& random);
/// With an encoder of H(T) <= rate. `fill`: the encoder is stochastic and meets the rate exactly (ebim_at around the
/// method's map).
BottleneckCoupling mecb(const Distribution& p, const Distribution& q, double rate, EncoderMethod encoder, bool fill,
                        DecoderMethod decoder, const Random& random, const Check& check = {});

}  // namespace offprint::mec_bottleneck
