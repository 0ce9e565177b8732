// Theorem 3: the couplings next to deterministic maps, the curve they give, and encoders that meet a rate exactly.
#include <algorithm>
#include <cmath>

#include "offprint/base/error.hpp"
#include "offprint/base/text.hpp"
#include "offprint/math/entropy.hpp"
#include "offprint/papers/mec_bottleneck/ebim.hpp"

namespace offprint::mec_bottleneck {
namespace {

Partition moved_whole(const Distribution& p, const Partition& map, const Sweep& sweep) {
  auto labels = map.labels;
  labels[sweep.symbol] = sweep.to;
  return make_partition(p, std::move(labels));
}

struct Encoder {
  Partition map;
  Sweep sweep;
  double delta = 0, information = -1;
};

/// Sweeps to the right, one after another, until the rate is met.
Encoder filled_from_below(const Distribution& p, Partition map, double rate) {
  for (;;) {
    const auto sweep = right_sweep(p, map);
    if (!sweep) return {};
    if (const auto delta = sweep->delta_at(rate)) return {map, *sweep, *delta, sweep->information(*delta)};
    map = moved_whole(p, map, *sweep);
  }
}

SparseCoupling joint_of(const Distribution& p, const Encoder& encoder) {
  const auto& [map, sweep, delta, information] = encoder;
  auto joint = joint_of(p, map);
  if (delta <= 0) return joint;
  joint.column_count = std::max(joint.column_count, static_cast<std::size_t>(sweep.to) + 1);
  for (std::size_t c = 0; c < joint.mass.size(); ++c)
    if (joint.rows[c] == sweep.symbol) {
      if (delta >= sweep.mass) {
        joint.columns[c] = static_cast<std::size_t>(sweep.to);
        return joint;
      }
      joint.mass[c] -= delta;
    }
  joint.add(sweep.symbol, static_cast<std::size_t>(sweep.to), delta);
  return joint;
}

}  // namespace

double Sweep::entropy(double delta) const {
  return map_entropy + entropy_term(from_mass - delta) + entropy_term(to_mass + delta) - entropy_term(from_mass) -
         entropy_term(to_mass);
}

double Sweep::information(double delta) const {
  return entropy(delta) - mass * binary_entropy_bits(std::min(1.0, delta / mass));
}

std::optional<double> Sweep::delta_at(double rate) const {
  const double start = map_entropy - rate, end = entropy(mass) - rate;
  if (start == 0) return 0;
  if ((start > 0) == (end > 0) && std::abs(end) > 1e-13) return {};
  double low = 0, high = mass;
  for (int i = 0; i < 200 && high - low > 1e-17; ++i) {
    const double middle = (low + high) / 2;
    ((entropy(middle) > rate) == (start > 0) ? low : high) = middle;
  }
  return start > 0 ? high : low;  // the end at which H(T) is not above the rate
}

std::optional<Sweep> right_sweep(const Distribution& p, const Partition& map) {
  std::optional<Sweep> best;
  double smallest = 1;
  for (std::size_t x = 0; x < p.size(); ++x) {
    if (map.labels[x] < 0) continue;
    const double group = map.masses[static_cast<std::size_t>(map.labels[x])], share = p[x] / group;
    if (share < smallest - 1e-15) {
      smallest = share;
      best = {x, map.labels[x], static_cast<int>(map.masses.size()), p[x], group, 0, map.entropy};
    }
  }
  return best;
}

std::optional<Sweep> left_sweep(const Distribution& p, const Partition& map) {
  if (map.masses.size() < 2) return {};
  const auto heaviest = std::max_element(map.masses.begin(), map.masses.end()) - map.masses.begin();
  auto lightest = heaviest == 0 ? 1 : 0;
  for (std::size_t g = 0; g < map.masses.size(); ++g)
    if (static_cast<std::ptrdiff_t>(g) != heaviest && map.masses[g] < map.masses[static_cast<std::size_t>(lightest)])
      lightest = static_cast<int>(g);
  Sweep sweep{0,
              lightest,
              static_cast<int>(heaviest),
              2,
              map.masses[static_cast<std::size_t>(lightest)],
              map.masses[static_cast<std::size_t>(heaviest)],
              map.entropy};
  for (std::size_t x = 0; x < p.size(); ++x)
    if (map.labels[x] == lightest && p[x] < sweep.mass) {
      sweep.symbol = x;
      sweep.mass = p[x];
    }
  return sweep;
}

std::vector<CurvePoint> ebim_curve(const Distribution& p, std::span<const double> rates,
                                   const std::vector<Partition>& maps) {
  std::vector<CurvePoint> curve;
  for (const double rate : rates) curve.push_back({rate, 0, 0, CurveKind::map, 0});
  for (std::size_t m = 0; m < maps.size(); ++m) {
    const auto right = right_sweep(p, maps[m]), left = left_sweep(p, maps[m]);
    for (auto& point : curve) {
      const auto offer = [&](double information, CurveKind kind, double delta) {
        if (information > point.information + 1e-14) point = {point.rate, information, m, kind, delta};
      };
      const bool below = maps[m].entropy <= point.rate + rate_tolerance;
      if (below) offer(maps[m].entropy, CurveKind::map, 0);
      const auto& sweep = below ? right : left;
      if (!sweep) continue;
      // Along a sweep to the right I grows; along one to the left it falls, then may rise again: the best is where H(T)
      // = rate or the end.
      const auto kind = below ? CurveKind::right : CurveKind::left;
      const double end = sweep->entropy(sweep->mass);
      if (end <= point.rate + rate_tolerance) offer(std::max(0.0, end), kind, sweep->mass);
      if (below && end <= point.information) continue;
      if (const auto delta = sweep->delta_at(point.rate)) offer(sweep->information(*delta), kind, *delta);
    }
  }
  return curve;
}

SparseCoupling ebim_at(const Distribution& p, double rate, const std::vector<Partition>& maps) {
  if (!(rate >= 0)) throw BadInput("the rate", "is " + short_number(rate), "give bits, at least 0");
  if (rate >= p.entropy() - rate_tolerance) return joint_of(p, identity_partition(p));
  Encoder best;
  const auto offer = [&](Encoder encoder) {
    if (encoder.information > best.information) best = std::move(encoder);
  };
  for (const auto& map : maps) {
    if (std::abs(map.entropy - rate) < 1e-10) return joint_of(p, map);
    if (map.entropy < rate)
      offer(filled_from_below(p, map, rate));
    else if (const auto sweep = left_sweep(p, map))
      if (const auto delta = sweep->delta_at(rate)) offer({map, *sweep, *delta, sweep->information(*delta)});
  }
  if (best.information < 0)
    throw BadInput("the rate", "no sweep meets " + short_number(rate) + " bits", "give more maps");
  return joint_of(p, best);
}

SparseCoupling ebim_at(const Distribution& p, double rate) {
  const GreedyMaps visited(p);
  std::vector<Partition> maps{ebim_greedy(p, rate)};
  for (std::size_t step = 1; step < visited.symbols(); ++step)
    if (visited.kept_entropy(step) <= rate + rate_tolerance) {
      maps.push_back(visited.candidate(step));
      maps.push_back(visited.kept(step - 1));
      maps.push_back(visited.kept(step));
      break;
    }
  return ebim_at(p, rate, maps);
}

}  // namespace offprint::mec_bottleneck
