#include "offprint/data/catalogue.hpp"

#include <unistd.h>

#include <algorithm>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/base/process.hpp"
#include "offprint/base/share.hpp"
#include "offprint/base/text.hpp"
#include "offprint/data/rdata.hpp"

namespace offprint::data {
namespace fs = std::filesystem;

namespace {

/// Small files of our own that rooms ship for trying their verbs: data:example-NAME.
void add_examples(std::vector<DataSet>& sets) {
  std::error_code none;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(share_folder() / "examples", none)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const auto& file : files)
    sets.push_back({"example-" + file.stem().string(), "", "Apache-2.0", file.string(), Reader::example, "",
                    "Example: " + file.filename().string()});
}

std::vector<DataSet> all() {
  static const std::string r = "usr/lib/R/site-library/",
                           statsmodels = "usr/lib/python3/dist-packages/statsmodels/datasets/";
  static const std::vector<DataSet> packaged{
      {"fair", "python3-statsmodels", "BSD-3-Clause", statsmodels + "fair/fair.csv", Reader::csv, "",
       "Marriage survey, 6366 rows: a rare ordered outcome"},
      {"anes96", "python3-statsmodels", "BSD-3-Clause", statsmodels + "anes96/anes96.csv", Reader::csv, "",
       "Election study 1996: party on seven ordered levels"},
      {"soup", "r-cran-ordinal", "GPL-2+", r + "ordinal/data/Rdata", Reader::lazy_load, "soup",
       "Soup tasting, 1847 rows: six ordered levels of sureness"},
      {"wine", "r-cran-ordinal", "GPL-2+", r + "ordinal/data/Rdata", Reader::lazy_load, "wine",
       "Bitterness of wine, 72 rows: a tiny ordered outcome"},
      {"wvs", "r-cran-cardata", "GPL-2+", r + "carData/data/Rdata", Reader::lazy_load, "WVS",
       "World Values Surveys, 5381 rows: three ordered levels"},
      {"mpls_stops", "r-cran-cardata", "GPL-2+", r + "carData/data/Rdata", Reader::lazy_load, "MplsStops",
       "Police stops in Minneapolis 2017, 51920 events in time"},
      {"movielens", "r-cran-dslabs", "Artistic-2.0", r + "dslabs/data/Rdata", Reader::lazy_load, "movielens",
       "100004 film ratings with time stamps"},
      {"us_contagious_diseases", "r-cran-dslabs", "Artistic-2.0", r + "dslabs/data/Rdata", Reader::lazy_load,
       "us_contagious_diseases", "Weekly counts by state, 16065 rows"},
      {"trump_tweets", "r-cran-dslabs", "Artistic-2.0", r + "dslabs/data/Rdata", Reader::lazy_load, "trump_tweets",
       "20761 messages with time stamps"},
      {"collisions", "r-cran-vim", "GPL-2+", r + "VIM/data/Rdata", Reader::lazy_load, "collisions",
       "Traffic collisions, 6867 events"},
      {"bundesliga", "r-cran-vcd", "GPL-2", r + "vcd/data/Bundesliga.rda", Reader::rda, "Bundesliga",
       "14018 football matches in date order"},
      {"foldoc", "dict-foldoc", "GFDL-1.2+", "usr/share/dictd/foldoc.dict.dz", Reader::text, "",
       "Text: dictionary of computing, 5.6 MB"},
      {"fortunes", "fortunes", "BSD-3-Clause packaging, mixed quotations", "usr/share/games/fortunes", Reader::text,
       "art,computers,cookie,definitions,humorists,kids,knghtbrd,law,linux,miscellaneous,people,"
       "perl,platitudes,politics,science,songs-poems,startrek,tao,"
       "wisdom,work,zippy",
       "Text: quotations and jokes, 1.7 MB"},
      {"jargon", "jargon-text", "Public domain", "usr/share/doc/jargon-text/jargon.txt.gz", Reader::text, "",
       "Text: the hackers' dictionary, 1.7 MB"},
      {"devil", "dict-devil", "Public domain", "usr/share/dictd/devil.dict.dz", Reader::text, "",
       "Text: the Devil's Dictionary, 0.4 MB"},
      {"austen", "r-cran-janeaustenr", "Public domain text", r + "janeaustenr/data/Rdata", Reader::lazy_load,
       "emma,mansfieldpark,northangerabbey,persuasion,prideprejudice,sensesensibility",
       "Text: six novels by Jane Austen, 4 MB"},
      {"anarchism", "anarchism", "GPL-2 or GFDL", "usr/share/doc/anarchism/html", Reader::text, ".html",
       "Text: questions and answers on anarchism, 14 MB"},
      {"python", "libpython3.11-stdlib", "PSF-2.0", "usr/lib/python3.11", Reader::text, ".py",
       "Text: sources of Python's standard library, 10 MB"},
      {"fashion_mnist", "dataset-fashion-mnist", "MIT", "usr/share/datasets/fashion-mnist/", Reader::idx, "",
       "60000 + 10000 images of clothes, 28 x 28, ten classes"},
      {"digits", "python3-sklearn", "BSD-3-Clause", "usr/lib/python3/dist-packages/sklearn/datasets/data/digits.csv.gz",
       Reader::digits, "", "1797 images of hand-written digits, 8 x 8: small enough for tests"},
      {"letters", "wamerican", "Public domain", "usr/share/dict/american-english", Reader::words, "",
       "Counts of the letters of English words"},
  };
  auto sets = packaged;
  add_examples(sets);
  return sets;
}

std::string canonical(const std::string& name) {
  std::string folded;
  for (const char c : to_lower(name))
    if (c != '_' && c != '-') folded += c;
  return folded;
}

DataSet named(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& set : all()) {
    if (canonical(set.name) == canonical(name)) return set;
    names.push_back(set.name);
  }
  const auto near = nearest_name(name, names);
  throw BadInput("data:" + name, "no such data set",
                 near.empty() ? "offprint data list shows them" : "did you mean data:" + near + "?");
}

std::vector<std::string> endings(const DataSet& set) {
  if (set.reader == Reader::lazy_load) return {".rdb", ".rdx"};
  if (set.reader == Reader::idx)
    return {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz",
            "t10k-labels-idx1-ubyte.gz"};
  return {""};
}

fs::path cache_folder(const DataSet& set) { return user_cache_folder() / "data" / set.name; }

/// The set's path without ending, in the system or the cache; empty if it is in neither.
fs::path place_of(const DataSet& set) {
  const auto name = fs::path(set.file).filename();
  for (const auto& base : {fs::path("/") / set.file, cache_folder(set) / name}) {
    const auto parts = endings(set);
    if (std::all_of(parts.begin(), parts.end(), [&](const std::string& ending) {
          std::error_code ignored;
          return fs::is_regular_file(base.string() + ending, ignored) ||
                 (set.reader == Reader::text && fs::is_directory(base, ignored));
        }))
      return base;
  }
  return {};
}

Table letter_counts(const fs::path& file, const std::string& source) {
  std::vector<double> counts(26);
  for (const char c : to_lower(read_file(file)))
    if (c >= 'a' && c <= 'z') ++counts[static_cast<std::size_t>(c - 'a')];
  Column letters{"letter", false, {}, {}, std::vector<char>(26), {}},
      numbers{"count", true, counts, {}, std::vector<char>(26), {}};
  for (char c = 'a'; c <= 'z'; ++c) letters.texts.emplace_back(1, c);
  letters.levels = letters.texts;
  return {source, {letters, numbers}, {}};
}

/// The text files of a folder that the set is made of.
std::vector<fs::path> files_of(const DataSet& set, const fs::path& folder) {
  std::vector<fs::path> files;
  if (!set.object.starts_with('.')) {
    for (const auto& name : split(set.object, ',')) files.push_back(folder / name);
    return files;
  }
  for (const auto& entry : fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied))
    if (entry.is_regular_file() && !entry.is_symlink() && entry.path().extension() == set.object)
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// Tags become nothing, the commonest entities their characters.
std::string without_tags(const std::string& html) {
  std::string text;
  bool inside = false;
  for (const char c : html) {
    if (c == '<') inside = true;
    if (!inside) text += c;
    if (c == '>') inside = false;
  }
  for (const auto& [entity, character] :
       {std::pair{"&nbsp;", " "}, {"&quot;", "\""}, {"&#39;", "'"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}})
    text = replace_all(std::move(text), entity, character);
  return text;
}

std::string unpacked(const fs::path& file) {
  auto bytes = read_file(file);
  return bytes.starts_with("\x1f\x8b") ? decompress(bytes, file.string()) : bytes;
}

struct TemporaryFolder {
  fs::path path;
  TemporaryFolder() {
    auto pattern = (fs::temp_directory_path() / "offprint-data-XXXXXX").string();
    if (!mkdtemp(pattern.data())) throw IoError(fs::temp_directory_path().string(), "no folder can be made in it");
    path = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

}  // namespace

std::string DataSet::ending() const {
  if (reader == Reader::text || (reader == Reader::lazy_load && object.find(',') != std::string::npos)) return "txt";
  if (reader == Reader::example) return fs::path(file).extension().string().substr(1);
  return reader == Reader::idx || reader == Reader::digits ? "idx3-ubyte" : "csv";
}

std::vector<DataSet> list() {
  auto sets = all();
  for (auto& set : sets) set.present = !place_of(set).empty();
  return sets;
}

fs::path find(const std::string& name) {
  const auto set = named(name);
  const auto base = place_of(set);
  if (base.empty())
    throw MissingData("data:" + set.name, "is not on this machine", "offprint data get " + set.name + " fetches it");
  return base.string() + endings(set)[0];
}

Table read_data_set(const std::string& name) {
  const auto set = named(name);
  const auto source = "data:" + set.name;
  if (set.reader == Reader::idx || set.reader == Reader::digits)
    throw BadInput(source, "is a set of images, not a table", "the verbs that take images read it");
  const auto file = find(name);
  if (set.reader == Reader::example) return read_table_file(file, source);
  if (set.reader == Reader::text) throw BadInput(source, "is a text, not a table", "give a table");
  if (set.reader == Reader::csv) return parse_csv(read_file(file), source);
  if (set.reader == Reader::words) return letter_counts(file, source);
  if (set.reader == Reader::lazy_load)
    return table_of(read_lazy_load(fs::path(file).replace_extension(), set.object), source);
  auto objects = parse_rda(read_file(file), file.string());
  return table_of(objects[set.object], source);
}

Table read_table(const std::string& source, const TableReading& reading) {
  return source.starts_with("data:") ? read_data_set(source.substr(5)) : read_table_file(source, source, reading);
}

fs::path resolve(const std::string& source) {
  return source.starts_with("data:") ? find(source.substr(5)) : fs::path(source);
}

std::string read_text_set(const std::string& name) {
  const auto set = named(name);
  const auto file = find(name);
  std::string text;
  if (set.reader == Reader::lazy_load) {
    for (const auto& object : split(set.object, ','))
      for (const auto& line : read_lazy_load(fs::path(file).replace_extension(), object).texts) text += line + '\n';
  } else if (set.reader != Reader::text && set.reader != Reader::words && set.reader != Reader::example) {
    throw BadInput("data:" + set.name, "is a table", "give a text");
  } else if (fs::is_directory(file)) {
    for (const auto& part : files_of(set, file))
      text += set.object == ".html" ? without_tags(read_file(part)) : read_file(part);
  } else {
    text = unpacked(file);
  }
  if (text.empty()) throw BadInput("data:" + set.name, "holds no text", "give another");
  return text;
}

std::string read_text(const std::string& source) {
  if (source.starts_with("data:")) return read_text_set(source.substr(5));
  auto text = unpacked(source);
  if (text.empty()) throw BadInput(source, "is empty", "give a text");
  return text;
}

fs::path get(const std::string& name) {
  const auto set = named(name);
  if (const auto present = place_of(set); !present.empty()) return find(name);
  const auto source = "data:" + set.name;
  const TemporaryFolder work;
  const auto log = work.path / "log";
  const int status = run_program({"apt-get", "download", set.package}, work.path, log);
  if (status < 0) throw MissingData(source, "apt-get cannot be run", "install the package " + set.package + " by hand");
  fs::path package;
  for (const auto& entry : fs::directory_iterator(work.path))
    if (entry.path().extension() == ".deb") package = entry.path();
  if (status != 0 || package.empty()) {
    const auto said = read_file(log);
    const auto why =
        said.find("Unable to locate") != std::string::npos || said.find("Can't select") != std::string::npos
            ? "apt's lists do not know it; run apt-get update"
            : "check the network and the disk";
    throw MissingData(source, "the package " + set.package + " cannot be fetched", why);
  }
  fs::create_directories(work.path / "tree");
  if (run_program({"dpkg-deb", "-x", package.string(), (work.path / "tree").string()}, work.path, log) != 0)
    throw MissingData(source, "the package " + set.package + " cannot be unpacked", "check the disk's free space");
  fs::create_directories(cache_folder(set));
  if (const auto folder = work.path / "tree" / set.file; fs::is_directory(folder)) {
    for (const auto& from : files_of(set, folder)) {
      const auto to = cache_folder(set) / folder.filename() / fs::relative(from, folder);
      fs::create_directories(to.parent_path());
      write_file(to, read_file(from));
    }
    return find(name);
  }
  for (const auto& ending : endings(set)) {
    const auto from = work.path / "tree" / (set.file + ending);
    if (!fs::is_regular_file(from))
      throw MissingData(source, "the package " + set.package + " no longer holds " + set.file + ending, "report it");
    write_file(cache_folder(set) / from.filename(), read_file(from));
  }
  return find(name);
}

}  // namespace offprint::data
