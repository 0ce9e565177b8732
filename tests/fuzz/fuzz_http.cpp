// A request as it comes from the socket: parsed by Beast under the server's limits, answered by a site whose queue is
// full, so that nothing starts. The one paper with a room is made up here, so that this program needs no room.
#include <unistd.h>

#include <boost/beast/http.hpp>
#include <filesystem>

#include "fuzz.hpp"
#include "offprint/base/text.hpp"
#include "offprint/page/server.hpp"

namespace offprint {
namespace {

enum class Method { fast, slow };

struct FitOptions {
  InputFile data;
  double penalty = 0.5;
  int folds = 5;
  bool published = false;
  Method method = Method::fast;
  std::vector<double> rates{1, 2.5};
  std::vector<std::string> order;
  OutputFile output;
};

Paper made_up() {
  Paper paper;
  paper.slug = "presto";
  paper.title = "A paper";
  paper.wing = "decisions";
  paper.claims = {
      {"C1", "is small", "Section 1", "measured", {{"size", "the size", "0.4", at_most(0.6), at_most(1), ""}}, ""}};
  paper.verbs = {verb<FitOptions>("fit", "Fit")
                     .option(&FitOptions::data, "data", "The table", Positional{}, Required{})
                     .option(&FitOptions::penalty, "penalty", "Penalty", at_least(0))
                     .option(&FitOptions::folds, "folds", "Folds", between(2, 20))
                     .option(&FitOptions::published, "as-published", "With the slips")
                     .option(&FitOptions::method, "method", "Method",
                             Choices<Method>{{{"fast", Method::fast}, {"slow", Method::slow}}})
                     .option(&FitOptions::rates, "rates", "Rates", at_least(0))
                     .option(&FitOptions::order, "order", "Classes")
                     .output(&FitOptions::output, "model.json", "Where to write")
                     .runs([](const FitOptions&, Run&) {}),
                 verb<FitOptions>("reproduce", "Measure").runs([](const FitOptions&, Run&) {})};
  return paper;
}

}  // namespace

const std::vector<const Paper*>& tools() {
  static const std::vector<const Paper*> none;
  return none;
}

const std::vector<std::string>& being_built() {
  static const std::vector<std::string> none;
  return none;
}

const std::vector<const Paper*>& rooms() {
  static const Paper paper = made_up();
  static const std::vector<const Paper*> all{&paper};
  return all;
}

}  // namespace offprint

namespace {

namespace fs = std::filesystem;
using offprint::page::Site;

struct Fixture {
  Fixture()
      : folder(fs::temp_directory_path() / ("offprint-fuzz-" + std::to_string(getpid()))),
        site(folder, {}),
        store(folder) {
    for (int i = 0; i < 200; ++i) store.add({"presto", "reproduce", {}, {}}, "queued", offprint::Json::object(), "");
    const auto run = store.add({"presto", "reproduce", {}, {}}, "running", offprint::Json::object(), "");
    store.append(run, {{"note", {{"text", "<b>&\"'"}}}, {"metric", {{"name", "m"}, {"step", 1}, {"value", 2}}}});
    store.finish(run, "done", 0, "");
  }
  ~Fixture() { fs::remove_all(folder); }
  fs::path folder;
  Site site;
  offprint::runs::Store store;
};

}  // namespace

void read_bytes(std::string_view bytes) {
  static Fixture fixture;
  namespace http = boost::beast::http;
  http::request_parser<http::string_body> parser;
  offprint::page::set_limits(parser, std::size_t{1} << 20);
  parser.eager(true);
  boost::beast::error_code error;
  const auto used = parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
  must(used <= bytes.size(), "no more is read than is there");
  if (error || !parser.is_done() || offprint::page::header_problem(parser.get()).first != 0) return;
  const auto response = fixture.site.answer(offprint::page::request_of(parser.release()));
  must(response.status >= 200 && response.status < 500, "a request never breaks the site");
  must(response.headers.count("Content-Security-Policy") == 1, "every answer stands under the policy");
  for (const auto& [name, value] : response.headers)
    must(value.find_first_of("\r\n") == std::string::npos, "a header is one line");
}
