// What a paper claims, how we measure it here, and the honest verdict.
#pragma once
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "offprint/paper/figure.hpp"

namespace offprint {

/// A closed interval of numbers; the two ends may be infinite.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool contains(double value) const { return value >= low && value <= high; }  ///< false for NaN
  bool operator==(const Range&) const = default;
};

constexpr Range at_least(double low) { return {low, std::numeric_limits<double>::infinity()}; }
constexpr Range at_most(double high) { return {-std::numeric_limits<double>::infinity(), high}; }
constexpr Range between(double low, double high) { return {low, high}; }
constexpr Range near(double value, double tolerance) { return {value - tolerance, value + tolerance}; }
std::string range_text(const Range& range);  ///< ">= 0.3", "<= 1", "0.3 to 0.42", "any"

/// A measured number with its uncertainty.
struct Estimate {
  double value = 0;
  double low = std::numeric_limits<double>::quiet_NaN();  ///< 95 % interval over seeds; NaN: exact or not repeated
  double high = std::numeric_limits<double>::quiet_NaN();
  int seeds = 1;  ///< independent repetitions behind the interval
};

/// From an interval with members value, low and high (math/statistics.hpp) over `count` repetitions.
template <class Interval>
Estimate estimate_of(const Interval& interval, std::size_t count) {
  return {interval.value, interval.low, interval.high, static_cast<int>(count)};
}

/// One number of a claim.
struct Check {
  std::string name;         ///< unique in the claim: lower_case_with_underscores
  std::string description;  ///< one line for people: "median MSE ratio PRESTO / Logit, rare 1.17 %"
  std::string paper_says;   ///< "0.748"; empty where the paper states no number
  Range acceptance;         ///< reproduced if the measured value is in here
  Range direction;          ///< partly reproduced if in here: the direction holds, the size does not
  std::string unit;
};

/// What the paper states, where, and how it is measured here.
struct Claim {
  std::string id;         ///< "P1"
  std::string statement;  ///< in our words, with its number
  std::string source;     ///< "Section 4.1, Figure 3"
  std::string measured;   ///< how it is measured here: data, sizes, repetitions
  std::vector<Check> checks;
  std::string why_not;  ///< if it cannot be measured at our scale: the reason; then there are no checks
};

enum class Verdict { reproduced, partly, not_reproduced, not_measured };
std::string_view verdict_text(Verdict verdict);  ///< "reproduced", "partly", "not reproduced", "not measured"

/// A value in `acceptance` is reproduced, else in `direction` partly, else not.
Verdict verdict_of(const Check& check, const Estimate& estimate);
/// The worst of its checks counts, except that a mix of reproduced and not reproduced checks is partly;
/// a check without an estimate makes the claim not measured.
Verdict verdict_of(const Claim& claim, const std::map<std::string, Estimate>& estimates);

Json to_json(const Estimate& estimate);
Estimate estimate_from_json(const Json& json);
Json to_json(const Claim& claim);

}  // namespace offprint
