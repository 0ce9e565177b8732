// The ledger of recorded measurements, results/claims.json: for each claim the numbers of its largest budget, and how
// they were measured. Verdicts are not recorded: they follow from the numbers and today's acceptance.
//   {"papers": {"presto": {"P1": {"budget", "seed", "threads", "cpu_seconds", "commit", "date", "machine",
//                                 "checks": {"t_logit": {"value", "low", "high", "seeds", "acceptance",
// "direction"}}}}}}
#pragma once
#include <filesystem>
#include <functional>

#include "offprint/paper/paper.hpp"

namespace offprint {

/// An empty ledger where the file does not exist. Throws BadInput where it is none.
Json read_ledger(const std::filesystem::path& file);

/// Enters the measured claims. `how` holds budget, seed, threads, cpu_seconds, commit, date, machine. A claim keeps the
/// record of its largest budget; of equal budgets the newer.
void record(Json& ledger, const Paper& paper, const Estimates& estimates, const Json& how);

/// The claims with their verdicts, from recorded or just measured numbers. Of a ledger all claims, of estimates those
/// measured: [{"id", "verdict", "ours", "why_not", "budget", "commit", "date", "checks": [{"name", "description",
/// "paper_says", "value", "low", "high", "seeds", "unit", "acceptance", "direction", "verdict"}]}].
Json judged_claims(const Paper& paper, const Json& ledger);
Json judged_claims(const Paper& paper, const Estimates& estimates);

/// How many claims there are of each verdict, in the order in which people read them; the paper's own, or ours.
std::vector<std::pair<std::string, int>> count_verdicts(const Json& judged, bool ours);

/// Where the ledger no longer fits a paper's claims, one line each: a claim or check that is gone, one that was never
/// recorded, an acceptance or direction that was changed after the measurement.
std::vector<std::string> drift(const Paper& paper, const Json& ledger);

}  // namespace offprint
