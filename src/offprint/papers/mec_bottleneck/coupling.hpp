// Minimum entropy couplings (MEC): joint distributions of two given marginals with small H(X,Y), the decoder's half of
// the problem (Section 4). Marginals of every result are those given, to 1e-12.
#pragma once
#include "offprint/base/random.hpp"
#include "offprint/papers/mec_bottleneck/distribution.hpp"

namespace offprint::mec_bottleneck {

/// Algorithm 6: pair the largest remaining masses, give the pair the smaller of the two. At most n + m - 1 cells,
/// within log2(e) bits of the least entropy. Ties go to the lower index. O((n + m) log(n + m)).
SparseCoupling mec_max_seeking(const Distribution& p, const Distribution& q);
/// Algorithm 7: as before, but pair the two remaining masses that differ least.
SparseCoupling mec_zero_seeking(const Distribution& p, const Distribution& q);
/// Successive linearisation from `start` (a coupling of p and q): entropy is replaced by its tangent, with cells
/// clipped at 1e-9, and the linear program's vertex becomes the next point, until H falls by less than 1e-9. A local
/// method; at most 40 000 cells (BadInput).
SparseCoupling mec_sla(const Distribution& p, const Distribution& q, const SparseCoupling& start);
/// The best of successive linearisation from the independent coupling and from `restarts` random vertices.
SparseCoupling mec_sla(const Distribution& p, const Distribution& q, int restarts, Random random);
/// The least entropy, by enumeration of all vertices of the couplings' polytope; at most 16 cells (BadInput).
SparseCoupling mec_exact(const Distribution& p, const Distribution& q);

enum class DecoderMethod { max_seeking, zero_seeking, sla, exact };
/// `random` serves successive linearisation only, which takes five restarts.
SparseCoupling couple(DecoderMethod method, const Distribution& p, const Distribution& q, const Random& random);

}  // namespace offprint::mec_bottleneck
