// What the pages look like.
#pragma once
#include "offprint/page/html.hpp"
#include "offprint/runs/store.hpp"

namespace offprint::page {

Html list_view(const std::string& words, const std::string& wing, const std::string& corrected, std::size_t count, const Html& papers);
/// `recorded`: the paper's entry in the ledger, or null. `state`: of its newest run, or empty.
Html paper_in_list(const Paper& paper, const Json& recorded, const std::string& state);
/// `values`, `verb` and `error`: of a form that was refused, to show it again.
Html paper_view(const Paper& paper, const Json& recorded, const std::vector<runs::RunRecord>& last_runs, const std::string& token, const runs::Values& values,
                const std::string& verb, const std::string& error);
Html run_view(runs::Store& store, const runs::RunRecord& run, const Paper* paper, const std::string& token);
Html runs_table(const std::vector<runs::RunRecord>& all, bool choose);
Html compare_view(runs::Store& store, const std::vector<runs::RunRecord>& chosen);
Html about_view();
/// "The paper says / we measured / verdict", from judged claims.
Html claims_table(const Paper& paper, const Json& judged);

}  // namespace offprint::page
