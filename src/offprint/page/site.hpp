// The page without its sockets: a request in, a response out. Everything that can be asked of the page goes through
// Site::answer.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "offprint/page/search.hpp"
#include "offprint/page/views.hpp"
#include "offprint/runs/store.hpp"

namespace offprint::page {

struct Request {
  std::string method, target;                  ///< target with its query
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
};

struct Response {
  int status = 200;
  std::string type = "text/html; charset=utf-8";
  std::map<std::string, std::string> headers;
  std::string body;
  std::shared_ptr<RegularFile> file;  ///< sent instead of the body
};

struct Settings {
  std::vector<std::string> hosts;  ///< names allowed beside the loopback's
  bool read_only = false;
  bool network = false;  ///< others can reach the page
  std::size_t upload_limit = std::size_t{64} << 20;
  std::uint64_t uploads_quota = std::uint64_t{2} << 30;  ///< of all uploads that are kept
  std::string token;                                     ///< of the forms, against cross-site posts; empty: one is made
};

/// One form field of a POST; `file` tells an upload from a text.
struct Field {
  std::string name, file_name, value;
  std::string_view content;  ///< of an upload, in the body of the request
  bool file = false;
};
/// application/x-www-form-urlencoded or multipart/form-data. Throws BadInput if malformed.
std::vector<Field> parse_form(const std::string& type, const std::string& body);
std::map<std::string, std::string> parse_query(std::string_view query);  ///< the last of a repeated name wins

using runs::Values;

/// One thread's view of the page. Several may answer at once, each with one of its own on the same data folder.
class Site {
 public:
  Site(std::filesystem::path data_folder, Settings settings);
  Response answer(const Request& request);
  /// True if the answer may take long: it hashes, parses or reads much. Such requests are not answered on the thread
  /// that serves the others.
  static bool is_slow(const Request& request);

  /// The events of a run after `event` as Server-Sent Events text, for the stream; sets `finished` when nothing more
  /// will come.
  std::string stream(std::int64_t run, std::int64_t& event, bool& finished);
  bool has_run(std::int64_t run) { return store_.find(run).has_value(); }
  /// Empty if the request may be answered, else why not: Host against DNS rebinding, Origin against cross-site posts.
  std::string refusal(const Request& request) const;
  const Settings& settings() const { return settings_; }
  const std::filesystem::path& folder() const { return store_.folder(); }

 private:
  Response route(const Request& request, const std::string& path, const std::map<std::string, std::string>& query);
  /// A list, a search or the API's papers: made once, then kept until a run's state or the ledger changes.
  Response kept(const Request& request, const std::function<Response()>& make);
  Response list_page(const ListFilter& filter);
  Response paper_page(const Paper& paper, const std::map<std::string, std::string>& query);
  Response show_paper(const Paper& paper, PaperPage page, int status = 200);
  Response run_page(std::int64_t id, std::int64_t notes_after);
  Response runs_page(const std::string& paper, std::int64_t before);
  Response compare_page(const std::string& target, bool csv);
  Response status_page();
  Response start_run(const Paper& paper, const Request& request, bool api);
  /// What an instant verb says of a form's fields, as JSON; nothing is recorded.
  Response preview(const Paper& paper, const Request& request);
  /// Writes an upload under its hash, with a name made from the client's; gives its identity.
  std::string keep_upload(const std::string& name, std::string_view bytes);
  void make_room_for_upload(std::uint64_t bytes);
  /// What is wrong with a form's values, by the name of the option; "" for what concerns several.
  std::map<std::string, std::string> problems_of(const Paper& paper, const Verb& verb, const Values& values);
  Response run_action(std::int64_t id, const std::string& action);
  Response artifact(std::int64_t run, std::int64_t id);
  Response whole_event(std::int64_t run, std::int64_t event);
  Response api(const Request& request, const std::vector<std::string>& parts,
               const std::map<std::string, std::string>& query);
  std::string events_since(const runs::RunRecord& run, std::int64_t event);
  Json public_run(const runs::RunRecord& run);
  Response asset(const std::string& name);
  const Json& recorded_claims(const Paper& paper);
  void refresh_ledger();
  Search& search();

  runs::Store store_;
  Settings settings_;
  std::optional<Search> search_;
  double started_;  ///< Unix seconds
  Json ledger_;
  std::map<std::string, Json> judged_;  ///< claims of each paper, from the ledger
  std::filesystem::file_time_type ledger_time_{};
  struct Kept {
    Response plain, zipped;
  };
  std::size_t kept_bytes_ = 0;
  std::map<std::string, Kept> kept_;  ///< by target
  std::pair<std::int64_t, std::filesystem::file_time_type> kept_of_{
      -1, {}};                      ///< what kept_ was made from: the runs' states and the ledger's time
  std::vector<std::string> items_;  ///< of the list, by paper
};

/// Throws BadInput naming the first entry that may not be shown: an id that is no slug, no title, a link that is not
/// https, a text of absurd length.
void check_papers(const std::vector<Paper>& papers);

}  // namespace offprint::page
