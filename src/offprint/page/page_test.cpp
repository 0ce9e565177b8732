#include <gtest/gtest.h>
#include <sys/wait.h>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/base/random.hpp"
#include "offprint/base/text.hpp"
#include "offprint/page/html.hpp"
#include "offprint/page/server.hpp"
#include "offprint/page/site_fixture.hpp"
#include "offprint/paper/catalogue.hpp"
#include "offprint/runs/provenance.hpp"
#include "offprint/runs/recorder.hpp"

namespace offprint::page {
namespace {

TEST(Html, EscapesByConstruction) {
  EXPECT_EQ(element("p", {{"title", "\"><script>"}}, "<b>&'").markup(),
            "<p title=\"&quot;&gt;&lt;script&gt;\">&lt;b&gt;&amp;&#39;</p>");
  EXPECT_EQ(data_script("d", "{\"a\":\"</script>\"}").markup(),
            "<script type=\"application/json\" id=\"d\">{\"a\":\"\\u003c/script>\"}</script>");
  EXPECT_EQ(escape_url_part("a b/../?"), "a%20b%2F..%2F%3F");
}

TEST(Search, SurvivesAnyText) {
  std::vector<Paper> papers(2);
  papers[0].title = "Privacy under Continual Observation";
  papers[1].title = "Rare Events";
  papers[1].summary = "about $\\mathcal{O}(T)$ things";
  Search search(papers);
  EXPECT_EQ(search.find("privacy").papers, (std::vector<std::size_t>{0}));
  EXPECT_EQ(search.find("obser").papers, (std::vector<std::size_t>{0}));
  const auto typo = search.find("pirvacy");
  EXPECT_EQ(typo.papers, (std::vector<std::size_t>{0}));
  EXPECT_EQ(typo.corrected, "privacy");
  for (const std::string& text :
       {std::string("\""), std::string("NEAR("), std::string("title:*"), std::string("a AND OR NOT"), std::string("-"),
        std::string("\0x", 2), std::string(20000, 'a'), std::string("\xff\xfe \xe4\xb8\xad"),
        std::string("') DROP TABLE papers; --")})
    EXPECT_NO_THROW(search.find(text));
  Random random(1);
  for (int trial = 0; trial < 2000; ++trial) {
    std::string text(random.below(40), ' ');
    for (auto& c : text) c = static_cast<char>(random());
    EXPECT_NO_THROW(search.find(text));
  }
}

/// One edit in one word of a title: the right paper is among the first five for at least 95 of 100; titles as they are
/// need no correction.
TEST(Search, ForgivesOneTypo) {
  Search search(all_papers());
  Random random(3);
  int found = 0;
  constexpr int trials = 200;
  for (int trial = 0; trial < trials; ++trial) {
    const auto index = random.below(all_papers().size());
    auto words = words_of(all_papers()[index].title);
    EXPECT_EQ(search.find(join(words, " ")).corrected, "");
    std::vector<std::size_t> long_ones;
    for (std::size_t i = 0; i < words.size(); ++i)
      if (words[i].size() >= 5) long_ones.push_back(i);
    auto& word = words[long_ones[random.below(long_ones.size())]];
    const auto at = 1 + random.below(word.size() - 2);
    const char letter = static_cast<char>('a' + random.below(26));
    switch (random.below(4)) {
      case 0:
        word[at] = letter;
        break;
      case 1:
        word.erase(at, 1);
        break;
      case 2:
        word.insert(at, 1, letter);
        break;
      default:
        std::swap(word[at], word[at + 1]);
    }
    const auto hits = search.find(join(words, " ")).papers;
    found += std::find(hits.begin(), std::min(hits.end(), hits.begin() + 5), index) !=
             std::min(hits.end(), hits.begin() + 5);
  }
  EXPECT_GE(found, trials * 95 / 100);
}

TEST(Search, DistanceCountsSwapsOnce) {
  EXPECT_EQ(edit_distance("privacy", "pirvacy", 2), 1u);
  EXPECT_EQ(edit_distance("abc", "abc", 2), 0u);
  EXPECT_EQ(edit_distance("abcd", "axyd", 2), 2u);
}

TEST(Forms, MultipartAndUrlEncoded) {
  const auto fields = parse_form(
      "multipart/form-data; boundary=XX",
      "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--XX\r\nContent-Disposition: form-data; "
      "name=\"f\"; "
      "filename=\"../x\"\r\n\r\nb,c\r\n--XX--\r\n");
  ASSERT_EQ(fields.size(), 2u);
  EXPECT_EQ(fields[0].value, "1");
  EXPECT_TRUE(fields[1].file);
  EXPECT_EQ(fields[1].content, "b,c");
  EXPECT_EQ(parse_form("application/x-www-form-urlencoded", "a=b+c%21&d=")[0].value, "b c!");
  EXPECT_THROW(parse_form("multipart/form-data", "x"), BadInput);
  EXPECT_THROW(parse_form("multipart/form-data; boundary=XX", "--XX\r\nhalf"), BadInput);
  EXPECT_THROW(parse_form("text/plain", "x"), BadInput);
  Random random(1);
  const std::string whole = "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--XX--\r\n";
  for (int trial = 0; trial < 5000; ++trial) {
    auto damaged = whole.substr(0, random.below(whole.size() + 1));
    if (!damaged.empty()) damaged[random.below(damaged.size())] = static_cast<char>(random());
    try {
      parse_form("multipart/form-data; boundary=XX", damaged);
    } catch (const BadInput&) {
    }
  }
}

TEST_F(SiteTest, PagesAnswerUnderTheirPolicy) {
  for (const char* target : {"/", "/?q=privacy", "/?wing=privacy", "/papers/presto", "/runs", "/tools", "/status",
                             "/about", "/api/v1/papers", "/api/v1/papers/presto", "/api/v1/runs"}) {
    const auto response = get(target);
    EXPECT_EQ(response.status, 200) << target;
    EXPECT_TRUE(response.headers.at("Content-Security-Policy").starts_with("default-src 'none'")) << target;
    EXPECT_EQ(response.headers.at("X-Content-Type-Options"), "nosniff");
  }
}

TEST_F(SiteTest, TheListFollowsTheRuns) {
  EXPECT_EQ(get("/").body.find("last run"), std::string::npos);
  runs::Store other(folder);  // as another process would
  const auto id = other.add({"presto", "reproduce", {}, {}}, "running", Json::object(), "");
  EXPECT_NE(get("/").body.find("last run: running"), std::string::npos);
  other.finish(id, "failed", 1, "no luck");
  EXPECT_NE(get("/").body.find("last run: failed"), std::string::npos);
  EXPECT_EQ(get("/").body, get("/").body);
}

TEST_F(SiteTest, LongListsComeInPages) {
  runs::Store store(folder);
  for (int i = 0; i < 60; ++i) store.add({"presto", "fit", {}, {}}, "queued", Json::object(), "");
  const auto first = get("/runs").body;
  EXPECT_NE(first.find("Run 60<"), std::string::npos);
  EXPECT_EQ(first.find("Run 10<"), std::string::npos);
  EXPECT_NE(first.find("/runs?before=11"), std::string::npos);
  EXPECT_NE(get("/runs?before=11").body.find("Run 10<"), std::string::npos);
  EXPECT_EQ(get("/?page=2").body.find("<li data-wing"), std::string::npos);
  EXPECT_EQ(get("/?page=-3").status, 200);
}

TEST_F(SiteTest, AnEqualFinishedRunIsOfferedFirst) {
  runs::Request request{"presto", "reproduce", {{"budget", "smoke"}}, {}};
  runs::Store store(folder);
  const auto prepared = runs::prepare(store, request);
  const auto id = store.add(request, "running", prepared.provenance, prepared.cache_key);
  store.finish(id, "done", 0, "");
  const auto answer = post("/api/v1/papers/presto/runs", {}, "verb=reproduce&budget=smoke");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(Json::parse(answer.body), (Json{{"run", id}, {"stored", true}}));
  EXPECT_NE(get("/papers/presto?stored=" + std::to_string(id)).body.find("Run again anyway"), std::string::npos);
  EXPECT_EQ(get("/papers/presto?stored=99").body.find("Run again anyway"), std::string::npos);
}

TEST_F(SiteTest, ComparedRunsComeAsCsv) {
  runs::Store store(folder);
  const auto first = store.add({"presto", "fit", {{"response", "=cmd,\"x\""}}, {}}, "running", Json::object(), ""),
             second = store.add({"presto", "fit", {{"response", "y"}}, {}}, "running", Json::object(), "");
  store.append(first, {{"metric", {{"name", "loss"}, {"step", 0}, {"value", 0.1}}},
                       {"metric", {{"name", "loss"}, {"step", 1}, {"value", 0.30000000000000004}}}});
  const auto target = "run=" + std::to_string(first) + "&run=" + std::to_string(second);
  const auto csv = get("/compare.csv?" + target);
  EXPECT_EQ(csv.type, "text/csv; charset=utf-8");
  EXPECT_NE(csv.body.find("response,\"=cmd,\"\"x\"\"\",y\n"), std::string::npos) << csv.body;
  EXPECT_NE(csv.body.find("\"loss, last\",0.30000000000000004,\n"), std::string::npos) << csv.body;
  EXPECT_EQ(get("/compare.csv?run=1").status, 400);
  EXPECT_NE(get("/compare?" + target).body.find("/compare.csv?"), std::string::npos);
}

TEST_F(SiteTest, ARunningRunRefreshesWithoutJavaScript) {
  runs::Store store(folder);
  const auto id = store.add({"presto", "reproduce", {}, {}}, "running", Json::object(), "");
  store.append(id, {{"progress", {{"done", 1}, {"total", 4}, {"what", "steps"}}}});
  const auto page = "/runs/" + std::to_string(id);
  EXPECT_NE(get(page).body.find("<noscript><meta http-equiv=\"refresh\""), std::string::npos);
  EXPECT_NE(get(page).body.find("value=\"0.25\""), std::string::npos);
  store.finish(id, "done", 0, "");
  EXPECT_EQ(get(page).body.find("http-equiv=\"refresh\""), std::string::npos);
}

TEST_F(SiteTest, ViewersHearThatARunsProcessIsGone) {
  const pid_t child = fork();
  if (child == 0) {
    runs::Store(folder).add({"presto", "reproduce", {}, {}}, "running", Json::object(), "");
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  std::int64_t event = 0;
  bool finished = false;
  const auto text = site.stream(1, event, finished);
  EXPECT_TRUE(finished);
  EXPECT_NE(text.find("\"state\":\"lost\""), std::string::npos) << text;
}

TEST_F(SiteTest, ARefusedFormComesBackUnderAnAddressOfItsOwn) {
  const auto page = get("/papers/presto").body;
  const auto at = page.find("name=\"token\" value=\"");
  const auto token = page.substr(at + 20, 32);
  const auto answer =
      post("/papers/presto/runs", {{"content-type", "multipart/form-data; boundary=X"}},
           "--X\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n" + token +
               "\r\n--X\r\nContent-Disposition: form-data; name=\"verb\"\r\n\r\nfit\r\n--X\r\nContent-Disposition: "
               "form-data; name=\"folds\"\r\n\r\n1"
               "\r\n--X\r\nContent-Disposition: form-data; name=\"data\"; filename=\"my "
               "survey.csv\"\r\n\r\ny,x\n1,2\n\r\n--X--\r\n");
  ASSERT_EQ(answer.status, 303);
  const auto target = answer.headers.at("Location");
  EXPECT_TRUE(target.ends_with("#refused")) << target;
  for (int load = 0; load < 2; ++load) {
    const auto shown = get(target.substr(0, target.find('#'))).body;
    EXPECT_NE(shown.find("id=\"refused\""), std::string::npos);
    EXPECT_NE(shown.find("id=\"option-fit-folds-problem\""), std::string::npos) << "at the field";
    EXPECT_NE(shown.find("id=\"option-fit-response-problem\">is needed"), std::string::npos);
    EXPECT_NE(shown.find("aria-invalid=\"true\""), std::string::npos);
    EXPECT_NE(shown.find("selected>your upload: my_survey.csv"), std::string::npos) << "the upload is kept";
    EXPECT_EQ(shown.find("id=\"option-fit-data-problem\""), std::string::npos);
    EXPECT_EQ(shown.find(std::filesystem::absolute(folder).string()), std::string::npos) << "no path of this machine";
  }
  // A zip archive is not kept, and the page says so.
  const auto zip =
      post("/papers/presto/runs", {{"content-type", "multipart/form-data; boundary=X"}},
           "--X\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n" + token +
               "\r\n--X\r\nContent-Disposition: form-data; name=\"verb\"\r\n\r\nfit\r\n--X\r\nContent-Disposition: "
               "form-data; name=\"data\"; "
               "filename=\"a.zip\"\r\n\r\nPK\x03\x04zzz\r\n--X--\r\n");
  const auto refused = zip.headers.at("Location");
  EXPECT_NE(get(refused.substr(0, refused.find('#'))).body.find("is a zip archive and was not kept"),
            std::string::npos);
}

TEST_F(SiteTest, UploadsNobodyUsesMakeRoomAndThoseOfRunsStay) {
  Site small(folder, {.uploads_quota = 1 << 20});
  const auto upload = [&](char letter, const char* response) {
    return small.answer(
        {"POST",
         "/api/v1/papers/presto/runs",
         {{"host", "localhost"}, {"content-type", "multipart/form-data; boundary=X"}},
         std::string("--X\r\nContent-Disposition: form-data; name=\"verb\"\r\n\r\nfit\r\n--X\r\nContent-Disposition: "
                     "form-data; name=\"response\"\r\n\r\n") +
             response + "\r\n--X\r\nContent-Disposition: form-data; name=\"data\"; filename=\"a.csv\"\r\n\r\n" +
             std::string(400000, letter) + "\r\n--X--\r\n"});
  };
  const auto is_there = [&](char letter) {
    return std::filesystem::exists(folder / "uploads" / sha256(std::string(400000, letter)));
  };
  runs::Store store(folder);
  for (int i = 0; i < 200; ++i)
    store.add({"presto", "reproduce", {}, {}}, "queued", Json::object(), "");  // nothing starts
  for (const char letter : {'a', 'b'}) upload(letter, "y");
  EXPECT_TRUE(is_there('a') && is_there('b'));
  upload('c', "y");
  EXPECT_FALSE(is_there('a')) << "the oldest that no run names";
  EXPECT_TRUE(is_there('b') && is_there('c'));
  for (const char letter : {'b', 'c'})
    store.add({"presto", "fit", {{"data", "upload:" + sha256(std::string(400000, letter)) + "/a.csv"}}, {}}, "queued",
              Json::object(), "");
  const auto full = upload('d', "y");
  EXPECT_EQ(full.status, 400);
  EXPECT_NE(full.body.find("finds no room"), std::string::npos) << full.body;
  EXPECT_TRUE(is_there('b') && is_there('c') && !is_there('d'));
}

TEST_F(SiteTest, AnEditedNumberIsUnverified) {
  runs::Store store(folder);
  const auto run = [&] {
    const auto id = store.add({"presto", "reproduce", {}, {}}, "running", Json::object(), "key");
    store.append(id, {{"claim", {{"claim", "P1"}, {"check", "x"}, {"value", 0.7}}},
                      {"metric", {{"name", "m"}, {"step", 1}, {"value", 2}}}});
    store.finish(id, "done", 0, "");
    return id;
  };
  const auto good = run(), event = run(), settings = run(), curve = run(), cut = run();
  data::Database database(folder / "offprint.db");
  database.execute("UPDATE events SET payload = replace(payload, '0.7', '0.5') WHERE kind = 'claim' AND run = " +
                   std::to_string(event));
  database.execute("UPDATE runs SET seed = 5 WHERE id = " + std::to_string(settings));
  database.execute("UPDATE curves SET points = '[[1,3]]' WHERE run = " + std::to_string(curve));
  database.execute("DELETE FROM events WHERE kind = 'metric' AND run = " + std::to_string(cut));
  EXPECT_EQ(store.changed_since_recorded(good), "");
  EXPECT_EQ(get("/runs/" + std::to_string(good)).body.find("unverified"), std::string::npos);
  for (const auto id : {event, settings, curve, cut}) {
    EXPECT_NE(store.changed_since_recorded(id), "") << id;
    EXPECT_NE(get("/runs/" + std::to_string(id)).body.find("unverified"), std::string::npos) << id;
    EXPECT_EQ(Json::parse(get("/api/v1/runs/" + std::to_string(id)).body)["verified"], false);
  }
  EXPECT_NE(store.changed_since_recorded(event, true).find("event 1 (claim)"), std::string::npos);
  EXPECT_EQ(store.changed_since_recorded(good, true), "");
}

TEST_F(SiteTest, ManyAndLongThingsComeInPieces) {
  runs::Store store(folder);
  const auto id = store.add({"presto", "fit", {}, {}}, "running", Json::object(), "");
  std::vector<Event> events;
  for (int i = 0; i < 120; ++i)
    events.push_back({"note", {{"text", "note " + std::to_string(i) + " " + std::string(100000, 'x')}}});
  Json rows = Json::array();
  for (int i = 0; i < 1000; ++i) rows.push_back({i, true, "a,b"});
  events.push_back({"table",
                    {{"id", "t"},
                     {"title", "T"},
                     {"columns", {{{"name", "n"}}, {{"name", "b"}}, {{"name", "s"}}}},
                     {"rows", rows}}});
  for (int i = 0; i < 50000; ++i) events.push_back({"metric", {{"name", "m"}, {"step", i}, {"value", i % 100}}});
  store.append(id, events);
  store.finish(id, "done", 0, "");
  const auto page = "/runs/" + std::to_string(id);
  const auto first = get(page).body;
  EXPECT_LT(first.size(), 300000u);
  EXPECT_NE(first.find("note 49 "), std::string::npos);
  EXPECT_EQ(first.find("note 50 "), std::string::npos);
  EXPECT_NE(first.find(page + "/events/1\""), std::string::npos);
  EXPECT_NE(get(page + "?notes=50").body.find("note 50 "), std::string::npos);
  EXPECT_EQ(get(page + "/events/1").body.size(), 100007u);
  EXPECT_NE(first.find("All 1000 rows as CSV"), std::string::npos);
  const auto csv = get(page + "/events/121");
  EXPECT_EQ(std::count(csv.body.begin(), csv.body.end(), '\n'), 1001);
  EXPECT_NE(csv.body.find("999,true,\"a,b\"\n"), std::string::npos);
  EXPECT_EQ(get(page + "/events/122").status, 404);
  EXPECT_EQ(get(page + "/events/999999").status, 404);
  const auto since = Json::parse(get("/api/v1" + page + "/events?after=50171").body);
  EXPECT_EQ(since["events"].size(), 0u);
  EXPECT_EQ(since["finished"], true);
  const auto some = Json::parse(get("/api/v1" + page + "/events?after=0").body);
  EXPECT_EQ(some["more"], true);
  EXPECT_EQ(some["finished"], false);
  EXPECT_LT(some["events"][0]["payload"]["text"].get<std::string>().size(), 1100u);
}

TEST_F(SiteTest, EqualQuestionsAreAnsweredFromWhatWasMadeUntilARunChanges) {
  for (const char* target :
       {"/", "/?q=privacy", "/?q=reward&wing=privacy", "/api/v1/papers", "/api/v1/papers?q=privacy"}) {
    EXPECT_EQ(get(target).body, get(target).body);
    const auto packed =
        site.answer({"GET", target, {{"host", "localhost"}, {"accept-encoding", "br, gzip;q=0.5"}}, ""});
    EXPECT_EQ(packed.headers.at("Content-Encoding"), "gzip") << target;
    EXPECT_TRUE(packed.body.starts_with("\x1f\x8b")) << target;
    EXPECT_EQ(packed.headers.at("Vary"), "Accept-Encoding");
    for (const char* none : {"", "br", "gzip;q=0", "xgzip"})
      EXPECT_EQ(site.answer({"GET", target, {{"host", "localhost"}, {"accept-encoding", none}}, ""})
                    .headers.count("Content-Encoding"),
                0u)
          << none;
  }
  // A form that repeats its address beside its token is not packed.
  const auto form = site.answer(
      {"GET", "/papers/presto?verb=fit&response=y", {{"host", "localhost"}, {"accept-encoding", "gzip"}}, ""});
  EXPECT_EQ(form.headers.count("Content-Encoding"), 0u);
}

TEST_F(SiteTest, SubjectsKeepTheSearchAndTheSearchKeepsTheSubject) {
  const auto page = get("/?q=learning&wing=privacy").body;
  EXPECT_NE(page.find("/?q=learning&amp;wing=decisions"), std::string::npos);
  EXPECT_NE(page.find("type=\"hidden\" name=\"wing\" value=\"privacy\""), std::string::npos);
}

/// A reproduction reads data sets and prepared models without being told to: when one of them changes, an earlier
/// result is another one's.
TEST_F(SiteTest, ChangedDataOfTheCatalogueOrPreparedFilesMakeAnotherResult) {
  const auto cache = folder / "cache";
  ASSERT_EQ(setenv("OFFPRINT_CACHE", cache.c_str(), 1), 0);
  runs::Store store(folder);
  const auto key = [&] { return runs::prepare(store, {"presto", "reproduce", {{"budget", "smoke"}}, {}}).cache_key; };
  const auto at_first = key();
  EXPECT_EQ(key(), at_first);
  const auto letters = cache / "data" / "letters" / "american-english";
  std::filesystem::create_directories(letters.parent_path());
  write_file(letters, "one");
  const auto with_letters = key();
  if (!std::filesystem::exists("/usr/share/dict/american-english")) {  // the system's own file comes before the cache
    EXPECT_NE(with_letters, at_first);
    write_file(letters, "two");
    EXPECT_NE(key(), with_letters);
  }
  const auto before = key();
  std::filesystem::create_directories(cache / "models");
  write_file(cache / "models" / "a.safetensors", "x");
  EXPECT_NE(key(), before);
  const auto provenance = runs::prepare(store, {"presto", "reproduce", {}, {}}).provenance;
  EXPECT_GT(provenance["libraries"].size(), 5u);
  EXPECT_TRUE(provenance["prepared"].contains("models"));
  unsetenv("OFFPRINT_CACHE");
}

TEST_F(SiteTest, PathsGivenOnTheCommandLineAreNotTold) {
  runs::Store store(folder);
  const auto id =
      store.add({"presto", "fit", {{"data", "/home/me/secret-place/loans.csv"}, {"response", "y"}}, {}}, "running",
                Json{{"inputs", {{{"option", "data"}, {"source", "/home/me/secret-place/loans.csv"}}}}}, "");
  store.finish(id, "done", 0, "");
  for (const auto& target : {std::string("/api/v1/runs"), "/api/v1/runs/" + std::to_string(id),
                             "/runs/" + std::to_string(id), std::string("/runs")}) {
    EXPECT_EQ(get(target).body.find("secret-place"), std::string::npos) << target;
    EXPECT_NE(get(target).body.find("loans.csv"), std::string::npos) << target;
  }
}

TEST(Search, FindsNumbersVenuesYearsAndOtherScripts) {
  std::vector<Paper> papers(3);
  papers[0].title = "Privacy under Continual Observation";
  papers[0].arxiv = "2305.18700";
  papers[0].venue = "ICML 2023";
  papers[0].year = 2023;
  papers[1].title = "Learning with privacy";
  papers[1].summary = "noise";
  papers[2].title = "差分隐私";
  papers[2].venue = "NeurIPS 2024";
  papers[2].year = 2024;
  Search search(papers);
  using Found = std::vector<std::size_t>;
  EXPECT_EQ(search.find("2305.18700").papers, Found{0});
  EXPECT_EQ(search.find("arXiv:2305.18700").papers, Found{0});
  EXPECT_EQ(search.find("icml").papers, Found{0});
  EXPECT_EQ(search.find("2024").papers, Found{2});
  EXPECT_EQ(search.find("privacy -continual").papers, Found{1});
  EXPECT_EQ(search.find("-privacy").papers, Found{2});
  EXPECT_EQ(search.find("差分").papers, Found{2});
  EXPECT_EQ(search.find("隐私").papers, Found{2});
  EXPECT_EQ(search.find("分").papers, Found{2});
  EXPECT_EQ(search.find("continual-observation").papers, Found{0}) << "a hyphen within a word excludes nothing";
}

TEST(Latex, TextIsTextAndFormulasStay) {
  EXPECT_EQ(latex_text("{\\em rare} and \\textbf{bold $x_1$}").markup(),
            "<em>rare</em> and <strong>bold <span class=\"tex\">$x_1$</span></strong>");
  EXPECT_EQ(latex_text("M\\\"uller, Erd\\H{o}s, Fran\\c{c}ois, {\\O}rsted, na\\\"{\\i}ve").markup(),
            "Müller, Erdős, François, Ørsted, naïve");
  EXPECT_EQ(latex_text("a--b 5\\% \\& {braces}").markup(), "a–b 5% &amp; braces");
  EXPECT_EQ(latex_text("\\href{javascript:x}{y} \\unknown{z}").markup(), "\\hrefjavascript:xy \\unknownz");
  EXPECT_EQ(latex_text("<b>{\\em <i>").markup(), "&lt;b&gt;<em>&lt;i&gt;</em>");
  EXPECT_EQ(latex_text("costs $5 or {less").markup(), "costs $5 or less");
  Random random(4);
  for (int trial = 0; trial < 5000; ++trial) {
    std::string text;
    for (auto length = random.below(60); length > 0; --length)
      text += std::string_view("{}\\$emtbf'\"a <&-~")[random.below(19)];
    const auto markup = latex_text(text).markup();
    for (auto at = markup.find('<'); at != std::string::npos; at = markup.find('<', at + 1)) {
      const auto tag = markup.substr(at, 4);
      EXPECT_TRUE(tag.starts_with("<em>") || tag.starts_with("</") || tag.starts_with("<str") ||
                  tag.starts_with("<cod") || tag.starts_with("<spa"))
          << markup;
    }
  }
  EXPECT_NO_THROW(latex_text(std::string(100000, '{') + std::string(100000, '\\')));
}

TEST(Door, EntriesThatMayNotBeShownAreRefusedByName) {
  Paper good;
  good.slug = "fine_one";
  good.title = "T";
  good.links = {{"code", "https://example.org/x"}};
  EXPECT_NO_THROW(check_papers({good}));
  const auto refused = [&](const auto& spoil) {
    auto bad = good;
    spoil(bad);
    EXPECT_THROW(check_papers({good, bad}), BadInput);
  };
  refused([](Paper& paper) { paper.title = "  "; });
  refused([](Paper& paper) { paper.title = std::string(501, 'x'); });
  refused([](Paper& paper) { paper.summary = std::string(20001, 'x'); });
  refused([](Paper& paper) { paper.slug = "../x"; });
  refused([](Paper& paper) { paper.slug = "A b"; });
  refused([](Paper& paper) { paper.slug = ""; });
  for (const char* url :
       {"javascript:alert(1)", "http://example.org", "data:text/html,x", " https://x", "https://x\" onclick=\"", ""})
    refused([&](Paper& paper) { paper.links[0].url = url; });
}

TEST(Listen, AddressesAreChecked) {
  EXPECT_EQ(parse_listen("[::1]:80").address, "::1");
  EXPECT_EQ(parse_listen(":80").address, "127.0.0.1");
  for (const char* bad : {"", "80", "x:80", "1.2.3.4:99999", "1.2.3.4:", "1.2.3.4:-1"})
    EXPECT_THROW(parse_listen(bad), UsageError) << bad;
  EXPECT_TRUE(is_loopback("127.0.0.1"));
  EXPECT_FALSE(is_loopback("0.0.0.0"));
}

}  // namespace
}  // namespace offprint::page
