#include "offprint/paper/claim.hpp"

#include <fmt/format.h>

#include <cmath>

#include "offprint/base/text.hpp"

namespace offprint {

std::string range_text(const Range& range) {
  const bool low = std::isfinite(range.low), high = std::isfinite(range.high);
  if (low && high)
    return range.low == range.high ? fmt::format("= {}", short_number(range.low, 6))
                                   : fmt::format("{} to {}", short_number(range.low, 6), short_number(range.high, 6));
  if (low) return fmt::format(">= {}", short_number(range.low, 6));
  if (high) return fmt::format("<= {}", short_number(range.high, 6));
  return "any";
}

std::string_view verdict_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::reproduced:
      return "reproduced";
    case Verdict::partly:
      return "partly";
    case Verdict::not_reproduced:
      return "not reproduced";
    case Verdict::not_measured:
      return "not measured";
  }
  return "";
}

Verdict verdict_of(const Check& check, const Estimate& estimate) {
  if (check.acceptance.contains(estimate.value)) return Verdict::reproduced;
  return check.direction != Range{} && check.direction.contains(estimate.value) ? Verdict::partly
                                                                                : Verdict::not_reproduced;
}

Verdict verdict_of(const Claim& claim, const std::map<std::string, Estimate>& estimates) {
  bool any_good = false, any_bad = false, any_partly = false;
  for (const auto& check : claim.checks) {
    const auto found = estimates.find(check.name);
    if (found == estimates.end()) return Verdict::not_measured;
    const auto verdict = verdict_of(check, found->second);
    any_good |= verdict == Verdict::reproduced;
    any_partly |= verdict == Verdict::partly;
    any_bad |= verdict == Verdict::not_reproduced;
  }
  if (claim.checks.empty()) return Verdict::not_measured;
  if (!any_bad && !any_partly) return Verdict::reproduced;
  if (!any_bad) return Verdict::partly;
  return any_good || any_partly ? Verdict::partly : Verdict::not_reproduced;
}

namespace {

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

}  // namespace

Json to_json(const Estimate& estimate) {
  return {{"value", number_or_null(estimate.value)},
          {"low", number_or_null(estimate.low)},
          {"high", number_or_null(estimate.high)},
          {"seeds", estimate.seeds}};
}

Estimate estimate_from_json(const Json& json) {
  const auto number = [&](const char* key) {
    return json.contains(key) && json[key].is_number() ? json[key].get<double>() : std::nan("");
  };
  return {number("value"), number("low"), number("high"), json.value("seeds", 1)};
}

Json to_json(const Claim& claim) {
  Json checks = Json::array();
  for (const auto& check : claim.checks)
    checks.push_back({{"name", check.name},
                      {"description", check.description},
                      {"paper_says", check.paper_says},
                      {"acceptance", range_text(check.acceptance)},
                      {"direction", range_text(check.direction)},
                      {"unit", check.unit}});
  return {{"id", claim.id},   {"statement", claim.statement}, {"source", claim.source}, {"measured", claim.measured},
          {"checks", checks}, {"why_not", claim.why_not}};
}

}  // namespace offprint
