#include "offprint/base/random.hpp"

#include <bit>
#include <boost/random/exponential_distribution.hpp>
#include <boost/random/gamma_distribution.hpp>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_int_distribution.hpp>

#include "offprint/base/error.hpp"

namespace offprint {
namespace {

std::uint64_t splitmix64(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

}  // namespace

Random::Random(std::uint64_t seed) : seed_(seed) {
  std::uint64_t s = seed;
  for (auto& word : state_) word = splitmix64(s);
}

Random::result_type Random::operator()() {
  const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

Random Random::split(std::uint64_t index) const {
  std::uint64_t parent = seed_;
  std::uint64_t mixed = splitmix64(parent) ^ (index + 0x632be59bd9b4e019ULL);
  return Random(splitmix64(mixed));
}

Random Random::split(std::string_view name) const {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return split(hash);
}

double Random::uniform() { return static_cast<double>((*this)() >> 11) * 0x1.0p-53; }

double Random::uniform(double low, double high) { return low + (high - low) * uniform(); }

std::uint64_t Random::below(std::uint64_t n) {
  return boost::random::uniform_int_distribution<std::uint64_t>(0, n - 1)(*this);
}

bool Random::bernoulli(double probability) { return uniform() < probability; }

double Random::normal() { return boost::random::normal_distribution<double>()(*this); }

double Random::exponential() { return boost::random::exponential_distribution<double>()(*this); }

double Random::gamma(double shape) { return boost::random::gamma_distribution<double>(shape)(*this); }

std::vector<double> Random::dirichlet(std::size_t n, double alpha) {
  std::vector<double> result(n);
  double sum = 0;
  while (!(sum > 0)) {
    sum = 0;
    for (auto& value : result) sum += value = gamma(alpha);
  }
  for (auto& value : result) value /= sum;
  return result;
}

std::size_t Random::categorical(std::span<const double> weights) {
  double total = 0;
  for (const double weight : weights) total += weight;
  if (!(total > 0)) throw BadInput("weights", "sum to zero");
  double rest = uniform() * total;
  std::size_t last = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] <= 0) continue;
    last = i;
    if ((rest -= weights[i]) < 0) break;
  }
  return last;
}

}  // namespace offprint
