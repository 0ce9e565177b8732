#include "offprint/papers/llm_provenance/markov.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace offprint::llm_provenance {

MarkovSource::MarkovSource(int vocabulary, int order, double alpha, Random random) : vocabulary_(vocabulary) {
  std::size_t rows = 1;
  for (int i = 0; i < order; ++i) rows *= static_cast<std::size_t>(vocabulary);
  for (std::size_t c = 0; c < rows; ++c) {
    const auto row = random.dirichlet(static_cast<std::size_t>(vocabulary), alpha);
    p_.insert(p_.end(), row.begin(), row.end());
  }
  finish();
}

MarkovSource MarkovSource::blended(const MarkovSource& other, double weight) const {
  if (other.p_.size() != p_.size()) throw std::logic_error("blended: the sources have different sizes");
  MarkovSource result;
  result.vocabulary_ = vocabulary_;
  for (std::size_t i = 0; i < p_.size(); ++i) result.p_.push_back((1 - weight) * p_[i] + weight * other.p_[i]);
  result.finish();
  return result;
}

void MarkovSource::finish() {
  const auto k = static_cast<std::size_t>(vocabulary_);
  for (std::size_t c = 0; c < p_.size() / k; ++c) {
    double entropy = 0, second = 0, cumulative = 0;
    for (std::size_t x = 0; x < k; ++x) {
      const double p = p_[c * k + x], log_p = std::log(p);
      log_p_.push_back(log_p);
      cumulative_.push_back(cumulative += p);
      if (p > 0) {
        entropy -= p * log_p;
        second += p * log_p * log_p;
      }
    }
    entropy_.push_back(entropy);
    variance_.push_back(std::max(0.0, second - entropy * entropy));
  }
}

double MarkovSource::least_log_probability() const { return *std::min_element(log_p_.begin(), log_p_.end()); }

Token MarkovSource::draw(std::size_t context, Random& random) const {
  const auto k = static_cast<std::ptrdiff_t>(vocabulary_);
  const auto row = cumulative_.begin() + static_cast<std::ptrdiff_t>(context) * k;
  const double u = random.uniform() * row[k - 1];
  Token symbol = 0;
  while (u >= row[symbol]) ++symbol;
  return symbol;
}

std::vector<double> bhattacharyya(const MarkovSource& a, const MarkovSource& b, std::size_t length) {
  if (a.contexts() != b.contexts() || a.vocabulary() != b.vocabulary())
    throw std::logic_error("bhattacharyya: the sources have different sizes");
  std::vector<double> mass(a.contexts()), next(a.contexts()), result;
  mass[0] = 1;
  for (std::size_t n = 0; n < length; ++n) {
    std::fill(next.begin(), next.end(), 0.0);
    double total = 0;
    for (std::size_t c = 0; c < mass.size(); ++c)
      for (Token x = 0; x < a.vocabulary(); ++x) {
        const double part = mass[c] * std::sqrt(a.probability(c, x) * b.probability(c, x));
        next[a.next(c, x)] += part;
        total += part;
      }
    mass.swap(next);
    result.push_back(total);
  }
  return result;
}

}  // namespace offprint::llm_provenance
