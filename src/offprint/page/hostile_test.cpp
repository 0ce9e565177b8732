// Hostile input: what must never come back as markup, leave the data folder, change anything by GET, or break the
// server.
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <csignal>
#include <future>
#include <thread>

#include "offprint/base/file.hpp"
#include "offprint/base/random.hpp"
#include "offprint/base/text.hpp"
#include "offprint/page/server.hpp"
#include "offprint/page/site_fixture.hpp"

namespace offprint::page {
namespace {

namespace fs = std::filesystem;

TEST_F(SiteTest, TypedWordsComeBackAsText) {
  EXPECT_EQ(get("/?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E").body.find("<script>alert"), std::string::npos);
}

TEST_F(SiteTest, WhatIsNotThereIsNotFound) {
  for (const char* target : {"/nothing", "/papers/nothing", "/runs/1", "/runs/abc", "/runs/1/files/1",
                             "/runs/1/files/..%2f..%2fetc%2fpasswd", "/assets/../../etc/passwd", "/assets/%2e%2e/x",
                             "/api/v1/runs/99999999999999999999", "/api/v2/x", "//", "/runs/-1"})
    EXPECT_EQ(get(target).status, 404) << target;
  EXPECT_EQ(site.answer({"DELETE", "/", {{"host", "localhost"}}, ""}).status, 405);
}

TEST_F(SiteTest, OtherHostsAndOtherSitesAreRefused) {
  EXPECT_EQ(site.answer({"GET", "/", {{"host", "evil.example"}}, ""}).status, 403);
  EXPECT_EQ(site.answer({"GET", "/", {}, ""}).status, 403);
  EXPECT_EQ(site.answer({"GET", "/", {{"host", "localhost.evil.example"}}, ""}).status, 403);
  EXPECT_EQ(site.answer({"GET", "/", {{"host", "[::1]:80"}}, ""}).status, 200);
  EXPECT_EQ(post("/papers/presto/runs", {{"origin", "http://evil.example"}}, "verb=reproduce").status, 403);
  EXPECT_EQ(post("/papers/presto/runs", {{"origin", "null"}}, "verb=reproduce").status, 403);
  EXPECT_EQ(post("/papers/presto/runs", {{"sec-fetch-site", "cross-site"}}, "verb=reproduce").status, 403);
  EXPECT_EQ(post("/papers/presto/runs", {}, "verb=reproduce").status, 403);  // without the form's token
}

TEST_F(SiteTest, NamesThatWereGivenLeadHere) {
  Site reachable(folder, {.hosts = {"papers.lan", "192.168.1.5"}, .network = true});
  for (const char* host : {"papers.lan", "papers.lan:8080", "192.168.1.5:8080", "localhost"})
    EXPECT_EQ(reachable.answer({"GET", "/about", {{"host", host}}, ""}).status, 200) << host;
  for (const char* host : {"0.0.0.0:8080", "lan", "papers.lan.evil.example", "192.168.1.50"})
    EXPECT_EQ(reachable.answer({"GET", "/about", {{"host", host}}, ""}).status, 403) << host;
  EXPECT_EQ(reachable.answer({"GET", "/status", {{"host", "papers.lan"}}, ""}).body.find(fs::absolute(folder).string()),
            std::string::npos);
}

TEST_F(SiteTest, TheApiRefusesServerPathsAndBadOptions) {
  EXPECT_EQ(post("/api/v1/papers/presto/runs", {}, "verb=fit&data=/etc/passwd&response=x").status, 400);
  EXPECT_EQ(post("/api/v1/papers/presto/runs", {}, "verb=fit&data=data:fair&response=x&folds=1").status, 400);
  EXPECT_EQ(post("/api/v1/papers/presto/runs", {}, "verb=nothing").status, 404);
  EXPECT_EQ(post("/api/v1/papers/presto/runs", {}, "verb=reproduce&budget=huge").status, 400);
  EXPECT_EQ(post("/api/v1/papers/presto/runs", {}, "verb=reproduce&budget=s}oke-see\x93\xc2").status,
            400);  // an error that quotes no UTF-8
  EXPECT_EQ(post("/api/v1/papers/presto/runs", {{"content-type", "multipart/form-data; boundary=X"}},
                 "--X\r\nContent-Disposition: form-data; name=\"verb\"\r\n\r\nfit\r\n--X\r\nContent-Disposition: "
                 "form-data; name=\"data\"; "
                 "filename=\"a.zip\"\r\n\r\nPK\x03\x04zzz\r\n--X--\r\n")
                .status,
            400);
}

/// Every way to say a path in an option whose value is a file or several: none is looked at, all are refused at once.
TEST_F(SiteTest, NoPathIsEverReadForAClient) {
  fs::create_directories(folder);
  const auto fifo = folder / "fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  const std::string hash(64, 'a'), store = fs::absolute(folder / "offprint.db").string();
  for (const std::string& path :
       {std::string("/dev/zero"), fifo.string(), std::string("/etc/shadow"), std::string("/etc/passwd"), store,
        store + "-wal", std::string("x.csv"), std::string("../x"), std::string("/proc/self/mem"),
        std::string("data:../../etc/passwd"), "upload:" + hash + "/../../offprint.db", "upload:../" + hash + "/x",
        std::string("file:///etc/passwd"), std::string("run:1/../../offprint.db"), std::string("~/.ssh/id_rsa")})
    for (const std::string& first : {std::string(), std::string("data:fair,"), std::string("data:x,"),
                                     "upload:" + hash + "/a.csv,", std::string(",")})
      for (const std::string& last : {std::string(), std::string(",data:fair"), std::string(",")}) {
        const auto value = escape_url_part(first + path + last);
        const auto one = post("/api/v1/papers/presto/runs", {}, "verb=fit&response=y&data=" + value);
        EXPECT_EQ(one.status, 400) << value;
        const auto several =
            post("/api/v1/papers/llm-provenance/runs", {}, "verb=attribute&texts=data:fair&models=" + value);
        EXPECT_EQ(several.status, 400) << value;
        EXPECT_EQ(several.body.find("sha256"), std::string::npos);
        EXPECT_EQ(get("/papers/llm-provenance?verb=attribute&refused=yes&models=" + value).status, 200);
      }
  EXPECT_EQ(runs::Store(folder).list().size(), 0u) << "nothing was queued";
}

/// Whoever opens and closes the store's file in a process that holds it drops SQLite's locks, and acknowledged runs
/// with them.
TEST_F(SiteTest, NobodyButSqliteOpensTheStore) {
  runs::Store store(folder);
  EXPECT_TRUE(store.owns(folder / "offprint.db"));
  fs::create_symlink(fs::absolute(folder / "offprint.db"), folder / "alias.csv");
  EXPECT_TRUE(store.owns(folder / "alias.csv"));
  EXPECT_FALSE(store.owns(folder / "none"));
  post("/api/v1/papers/llm-provenance/runs", {},
       "verb=attribute&texts=data:fair&models=data:x," + escape_url_part((folder / "offprint.db").string()));
  // The lock still holds: another process finds the store busy while this one writes.
  data::Database database(folder / "offprint.db");
  database.execute("BEGIN IMMEDIATE");
  const pid_t other = fork();
  if (other == 0) {
    sqlite3* raw = nullptr;
    sqlite3_open_v2((folder / "offprint.db").c_str(), &raw, SQLITE_OPEN_READWRITE, nullptr);
    _exit(sqlite3_exec(raw, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_BUSY ? 0 : 1);
  }
  int status = -1;
  waitpid(other, &status, 0);
  EXPECT_EQ(status, 0);
  database.execute("ROLLBACK");
}

/// What a run left is its file as it was, or nothing: never what somebody put in its place.
TEST_F(SiteTest, AChangedFileOfARunSaysSo) {
  runs::Store store(folder);
  const auto id = store.add({"presto", "fit", {}, {}}, "running", Json::object(), "");
  fs::create_directories(store.folder_of(id));
  const auto file = fs::absolute(store.folder_of(id)) / "model.json";
  write_file(file, "{}\n");
  store.add_artifact(id, {0, "model.json", "d", file, 3, sha256("{}\n")});
  store.finish(id, "done", 0, "");
  const auto target = "/runs/" + std::to_string(id) + "/files/1";
  const auto as_input = "verb=predict&data=data:fair&model=run:" + std::to_string(id) + "/1";
  const auto served = get(target);
  ASSERT_EQ(served.status, 200);
  EXPECT_EQ(served.file->read(100), "{}\n");
  write_file(folder / "secret", "{}x");
  const auto refuses = [&](const char* how) {
    const auto answer = get(target);
    EXPECT_EQ(answer.status, 410) << how;
    EXPECT_EQ(answer.file, nullptr) << how;
    EXPECT_EQ(answer.body.find(fs::absolute(folder).string()), std::string::npos) << answer.body;
    EXPECT_EQ(post("/api/v1/papers/presto/runs", {}, as_input).status, 400) << how;
  };
  write_file(file, "{ }");
  refuses("other bytes");
  write_file(file, "{}\nlonger");
  refuses("longer");
  fs::remove(file);
  refuses("gone");
  fs::create_symlink(fs::absolute(folder / "secret"), file);
  refuses("a link");
  fs::remove(file);
  ASSERT_EQ(mkfifo(file.c_str(), 0600), 0);
  refuses("a FIFO");
  fs::remove(file);
  fs::rename(store.folder_of(id), folder / "elsewhere");
  write_file(folder / "elsewhere" / "model.json", "{}\n");
  fs::create_directory_symlink(fs::absolute(folder / "elsewhere"), store.folder_of(id));
  refuses("a linked folder");
}

TEST_F(SiteTest, SurvivesRandomTargets) {
  Random random(2);
  for (int trial = 0; trial < 2000; ++trial) {
    std::string target = "/";
    for (auto length = random.below(30); length > 0; --length) target += static_cast<char>(random());
    EXPECT_NE(get(target).status, 500) << target;
  }
}

constexpr auto markup = "</script><img src=x onerror=alert(1)>\"'";

/// A finished run all of whose texts are markup.
std::int64_t hostile_run(const fs::path& folder) {
  runs::Store store(folder);
  const auto id =
      store.add({"presto", "reproduce", {{"claims", markup}}, {}}, "running", Json{{"program", markup}}, "");
  const Json table{
      {"id", "t"}, {"title", markup}, {"columns", {{{"name", markup}, {"unit", markup}}}}, {"rows", {{markup}}}};
  store.append(id, {{"note", {{"text", markup}}},
                    {"warning", {{"text", markup}}},
                    {"table", table},
                    {"figure", {{"id", "f"}, {"title", markup}}},
                    {"progress", {{"done", 1}, {"total", 2}, {"what", markup}}},
                    {"metric", {{"name", markup}, {"step", 0}, {"value", 1}}}});
  const auto file = folder / "evil.svg";
  const std::string bytes = "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
  write_file(file, bytes);
  store.add_artifact(id, {0, std::string("a\r\nSet-Cookie: x\"; ") + markup, markup, file,
                          static_cast<std::int64_t>(bytes.size()), sha256(bytes)});
  store.finish(id, "failed", 3, markup);
  return id;
}

TEST_F(SiteTest, TextsOfRunsAreNeverMarkup) {
  const auto first = std::to_string(hostile_run(folder)), second = std::to_string(hostile_run(folder));
  for (const auto& target : {"/runs/" + first, std::string("/runs"), "/compare?run=" + first + "&run=" + second,
                             std::string("/papers/presto"), std::string("/"), "/runs?paper=" + escape_url_part(markup),
                             "/?wing=" + escape_url_part(markup), "/papers/" + escape_url_part(markup)}) {
    const auto body = get(target).body;
    EXPECT_EQ(body.find("<img"), std::string::npos) << target;
    EXPECT_EQ(body.find("onerror=alert(1)>\"'"), std::string::npos) << target;
  }
  const auto csv = get("/compare.csv?run=" + first + "&run=" + second);
  EXPECT_EQ(csv.headers.at("Content-Disposition"), "attachment; filename=\"compare.csv\"");
}

TEST_F(SiteTest, FilesOfRunsAreOnlyEverDownloads) {
  const auto id = std::to_string(hostile_run(folder));
  const auto file = get("/runs/" + id + "/files/1");
  ASSERT_EQ(file.status, 200);
  EXPECT_EQ(file.type, "application/octet-stream");
  const auto& disposition = file.headers.at("Content-Disposition");
  EXPECT_TRUE(disposition.starts_with("attachment; filename=\"a__Set-Cookie__x"));
  EXPECT_EQ(disposition.find_first_of("\r\n<>;", 11), std::string::npos) << disposition;
  EXPECT_EQ(file.headers.at("X-Content-Type-Options"), "nosniff");
  for (const char* other : {"0", "2", "-1", "1%00", "1/..", "evil.svg", "%31"})
    EXPECT_EQ(get("/runs/" + id + "/files/" + other).status, 404) << other;
}

TEST_F(SiteTest, OnlyFilesOfRunsAreReadAsSuch) {
  const auto run = std::to_string(hostile_run(folder));
  for (const auto& file :
       {std::string("run:99/1"), "run:" + run + "/2", "run:" + run, std::string("run:"), std::string("run:/"),
        std::string("run:-1/1"), std::string("run:1/../../etc/passwd"), "run:" + run + "/1,/etc/passwd"}) {
    const auto answer = post("/api/v1/papers/presto/runs", {}, "verb=fit&response=x&data=" + file);
    EXPECT_EQ(answer.status, 400) << file;
    EXPECT_TRUE(answer.body.find("is no file of a") != std::string::npos ||
                answer.body.find("choose a data set") != std::string::npos)
        << answer.body;
  }
}

TEST_F(SiteTest, EveryAnswerStandsUnderThePolicy) {
  for (const char* target : {"/nothing", "/runs/0", "/assets/offprint.css", "/assets/nothing", "/api/v1/nothing",
                             "/compare", "/compare.csv"}) {
    const auto answer = get(target);
    EXPECT_TRUE(answer.headers.at("Content-Security-Policy").starts_with("default-src 'none'")) << target;
    EXPECT_EQ(answer.headers.at("X-Content-Type-Options"), "nosniff") << target;
  }
  const auto asset = get("/assets/offprint.css");
  ASSERT_EQ(asset.status, 200);
  const auto known = site.answer(
      {"GET", "/assets/offprint.css", {{"host", "localhost"}, {"if-none-match", asset.headers.at("ETag")}}, ""});
  EXPECT_EQ(known.status, 304);
  EXPECT_TRUE(known.headers.count("Content-Security-Policy"));
}

TEST_F(SiteTest, GetNeverChangesAnything) {
  runs::Store store(folder);
  const auto id = store.add({"presto", "reproduce", {}, {}}, "queued", Json::object(), "");
  const auto before = store.revision();
  for (const auto& target :
       {fmt::format("/runs/{}/cancel", id), fmt::format("/runs/{}/again", id),
        std::string("/papers/presto/runs?verb=reproduce"), std::string("/api/v1/papers/presto/runs?verb=reproduce"),
        fmt::format("/papers/presto?stored={}", id)})
    get(target);
  EXPECT_EQ(store.revision(), before);
  EXPECT_EQ(store.find(id)->state, "queued");
  EXPECT_EQ(post(fmt::format("/runs/{}/cancel", id), {}, "token=" + std::string(32, '0')).status, 403);
  EXPECT_EQ(store.find(id)->state, "queued");
}

TEST_F(SiteTest, UploadsKeepNeitherPathNorType) {
  runs::Store store(folder);
  for (int i = 0; i < 200; ++i)
    store.add({"presto", "reproduce", {}, {}}, "queued", Json::object(), "");  // a full queue: nothing starts
  for (const std::string name :
       {"../../../etc/cron.d/x.csv", "..", "", "a\\b\r\n.csv", "/etc/passwd", ".htaccess", "x.svg"}) {
    const auto answer = post(
        "/api/v1/papers/presto/runs", {{"content-type", "multipart/form-data; boundary=X"}},
        "--X\r\nContent-Disposition: form-data; name=\"verb\"\r\n\r\nfit\r\n--X\r\nContent-Disposition: form-data; "
        "name=\"response\"\r\n\r\ny"
        "\r\n--X\r\nContent-Disposition: form-data; name=\"data\"; filename=\"" +
            name + "\"\r\n\r\n<svg/>,y\n1,2\n\r\n--X--\r\n");
    EXPECT_EQ(answer.status, 400) << name << answer.body;
    EXPECT_NE(answer.body.find("queue is full"), std::string::npos) << answer.body;
  }
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder / "uploads"))
    if (entry.is_regular_file()) {
      ++files;
      EXPECT_EQ(entry.path().extension(), ".csv");
      EXPECT_EQ(entry.path().parent_path().parent_path(), fs::absolute(folder) / "uploads");
    }
  EXPECT_GE(files, 4u);
  // The ending follows from the bytes, whatever the client calls the file.
  const auto kept = [&](const std::string& bytes) {
    post("/api/v1/papers/presto/runs", {{"content-type", "multipart/form-data; boundary=X"}},
         "--X\r\nContent-Disposition: form-data; name=\"verb\"\r\n\r\nfit\r\n--X\r\nContent-Disposition: form-data; "
         "name=\"data\"; filename=\"a.csv\"\r\n\r\n" +
             bytes + "\r\n--X--\r\n");
    for (const auto& entry : fs::directory_iterator(folder / "uploads" / sha256(bytes)))
      return entry.path().filename().string();
    return std::string();
  };
  EXPECT_EQ(kept(std::string("\x89HDF\r\n\x1a\n", 8)), "a.hdf5");
  EXPECT_EQ(kept(std::string("\x02\0\0\0\0\0\0\0{}", 10)), "a.safetensors");
  EXPECT_EQ(kept("\x1f\x8b\x08"), "a.gz");
  EXPECT_EQ(kept(std::string("OFFNGRAM\x01\0", 10)), "a.bin");
}

TEST_F(SiteTest, WithoutASandboxOthersMayNotUpload) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // a fresh process: it has not looked for the sandbox yet
  const auto attempt = [this] {
    setenv("PATH", "/nowhere", 1);
    Site reachable(folder, {.network = true});
    const auto answer = reachable.answer(
        {"POST",
         "/api/v1/papers/presto/runs",
         {{"host", "localhost"}, {"content-type", "multipart/form-data; boundary=X"}},
         "--X\r\nContent-Disposition: form-data; name=\"verb\"\r\n\r\nfit\r\n--X\r\nContent-Disposition: form-data; "
         "name=\"data\"; "
         "filename=\"a.csv\"\r\n\r\ny,x\n1,2\n\r\n--X--\r\n"});
    _exit(answer.status == 400 && answer.body.find("no sandbox") != std::string::npos && !fs::exists(folder / "uploads")
              ? 0
              : 1);
  };
  EXPECT_EXIT(attempt(), testing::ExitedWithCode(0), "");
}

TEST_F(SiteTest, AReadOnlyPageStartsNothing) {
  Site quiet(folder, {.read_only = true});
  EXPECT_EQ(quiet.answer({"POST", "/api/v1/papers/presto/runs", {{"host", "localhost"}}, "verb=reproduce"}).status,
            403);
  EXPECT_EQ(quiet.answer({"GET", "/", {{"host", "localhost"}}, ""}).status, 200);
}

/// The server on a free port, spoken to in raw bytes.
class ServerTest : public SiteTest {
 protected:
  ServerTest() {
    std::promise<std::string> address;
    auto known = address.get_future();
    server = std::thread([&] {
      serve(site, {"127.0.0.1", 0}, 1 << 20, [&](const std::string& text) { address.set_value(text); },
            {.connections = 40, .idle = std::chrono::seconds(60), .slow = std::chrono::seconds(2)});
    });
    const auto text = known.get();
    port =
        static_cast<std::uint16_t>(*parse_integer(text.substr(text.rfind(':') + 1, text.size() - text.rfind(':') - 2)));
  }
  ~ServerTest() override {
    kill(getpid(), SIGTERM);
    server.join();
  }
#ifdef __SANITIZE_THREAD__
  static constexpr timeval patience{20, 0};
#else
  static constexpr timeval patience{1, 0};
#endif
  /// What comes back until the server closes or nothing comes for so long.
  std::string say(const std::string& bytes, std::size_t* accepted = nullptr) {
    boost::asio::io_context context;
    boost::asio::ip::tcp::socket socket(context);
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), port});
    setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const auto count = ::send(socket.native_handle(), bytes.data() + sent,
                                std::min<std::size_t>(65536, bytes.size() - sent), MSG_NOSIGNAL);
      if (count <= 0) break;
      sent += static_cast<std::size_t>(count);
    }
    if (accepted) *accepted = sent;
    std::string answer;
    char buffer[65536];
    for (ssize_t count; (count = ::recv(socket.native_handle(), buffer, sizeof buffer, 0)) > 0;)
      answer.append(buffer, static_cast<std::size_t>(count));
    return answer;
  }
  std::thread server;
  std::uint16_t port = 0;
};

TEST_F(ServerTest, RefusesWhatIsTooLongOrMalformed) {
  std::size_t accepted = 0;
  const auto endless = say("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(64 << 20, 'a'), &accepted);
  EXPECT_LT(accepted, std::size_t{32} << 20) << "an endless header is not swallowed";
  EXPECT_TRUE(endless.empty() || endless.starts_with("HTTP/1.1 431")) << endless.substr(0, 100);
  EXPECT_TRUE(say("POST /papers/presto/runs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n")
                  .starts_with("HTTP/1.1 413"));
  EXPECT_TRUE(say("\x16\x03\x01 nonsense\r\n\r\n").starts_with("HTTP/1.1 400"));
  const auto both =
      say("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET "
          "/runs HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(both.find("<h1>Runs"), std::string::npos) << "no request is smuggled in a body";
  EXPECT_TRUE(say("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").starts_with("HTTP/1.1 200"));
}

TEST_F(ServerTest, ABodyEndsInOneWayOnly) {
  const std::string post = "POST /papers/presto/runs HTTP/1.1\r\nHost: localhost\r\n";
  for (const char* lengths :
       {"Content-Length: 3\r\nContent-Length: 5\r\n", "Content-Length: 3, 5\r\n", "Content-Length: -1\r\n",
        "Content-Length: 0x3\r\n", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 3\r\nTransfer-Encoding: xchunked\r\n", "Content-Length: 3\r\nTransfer-Encoding: identity\r\n",
        "Content-Length : 3\r\n"})
    EXPECT_TRUE(say(post + lengths + "\r\nabcde").starts_with("HTTP/1.1 400"))
        << lengths << say(post + lengths + "\r\nabcde");
  for (const char* pieces : {"Transfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip, chunked\r\n"})
    EXPECT_TRUE(say(post + pieces + "\r\n0\r\nHost: evil.example\r\n\r\n").starts_with("HTTP/1.1 411")) << pieces;
}

TEST_F(ServerTest, ARequestNamesOneHost) {
  EXPECT_TRUE(say("GET / HTTP/1.1\r\nHost: evil.example\r\nHost: localhost\r\n\r\n").starts_with("HTTP/1.1 400"));
  EXPECT_TRUE(say("GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n").starts_with("HTTP/1.1 400"));
  EXPECT_TRUE(say("GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 400"));
  const auto with = [&](const std::string& target, const std::string& host) {
    return say("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
  };
  EXPECT_TRUE(with("http://localhost:8080/about?x=1", "localhost:8080").starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(with("http://localhost?x=1", "localhost").starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(with("http://evil.example/about", "localhost").starts_with("HTTP/1.1 403")) << "the target's host counts";
  EXPECT_TRUE(with("http://localhost/about", "evil.example").starts_with("HTTP/1.1 200"));
}

/// A slow upload is told why it ends, and so is one too many.
TEST_F(ServerTest, SlowUploadsAreToldAndManyDoNotFillTheMemory) {
  const auto head = [](std::size_t length) {
    return fmt::format("POST /papers/presto/runs HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", length);
  };
  boost::asio::io_context context;
  std::vector<boost::asio::ip::tcp::socket> slow;
  const auto open = [&](const std::string& text) {
    slow.emplace_back(context).connect({boost::asio::ip::make_address("127.0.0.1"), port});
    ::send(slow.back().native_handle(), text.data(), text.size(), MSG_NOSIGNAL);
  };
  for (int i = 0; i < 2; ++i) open(head(1 << 20) + std::string(1000, 'x'));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_TRUE(say(head(1 << 20)).starts_with("HTTP/1.1 503")) << "two uploads of the greatest length are all at once";
  EXPECT_TRUE(say("GET /about HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").starts_with("HTTP/1.1 200"));
  char buffer[4096];
  const timeval long_enough{10, 0};
  setsockopt(slow[0].native_handle(), SOL_SOCKET, SO_RCVTIMEO, &long_enough, sizeof long_enough);
  const auto count = ::recv(slow[0].native_handle(), buffer, sizeof buffer, 0);
  EXPECT_TRUE(
      std::string_view(buffer, static_cast<std::size_t>(std::max<ssize_t>(0, count))).starts_with("HTTP/1.1 408"));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_FALSE(say(head(1 << 20)).starts_with("HTTP/1.1 503")) << "their room is given back";
}

TEST_F(ServerTest, IdleConnectionsMakeRoomForVisitors) {
  boost::asio::io_context context;
  std::vector<boost::asio::ip::tcp::socket> idle;
  for (int i = 0; i < 60; ++i) idle.emplace_back(context).connect({boost::asio::ip::make_address("127.0.0.1"), port});
  for (int i = 0; i < 5; ++i)
    EXPECT_TRUE(say("GET /about HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").starts_with("HTTP/1.1 200"));
}

TEST_F(ServerTest, StreamsResumeAfterAnyEventIdAndSurviveViewersWhoDoNotRead) {
  runs::Store store(folder);
  const auto id = store.add({"presto", "reproduce", {}, {}}, "running", Json::object(), "");
  std::vector<Event> events;
  for (int i = 0; i < 20000; ++i) events.push_back({"note", {{"text", std::string(200, 'x')}}});
  store.append(id, events);
  boost::asio::io_context context;
  std::vector<boost::asio::ip::tcp::socket> idle;
  for (int i = 0; i < 20; ++i) {
    idle.emplace_back(context).connect({boost::asio::ip::make_address("127.0.0.1"), port});
    const auto request = fmt::format("GET /api/v1/runs/{}/events HTTP/1.1\r\nHost: localhost\r\n\r\n", id);
    ::send(idle.back().native_handle(), request.data(), request.size(), MSG_NOSIGNAL);
  }
  store.finish(id, "done", 0, "");
  const auto ask = [&](const std::string& last) {
    return say(
        fmt::format("GET /api/v1/runs/{}/events HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: {}\r\n\r\n", id, last));
  };
  const auto rest = ask("19997");
  EXPECT_EQ(rest.find("id: 19997\n"), std::string::npos);
  EXPECT_NE(rest.find("id: 19998\n"), std::string::npos);
  EXPECT_NE(rest.find("event: end\n"), std::string::npos);
  for (const char* odd : {"-5", "x", "99999999999999999999", "<script>"})
    EXPECT_NE(ask(odd).find("event: end\n"), std::string::npos) << odd;
  EXPECT_NE(ask("0").find("id: 20000\n"), std::string::npos);
  EXPECT_TRUE(say("GET /api/v1/runs/77/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                  .starts_with("HTTP/1.1 404"));
  EXPECT_TRUE(
      say(fmt::format("GET /api/v1/runs/{}/events HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", id))
          .starts_with("HTTP/1.1 403"));
}

}  // namespace
}  // namespace offprint::page
