#include "offprint/page/site.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "offprint/base/file.hpp"
#include "offprint/base/share.hpp"
#include "offprint/base/text.hpp"
#include "offprint/page/responses.hpp"
#include "offprint/paper/catalogue.hpp"
#include "offprint/paper/describe.hpp"
#include "offprint/paper/ledger.hpp"
#include "offprint/paper/sinks.hpp"
#include "offprint/runs/dispatcher.hpp"

namespace offprint::page {
namespace fs = std::filesystem;

namespace {

constexpr auto policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors "
    "'none'; base-uri 'none'";

std::int64_t number(const std::string& text) { return parse_integer(text).value_or(-1); }

std::size_t page_number(const std::string& text) {
  return static_cast<std::size_t>(std::clamp<std::int64_t>(number(text), 1, 1000000));
}

std::string random_token() {
  unsigned char bytes[16];
  randombytes_buf(bytes, sizeof bytes);
  char text[33];
  return sodium_bin2hex(text, sizeof text, bytes, sizeof bytes);
}

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

double time_of(const fs::path& file) {
  std::error_code missing;
  const auto age = fs::file_time_type::clock::now() - fs::last_write_time(file, missing);
  return missing ? 0 : now() - std::chrono::duration<double>(age).count();
}

std::string mime_of(const std::string& name) {
  const auto ending = fs::path(name).extension().string();
  return ending == ".css"     ? "text/css"
         : ending == ".js"    ? "text/javascript"
         : ending == ".svg"   ? "image/svg+xml"
         : ending == ".woff2" ? "font/woff2"
                              : "application/octet-stream";
}

}  // namespace

Site::Site(fs::path data_folder, Settings settings)
    : store_(std::move(data_folder)),
      settings_(std::move(settings)),
      search_(all_papers()),
      indexed_(now()),
      token_(random_token()) {
  store_.mark_orphans();
  std::error_code ignored;
  const auto folder = share_folder() / "assets";
  if (fs::exists(folder, ignored))
    for (const auto& entry : fs::recursive_directory_iterator(folder, fs::directory_options::follow_directory_symlink))
      if (entry.is_regular_file()) {
        const auto name = entry.path().lexically_relative(folder).generic_string();
        auto bytes = read_file(entry.path());
        const auto tag = "\"" + sha256(bytes).substr(0, 16) + "\"";
        assets_[name] = {200, mime_of(name), {{"ETag", tag}, {"Cache-Control", "no-cache"}}, std::move(bytes)};
      }
  if (store_.count("queued") > 0) runs::ensure_dispatcher(store_.folder());
}

std::string Site::refusal(const Request& request) const {
  const auto header = [&](const char* name) {
    const auto found = request.headers.find(name);
    return found == request.headers.end() ? std::string() : found->second;
  };
  const auto name_of = [](const std::string& host) {
    return host.starts_with('[') ? host.substr(0, host.find(']') + 1) : host.substr(0, host.find(':'));
  };
  const auto host = header("host"), name = name_of(host);
  if (name != "localhost" && name != "127.0.0.1" && name != "[::1]" &&
      (settings_.host.empty() || name != settings_.host))
    return "this name does not lead here";
  if (request.method == "GET" || request.method == "HEAD") return "";
  const auto origin = header("origin"), site = header("sec-fetch-site");
  if (!origin.empty() && origin != "http://" + host && origin != "https://" + host) return "posted from another site";
  if (!site.empty() && site != "same-origin" && site != "none") return "posted from another site";
  return "";
}

Response Site::answer(const Request& request) {
  const bool api = request.target.starts_with("/api/");
  Response response;
  try {
    const auto question = request.target.find('?');
    const auto query =
        parse_query(question == std::string::npos ? "" : std::string_view(request.target).substr(question + 1));
    if (const auto why = refusal(request); !why.empty())
      response = problem(403, why, api);
    else if (request.method != "GET" && request.method != "HEAD" && request.method != "POST")
      response = problem(405, "this method is not served", api);
    else if (request.method == "POST" && settings_.read_only)
      response = problem(403, "this page is read-only", api);
    else
      response = route(request, request.target.substr(0, question), query);
  } catch (const BadInput& error) {
    response = problem(400, error.what(), api);
  } catch (const UsageError& error) {
    response = problem(400, error.what(), api);
  } catch (const std::exception& error) {
    response = problem(500, error.what(), api);
  }
  response.headers["Content-Security-Policy"] = policy;
  response.headers["X-Content-Type-Options"] = "nosniff";
  response.headers["Referrer-Policy"] = "same-origin";
  if (const auto tag = response.headers.find("ETag"); tag != response.headers.end())
    if (const auto known = request.headers.find("if-none-match");
        known != request.headers.end() && known->second == tag->second) {
      response.status = 304;
      response.body.clear();
    }
  return response;
}

Response Site::route(const Request& request, const std::string& path, const std::map<std::string, std::string>& query) {
  const auto value = [&](const char* name) {
    const auto found = query.find(name);
    return found == query.end() ? std::string() : found->second;
  };
  const auto parts = split(std::string_view(path).substr(std::min<std::size_t>(1, path.size())), '/');
  const bool post = request.method == "POST";
  if (!parts.empty() && parts[0] == "api") return api(request, parts, query);
  if (!post && (parts.empty() || path == "/papers"))
    return query.empty()
               ? front_page()
               : list_page({value("q"), value("wing"), value("runnable") == "yes", page_number(value("page"))});
  if (!post && parts[0] == "assets") return asset(path.substr(std::min<std::size_t>(path.size(), 8)));
  if (parts.size() >= 2 && parts[0] == "papers") {
    const auto* paper = find_paper(parts[1]);
    if (!paper) return problem(404, "there is no such paper", false);
    if (!post && parts.size() == 2) {
      PaperPage page;
      if (query.count("stored")) page.stored = store_.find(number(query.at("stored")));
      if (page.stored && (page.stored->state != "done" || page.stored->request.slug != paper->slug))
        page.stored.reset();
      return paper_page(*paper, std::move(page));
    }
    if (post && parts.size() == 3 && parts[2] == "runs") return start_run(*paper, request, false);
  }
  if (!post && path == "/runs") return runs_page(value("paper"), std::max<std::int64_t>(0, number(value("before"))));
  if (parts.size() >= 2 && parts[0] == "runs") {
    const auto id = number(parts[1]);
    if (!post && parts.size() == 2) return run_page(id);
    if (!post && parts.size() == 4 && parts[2] == "files") return artifact(id, number(parts[3]));
    if (post && parts.size() == 3) {
      const auto form =
          parse_form(request.headers.count("content-type") ? request.headers.at("content-type") : "", request.body);
      const bool ours = std::any_of(form.begin(), form.end(),
                                    [&](const Field& field) { return field.name == "token" && field.value == token_; });
      return ours ? run_action(id, parts[2]) : problem(403, "the form is out of date; load the page again", false);
    }
  }
  if (!post && (path == "/compare" || path == "/compare.csv"))
    return compare_page(request.target, path == "/compare.csv");
  if (!post && path == "/tools") return html("Tools", tools_view());
  if (!post && path == "/status") return status_page();
  if (!post && path == "/about") return html("About", about_view());
  return problem(404, "there is no such page", false);
}

void Site::refresh_ledger() {
  static const auto file = share_folder() / "claims.json";
  std::error_code missing;
  const auto time = fs::last_write_time(file, missing);
  if (missing || time == ledger_time_) return;
  ledger_time_ = time;
  try {
    ledger_ = read_ledger(file);
  } catch (const BadInput&) {
    ledger_ = nullptr;  // the page goes on without recorded results
  }
}

Json Site::recorded_claims(const Paper& paper) {
  refresh_ledger();
  if (!ledger_.is_object() || !ledger_["papers"].contains(paper.slug)) return nullptr;
  return judged_claims(paper, ledger_);
}

Response Site::front_page() {
  refresh_ledger();
  const std::pair now{store_.revision(), ledger_time_};
  if (front_of_ != now) {
    front_ = list_page({});
    front_of_ = now;
  }
  return front_;
}

Response Site::list_page(const ListFilter& filter) {
  Hits hits;
  std::vector<const Paper*> shown;
  if (filter.words.empty()) {
    for (const auto& paper : all_papers()) shown.push_back(&paper);
  } else {
    hits = search_.find(filter.words);
    for (const auto index : hits.papers) shown.push_back(&all_papers()[index]);
  }
  std::erase_if(shown, [&](const Paper* paper) {
    return (!filter.wing.empty() && paper->wing != filter.wing) || (filter.runnable && !paper->has_room());
  });
  Html list;
  VerdictCounts verdicts;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const auto* paper = shown[i];
    const auto recorded = recorded_claims(*paper);
    for (const auto& claim : recorded) ++verdicts[claim["verdict"].get<std::string>()];
    if (i / papers_a_page + 1 != filter.page) continue;
    const auto last = store_.list(1, 0, paper->slug);
    list += paper_in_list(*paper, recorded, last.empty() ? "" : last[0].state);
  }
  return html("Papers", list_view(filter, hits.corrected, shown.size(), papers().size(), verdicts, list));
}

Response Site::paper_page(const Paper& paper, PaperPage page, int status) {
  page.recorded = recorded_claims(paper);
  page.last_runs = store_.list(8, 0, paper.slug);
  page.data_sets = data::list();
  page.files = store_.newest_artifacts(200);
  page.token = token_;
  return html(paper.title, paper_view(paper, page), status);
}

Response Site::run_page(std::int64_t id) {
  store_.mark_orphans();
  const auto run = store_.find(id);
  if (!run) return problem(404, "there is no such run", false);
  const auto* paper = find_paper(run->request.slug);
  return html("Run " + std::to_string(id), run_view(store_, *run, paper, token_), 200,
              {.charts = true, .refresh_seconds = run->finished() ? 0 : 3});
}

Response Site::runs_page(const std::string& paper, std::int64_t before) {
  constexpr std::size_t runs_a_page = 50;
  store_.mark_orphans();
  const auto slug = slug_of(paper);
  const auto shown = store_.list(runs_a_page, before, slug);
  Html older;
  if (shown.size() == runs_a_page)
    older = element("p", link(fmt::format("/runs?before={}{}", shown.back().id,
                                          paper.empty() ? "" : "&paper=" + escape_url_part(paper)),
                              "Older runs"));
  return html("Runs", element("h1", paper.empty() ? "Runs" : "Runs of " + command_name(slug)) +
                          runs_table(shown, true) + older);
}

Response Site::compare_page(const std::string& target, bool csv) {
  std::vector<runs::RunRecord> chosen;
  const auto question = target.find('?');
  for (const auto& part :
       split(question == std::string::npos ? "" : std::string_view(target).substr(question + 1), '&'))
    if (part.starts_with("run="))
      if (auto run = store_.find(number(part.substr(4)))) chosen.push_back(std::move(*run));
  if (chosen.size() < 2 || chosen.size() > 20) return problem(400, "choose 2 to 20 runs to compare", false);
  if (csv)
    return {200,
            "text/csv; charset=utf-8",
            {{"Content-Disposition", "attachment; filename=\"compare.csv\""}},
            compare_csv(store_, chosen)};
  return html("Compare", compare_view(store_, chosen), 200, {.charts = true});
}

Response Site::status_page() {
  store_.mark_orphans();
  const auto space = fs::space(store_.folder());
  Html rows;
  const auto row = [&](const char* what, const std::string& state) {
    rows += element("tr", element("th", {{"scope", "row"}}, what) + element("td", state));
  };
  row("Program", version() + " (" + build_commit() + ")");
  row("Running", std::to_string(store_.count("running")));
  row("Queued", std::to_string(store_.count("queued")));
  row("Free disk", fmt::format("{:.1f} GiB", static_cast<double>(space.available) / (1 << 30)));
  row("Data folder", store_.folder().string());
  row("Sandbox", runs::sandbox_works() ? "runs see no network and a read-only system"
                                       : "bubblewrap does not work here: runs are limited, not sandboxed");
  row("Papers", fmt::format("{} listed, {} with a room", all_papers().size(), papers().size()));
  const bool stale = time_of(share_folder() / "papers.json") > indexed_;
  row("Search index", fmt::format("made {}, {} ago{}", when(indexed_), lasting(now() - indexed_),
                                  stale ? "; older than the list of papers: start the page again" : ""));
  refresh_ledger();
  const auto ledger = time_of(share_folder() / "claims.json");
  row("Recorded results",
      ledger > 0 ? fmt::format("written {}, {} ago", when(ledger), lasting(now() - ledger)) : "none");
  auto at_work = store_.list(50, 0, "", "running");
  for (auto& run : store_.list(50, 0, "", "queued")) at_work.push_back(std::move(run));
  const Html queue = at_work.empty() ? Html() : element("h2", "At work and waiting") + runs_table(at_work, false);
  return html("Status", element("h1", "Status") + element("table", {{"class", "facts"}}, rows) + queue);
}

Response Site::api(const Request& request, const std::vector<std::string>& parts,
                   const std::map<std::string, std::string>& query) {
  const bool post = request.method == "POST";
  if (parts.size() >= 3 && parts[1] == "v1") {
    if (!post && parts[2] == "papers" && parts.size() == 3) {
      Json all = Json::array();
      const auto words = query.find("q");
      if (words != query.end())
        for (const auto index : search_.find(words->second).papers) all.push_back(describe(all_papers()[index]));
      else
        for (const auto& paper : all_papers()) all.push_back(describe(paper));
      return json({{"papers", all}});
    }
    if (parts[2] == "papers" && parts.size() >= 4) {
      const auto* paper = find_paper(parts[3]);
      if (!paper) return problem(404, "there is no such paper", true);
      if (!post && parts.size() == 4) {
        auto description = describe(*paper);
        description["recorded"] = recorded_claims(*paper);
        return json(description);
      }
      if (post && parts.size() == 5 && parts[4] == "runs") return start_run(*paper, request, true);
    }
    if (!post && parts[2] == "runs" && parts.size() == 3) {
      Json all = Json::array();
      for (const auto& run :
           store_.list(50, query.count("before") ? std::max<std::int64_t>(0, number(query.at("before"))) : 0))
        all.push_back(to_json(run));
      return json({{"runs", all}});
    }
    if (!post && parts[2] == "runs" && parts.size() == 4) {
      const auto run = store_.find(number(parts[3]));
      if (!run) return problem(404, "there is no such run", true);
      auto description = to_json(*run);
      if (const auto* paper = find_paper(run->request.slug))
        description["claims"] = judged_claims(*paper, store_.estimates(run->id));
      return json(description);
    }
  }
  return problem(404, "there is no such resource", true);
}

Response Site::asset(const std::string& name) {
  const auto found = assets_.find(name);
  return found == assets_.end() ? problem(404, "there is no such file", false) : found->second;
}

std::string Site::stream(std::int64_t id, std::int64_t& event, bool& finished) {
  // Read before the events: a run that had ended by now has said everything.
  auto run = store_.find(id);
  std::string text;
  constexpr std::size_t batch = 2000;
  const auto events = store_.events_after(id, event, batch);
  for (const auto& one : events) {
    text += fmt::format("id: {}\nevent: {}\ndata: {}\n\n", one.id, one.kind, one.payload);
    event = one.id;
  }
  if (run && run->state == "running" && events.empty() && store_.mark_orphans() > 0) run = store_.find(id);
  if (run && run->finished() && events.size() < batch) {
    text += fmt::format("event: end\ndata: {}\n\n",
                        text_of({{"state", run->state}, {"error", without_upload_folder(run->error)}}));
    finished = true;
  }
  return text;
}

}  // namespace offprint::page
