// What the pages look like.
#pragma once
#include "offprint/data/catalogue.hpp"
#include "offprint/page/html.hpp"
#include "offprint/runs/store.hpp"

namespace offprint::page {

struct ListFilter {
  std::string words, wing;
  bool runnable = false;  ///< only papers with a room
  std::size_t page = 1;   ///< the first is 1
};
constexpr std::size_t papers_a_page = 50;

/// Claims over all papers by verdict, for the list's head.
using VerdictCounts = std::map<std::string, int>;

Html list_view(const ListFilter& filter, const std::string& corrected, std::size_t count, std::size_t rooms,
               const VerdictCounts& verdicts, const Html& papers);
/// `recorded`: the paper's claims judged from the ledger, or null. `state`: of its newest run, or empty.
Html paper_in_list(const Paper& paper, const Json& recorded, const std::string& state);
Html about_view();
/// The substrate's nouns and what each can do.
Html tools_view();

struct PaperPage {
  Json recorded;  ///< the paper's claims judged from the ledger, or null
  std::vector<runs::RunRecord> last_runs;
  std::vector<data::DataSet> data_sets;                        ///< of the catalogue
  std::vector<std::pair<std::int64_t, runs::Artifact>> files;  ///< that runs wrote and forms offer
  std::string token;                                           ///< of the forms
  std::optional<runs::RunRecord>
      stored;        ///< a finished run that did exactly what was asked for: offered before running again
  std::string verb;  ///< of the form that is shown with `values`
  runs::Values values;
  std::map<std::string, std::string> problems;  ///< why that form was refused, by option; "" for what concerns several
};
Html paper_view(const Paper& paper, const PaperPage& page);
/// "The paper says / we measured / verdict", from judged claims; `open`: with all their checks unfolded.
Html claims_view(const Paper& paper, const Json& judged, bool open);

/// Notes beyond a page's worth stand on further pages, after the event `notes_after`.
Html run_view(runs::Store& store, const runs::RunRecord& run, const Paper* paper, const std::string& token,
              std::int64_t notes_after);
Html runs_table(const std::vector<runs::RunRecord>& all, bool choose);
Html compare_view(runs::Store& store, const std::vector<runs::RunRecord>& chosen);
std::string compare_csv(runs::Store& store, const std::vector<runs::RunRecord>& chosen);

// Parts that several pages share.
Html chip(const std::string& kind, const std::string& text);
Html link(const std::string& target, const Html& content);
Html action_form(std::int64_t run, const std::string& action, const std::string& label, const std::string& token);
std::string paper_link(const Paper& paper);
std::string run_link(std::int64_t run);
std::string when(double seconds);                   ///< local date and time; empty for 0
std::string lasting(double seconds);                ///< "12 s", "3 min", "5 h", "2 days"
std::string day_text(const std::string& iso_date);  ///< "2025-02-13" as "13 Feb 2025"
std::string shown_value(const std::string& text);   ///< an option's value as people call it: uploads by their names
std::string shown_error(const std::string& text);   ///< without the folders in which a run found its inputs
/// The page of the form, filled in.
std::string form_link(const Paper& paper, const std::string& verb, const runs::Values& values);
std::string upload_refusal_text(const std::string& why);
/// LaTeX as authors write it in titles and abstracts: emphasis, accents and dashes become text, formulas are left to
/// the page's script, other commands stay as they are written.
Html latex_text(std::string_view text);
std::string shorten(const std::string& text, std::size_t length);

}  // namespace offprint::page
