#include <gtest/gtest.h>
#include <sys/wait.h>

#include "offprint/base/error.hpp"
#include "offprint/base/random.hpp"
#include "offprint/base/text.hpp"
#include "offprint/page/html.hpp"
#include "offprint/page/server.hpp"
#include "offprint/page/site_fixture.hpp"
#include "offprint/paper/catalogue.hpp"
#include "offprint/runs/provenance.hpp"

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

/// One edit in one word of a title: the right paper is among the first five for at least 95 of 100; titles as they are need no correction.
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
      "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--XX\r\nContent-Disposition: form-data; name=\"f\"; "
      "filename=\"../x\"\r\n\r\nb,c\r\n--XX--\r\n");
  ASSERT_EQ(fields.size(), 2u);
  EXPECT_EQ(fields[0].value, "1");
  EXPECT_TRUE(fields[1].file);
  EXPECT_EQ(fields[1].value, "b,c");
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
  const auto* paper = find_paper("presto");
  runs::Request request{"presto", "reproduce", {{"budget", "smoke"}}, {}};
  runs::Store store(folder);
  const auto provenance = runs::provenance_of(*paper->find_verb("reproduce"), request.options);
  const auto id = store.add(request, "running", provenance, runs::cache_key_of(request, provenance));
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
