#include "offprint/page/site.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <tuple>

#include "offprint/base/file.hpp"
#include "offprint/base/share.hpp"
#include "offprint/base/text.hpp"
#include "offprint/page/responses.hpp"
#include "offprint/paper/catalogue.hpp"
#include "offprint/paper/describe.hpp"
#include "offprint/paper/ledger.hpp"
#include "offprint/paper/sinks.hpp"
#include "offprint/runs/dispatcher.hpp"
#include "offprint/runs/inputs.hpp"

namespace offprint::page {
namespace fs = std::filesystem;

namespace {

constexpr auto policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src "
    "'self'; form-action 'self'; frame-ancestors "
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

namespace {

/// What the page ships with, read once for all threads.
const std::map<std::string, Response>& assets() {
  static const auto all = [] {
    std::map<std::string, Response> read;
    std::error_code ignored;
    const auto folder = share_folder() / "assets";
    if (!fs::exists(folder, ignored)) return read;
    for (const auto& entry : fs::recursive_directory_iterator(folder, fs::directory_options::follow_directory_symlink))
      if (entry.is_regular_file()) {
        const auto name = entry.path().lexically_relative(folder).generic_string();
        auto bytes = read_file(entry.path());
        const auto tag = "\"" + sha256(bytes).substr(0, 16) + "\"";
        read[name] = {200, mime_of(name), {{"ETag", tag}, {"Cache-Control", "no-cache"}}, std::move(bytes), {}};
      }
    return read;
  }();
  return all;
}

}  // namespace

Site::Site(fs::path data_folder, Settings settings)
    : store_(std::move(data_folder)), settings_(std::move(settings)), started_(now()) {
  check_papers(all_papers());
  if (settings_.token.empty()) settings_.token = random_token();
  store_.mark_orphans();
  if (store_.count("queued") > 0) runs::ensure_dispatcher(store_.folder());
}

void check_papers(const std::vector<Paper>& papers) {
  for (const auto& paper : papers) {
    const auto refuse = [&](const std::string& problem) {
      throw BadInput("papers.json: the entry '" + shorten(paper.slug, 60) + "'", problem, "mend it there");
    };
    const auto is_slug = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    };
    if (paper.slug.empty() || paper.slug.size() > 80 || !std::all_of(paper.slug.begin(), paper.slug.end(), is_slug))
      refuse("has an id that is not made of 1 to 80 of a-z, 0-9, _ and -");
    if (trim(paper.title).empty()) refuse("has no title");
    for (const auto& [what, length, most] :
         {std::tuple{"title", paper.title.size(), std::size_t{500}},
          {"venue", paper.venue.size(), std::size_t{300}},
          {"summary", paper.summary.size(), std::size_t{20000}},
          {"BibTeX entry", paper.bibtex.size(), std::size_t{20000}},
          {"list of authors", join(paper.authors, ", ").size(), std::size_t{100000}}})
      if (length > most) refuse(fmt::format("has a {} of {} bytes; at most {} are shown", what, length, most));
    for (const auto& link : paper.links) {
      if (!link.url.starts_with("https://") || link.url.size() > 2000 ||
          link.url.find_first_of(" \t\r\n\"<>") != std::string::npos)
        refuse("has a link that is no https address: " + shorten(link.url, 100));
      if (trim(link.label).empty() || link.label.size() > 200)
        refuse("has a link without a label, or with one too long");
    }
  }
}

Search& Site::search() {
  if (!search_) search_.emplace(all_papers());
  return *search_;
}

bool Site::is_slow(const Request& request) {
  const auto path = std::string_view(request.target).substr(0, request.target.find('?'));
  const bool asks = path.size() < request.target.size();
  if (request.method == "POST") return true;
  if (path.starts_with("/papers/")) return asks;  // a form with values, whose files are looked at
  if (path.starts_with("/api/v1/runs/")) return !path.ends_with("/events");
  return path.starts_with("/runs/") || path.starts_with("/compare");
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
      std::find(settings_.hosts.begin(), settings_.hosts.end(), name) == settings_.hosts.end())
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
  // A form with values repeats what its address says beside the form's token: compressed, its length would tell one
  // through the other.
  if (!request.target.starts_with("/papers/") || request.target.find('?') == std::string::npos)
    compress(request, response);
  return response;
}

Response Site::kept(const Request& request, const std::function<Response()>& make) {
  constexpr std::size_t most_bytes = 12 << 20;
  refresh_ledger();
  const std::pair now{store_.states_revision(), ledger_time_};
  if (kept_of_ != now || kept_bytes_ > most_bytes) {
    if (kept_of_ != now) items_.clear();
    kept_.clear();
    kept_bytes_ = 0;
    kept_of_ = now;
  }
  auto found = kept_.find(request.target);
  if (found == kept_.end()) {
    Kept both{make(), {}};
    both.zipped = both.plain;
    compress({"GET", "", {{"accept-encoding", "gzip"}}, ""}, both.zipped);
    kept_bytes_ += both.plain.body.size() + both.zipped.body.size() + request.target.size();
    found = kept_.emplace(request.target, std::move(both)).first;
  }
  return accepts_gzip(request) ? found->second.zipped : found->second.plain;
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
    return kept(request, [&] {
      return list_page({value("q"), value("wing"), value("runnable") == "yes", page_number(value("page"))});
    });
  if (!post && parts[0] == "assets") return asset(path.substr(std::min<std::size_t>(path.size(), 8)));
  if (parts.size() >= 2 && parts[0] == "papers") {
    const auto* paper = find_paper(parts[1]);
    if (!paper) return problem(404, "there is no such paper", false);
    if (!post && parts.size() == 2) return paper_page(*paper, query);
    if (post && parts.size() == 3 && parts[2] == "runs") return start_run(*paper, request, false);
    if (post && parts.size() == 3 && parts[2] == "preview") return preview(*paper, request);
  }
  if (!post && path == "/runs") return runs_page(value("paper"), std::max<std::int64_t>(0, number(value("before"))));
  if (parts.size() >= 2 && parts[0] == "runs") {
    const auto id = number(parts[1]);
    if (!post && parts.size() == 2) return run_page(id, std::max<std::int64_t>(0, number(value("notes"))));
    if (!post && parts.size() == 4 && parts[2] == "files") return artifact(id, number(parts[3]));
    if (!post && parts.size() == 4 && parts[2] == "events") return whole_event(id, number(parts[3]));
    if (post && parts.size() == 3) {
      const auto form =
          parse_form(request.headers.count("content-type") ? request.headers.at("content-type") : "", request.body);
      const bool ours = std::any_of(form.begin(), form.end(), [&](const Field& field) {
        return field.name == "token" && field.value == settings_.token;
      });
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
  judged_.clear();
  try {
    ledger_ = read_ledger(file);
  } catch (const BadInput&) {
    ledger_ = nullptr;  // the page goes on without recorded results
  }
}

const Json& Site::recorded_claims(const Paper& paper) {
  static const Json none;
  refresh_ledger();
  if (!ledger_.is_object() || !ledger_["papers"].contains(paper.slug)) return none;
  auto& judged = judged_[paper.slug];
  if (judged.is_null()) judged = judged_claims(paper, ledger_);
  return judged;
}

Response Site::list_page(const ListFilter& filter) {
  if (items_.empty()) {
    const auto states = store_.newest_states();
    for (const auto& paper : all_papers()) {
      const auto last = states.find(paper.slug);
      items_.push_back(paper_in_list(paper, recorded_claims(paper), last == states.end() ? "" : last->second).markup());
    }
  }
  Hits hits;
  std::vector<std::size_t> shown;
  if (filter.words.empty())
    for (std::size_t i = 0; i < all_papers().size(); ++i) shown.push_back(i);
  else
    shown = (hits = search().find(filter.words)).papers;
  std::erase_if(shown, [&](std::size_t i) {
    const auto& paper = all_papers()[i];
    return (!filter.wing.empty() && paper.wing != filter.wing) || (filter.runnable && !paper.has_room());
  });
  std::string list;
  VerdictCounts verdicts;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    for (const auto& claim : recorded_claims(all_papers()[shown[i]])) ++verdicts[claim["verdict"].get<std::string>()];
    if (i / papers_a_page + 1 == filter.page) list += items_[shown[i]];
  }
  return html("Papers", list_view(filter, hits.corrected, shown.size(), papers().size(), verdicts,
                                  Html::made_here(std::move(list))));
}

Response Site::paper_page(const Paper& paper, const std::map<std::string, std::string>& query) {
  PaperPage page;
  if (query.count("stored")) page.stored = store_.find(number(query.at("stored")));
  if (page.stored && (page.stored->state != "done" || page.stored->request.slug != paper.slug)) page.stored.reset();
  const auto* verb = query.count("verb") ? paper.find_verb(query.at("verb")) : nullptr;
  if (!verb) return show_paper(paper, std::move(page));
  page.verb = verb->name;
  for (const auto& option : verb->options)
    if (const auto given = query.find(option.name); given != query.end() && option.kind != OptionKind::output_file)
      page.values.emplace_back(option.name, given->second);
  for (const char* name : {"seed", "threads"})
    if (const auto given = query.find(name); given != query.end()) page.values.emplace_back(name, given->second);
  if (query.count("refused")) {
    page.problems = problems_of(paper, *verb, page.values);
    if (query.count("upload")) {
      const auto& why = query.at("upload");
      const auto colon = why.find(':');
      page.problems[colon == std::string::npos ? "" : why.substr(colon + 1)] =
          upload_refusal_text(why.substr(0, colon));
    }
    if (query.count("full"))
      page.problems[""] = "the queue was full; wait for some of its runs or cancel them, then press Run again";
  }
  return show_paper(paper, std::move(page));
}

Response Site::show_paper(const Paper& paper, PaperPage page, int status) {
  page.recorded = recorded_claims(paper);
  page.last_runs = store_.list(8, 0, paper.slug);
  page.data_sets = data::list();
  page.files = store_.newest_artifacts(200);
  page.token = settings_.token;
  return html(paper.title, paper_view(paper, page), status);
}

Response Site::run_page(std::int64_t id, std::int64_t notes_after) {
  store_.mark_orphans();
  const auto run = store_.find(id);
  if (!run) return problem(404, "there is no such run", false);
  const auto* paper = find_paper(run->request.slug);
  return html("Run " + std::to_string(id), run_view(store_, *run, paper, settings_.token, notes_after), 200,
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
            compare_csv(store_, chosen),
            {}};
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
  if (!settings_.network) row("Data folder", store_.folder().string());
  std::string held;
  for (const auto& probe : runs::sandbox_probes()) held += (held.empty() ? "" : ", ") + probe.what;
  const auto failure = runs::sandbox_failure();
  row("Sandbox", failure.empty() ? "tried on this machine: " + held : "runs are refused: " + failure);
  row("Papers", fmt::format("{} listed, {} that run", all_papers().size(), papers().size()));
  const bool stale = time_of(share_folder() / "papers.json") > started_;
  row("Search index", fmt::format("made {}, {} ago{}", when(started_), lasting(now() - started_),
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
    if (!post && parts[2] == "papers" && parts.size() == 3)
      return kept(request, [&] {
        Json all = Json::array();
        if (const auto words = query.find("q"); words != query.end())
          for (const auto index : search().find(words->second).papers) all.push_back(describe(all_papers()[index]));
        else
          for (const auto& paper : all_papers()) all.push_back(describe(paper));
        return json({{"papers", all}});
      });
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
        all.push_back(public_run(run));
      return json({{"runs", all}});
    }
    if (!post && parts[2] == "runs" && parts.size() >= 4) {
      const auto run = store_.find(number(parts[3]));
      if (!run) return problem(404, "there is no such run", true);
      if (parts.size() == 5 && parts[4] == "events" && query.count("after"))
        return {200, "application/json", {}, events_since(*run, number(query.at("after"))), {}};
      if (parts.size() != 4) return problem(404, "there is no such resource", true);
      auto description = public_run(*run);
      if (const auto* paper = find_paper(run->request.slug))
        description["claims"] = judged_claims(*paper, store_.estimates(run->id));
      const auto changed = store_.changed_since_recorded(run->id);
      description["verified"] = changed.empty();
      if (!changed.empty()) description["unverified"] = changed;
      return json(description);
    }
  }
  return problem(404, "there is no such resource", true);
}

/// A run as others may see it: files that were given as paths, on the command line, by their names alone.
Json Site::public_run(const runs::RunRecord& run) {
  auto json = to_json(run);
  const auto* paper = find_paper(run.request.slug);
  const auto* verb = paper ? paper->find_verb(run.request.verb) : nullptr;
  const auto name_only = [](const std::string& source) {
    return runs::is_identity(source) ? source : fs::path(source).filename().string();
  };
  if (verb)
    for (const auto& option : verb->options) {
      if (!runs::takes_files(option) || !json["options"].contains(option.name)) continue;
      auto sources = runs::sources_in(option, json["options"][option.name]);
      std::transform(sources.begin(), sources.end(), sources.begin(), name_only);
      json["options"][option.name] = join(sources, ",");
    }
  if (json["provenance"].contains("inputs"))
    for (auto& input : json["provenance"]["inputs"])
      if (input.contains("source") && input["source"].is_string()) input["source"] = name_only(input["source"]);
  json["error"] = shown_error(run.error);
  return json;
}

/// What a run said after an event, with its state now: a page asks again and again, each time in a request of its own,
/// so that no number of open pages uses up a browser's connections.
std::string Site::events_since(const runs::RunRecord& record, std::int64_t event) {
  constexpr std::size_t most = 2000, most_bytes = 512 << 10, shown_note = 1000;
  auto run = record;
  const auto events = store_.events_after(run.id, std::max<std::int64_t>(0, event), most, most_bytes);
  if (run.state == "running" && events.empty() && store_.mark_orphans() > 0) run = *store_.find(run.id);
  std::string list;
  bool claims = false;
  for (const auto& one : events) {
    auto payload = one.payload;
    if ((one.kind == "note" || one.kind == "warning") && payload.size() > 2 * shown_note) {
      auto json = Json::parse(payload);
      json["text"] = shorten(json.value("text", ""), shown_note);
      json["cut"] = true;
      payload = text_of(json);
    }
    list += fmt::format("{}{{\"id\":{},\"kind\":\"{}\",\"payload\":{}}}", list.empty() ? "" : ",", one.id, one.kind,
                        payload);
    event = one.id;
    claims |= one.kind == "claim";
  }
  const bool more = event < store_.last_event_id(run.id);
  Json state{{"state", run.state},
             {"error", shown_error(run.error)},
             {"finished", run.finished() && !more},
             {"more", more},
             {"last", event}};
  if (const auto* paper = claims ? find_paper(run.request.slug) : nullptr)
    state["claims"] = judged_claims(*paper, store_.estimates(run.id));
  auto text = text_of(state);
  text.pop_back();
  return text + ",\"events\":[" + list + "]}";
}

Response Site::asset(const std::string& name) {
  const auto found = assets().find(name);
  return found == assets().end() ? problem(404, "there is no such file", false) : found->second;
}

std::string Site::stream(std::int64_t id, std::int64_t& event, bool& finished) {
  // Read before the events: a run that had ended by now has said everything.
  auto run = store_.find(id);
  std::string text;
  constexpr std::size_t batch = 1000, batch_bytes = 256 << 10;
  const auto events = store_.events_after(id, event, batch, batch_bytes);
  for (const auto& one : events) {
    text += fmt::format("id: {}\nevent: {}\ndata: {}\n\n", one.id, one.kind, one.payload);
    event = one.id;
  }
  if (run && run->state == "running" && events.empty() && store_.mark_orphans() > 0) run = store_.find(id);
  if (run && run->finished() && store_.last_event_id(id) <= event) {
    text +=
        fmt::format("event: end\ndata: {}\n\n", text_of({{"state", run->state}, {"error", shown_error(run->error)}}));
    finished = true;
  }
  return text;
}

}  // namespace offprint::page
