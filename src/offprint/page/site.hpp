// The page without its sockets: a request in, a response out. Everything that can be asked of the page goes through Site::answer.
#pragma once
#include <map>
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
};

struct Settings {
  std::string host;  ///< the host name allowed beside the loopback's; empty: none
  bool read_only = false;
  bool network = false;  ///< others can reach the page: their uploads are only run in the sandbox
  std::size_t upload_limit = std::size_t{64} << 20;
};

/// One form field of a POST; `file` tells an upload from a text.
struct Field {
  std::string name, file_name, value;
  bool file = false;
};
/// application/x-www-form-urlencoded or multipart/form-data. Throws BadInput if malformed.
std::vector<Field> parse_form(const std::string& type, const std::string& body);
std::map<std::string, std::string> parse_query(std::string_view query);  ///< the last of a repeated name wins

using runs::Values;

class Site {
 public:
  Site(std::filesystem::path data_folder, Settings settings);
  Response answer(const Request& request);

  /// The events of a run after `event` as Server-Sent Events text, for the stream; empties `finished` when nothing more will come.
  std::string stream(std::int64_t run, std::int64_t& event, bool& finished);
  bool has_run(std::int64_t run) { return store_.find(run).has_value(); }
  /// Empty if the request may be answered, else why not: Host against DNS rebinding, Origin against cross-site posts.
  std::string refusal(const Request& request) const;

 private:
  Response route(const Request& request, const std::string& path, const std::map<std::string, std::string>& query);
  Response list_page(const ListFilter& filter);
  Response front_page();  ///< the whole list: made once, then kept until a run or the ledger changes
  Response paper_page(const Paper& paper, PaperPage page, int status = 200);
  Response run_page(std::int64_t id);
  Response runs_page(const std::string& paper, std::int64_t before);
  Response compare_page(const std::string& target, bool csv);
  Response status_page();
  Response start_run(const Paper& paper, const Request& request, bool api);
  /// Writes an upload under its hash, with a name made from the client's; gives the path.
  std::string keep_upload(const std::string& name, const std::string& bytes);
  std::string file_of_run(const std::string& option, const std::string& source);
  Response run_action(std::int64_t id, const std::string& action);
  Response artifact(std::int64_t run, std::int64_t id);
  Response api(const Request& request, const std::vector<std::string>& parts,
               const std::map<std::string, std::string>& query);
  Response asset(const std::string& name);
  Json recorded_claims(const Paper& paper);
  void refresh_ledger();

  runs::Store store_;
  Settings settings_;
  Search search_;
  double indexed_;  ///< when search_ was made, Unix seconds
  Json ledger_;
  std::filesystem::file_time_type ledger_time_{};
  Response front_;
  std::pair<std::int64_t, std::filesystem::file_time_type> front_of_{
      -1, {}};  ///< what front_ was made from: the store's revision and the ledger's time
  std::map<std::string, Response> assets_;
  std::string token_;  ///< of the forms of this process, against cross-site posts
};

}  // namespace offprint::page
