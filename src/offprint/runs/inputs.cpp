#include "offprint/runs/inputs.hpp"

#include <algorithm>

#include "offprint/base/text.hpp"
#include "offprint/data/catalogue.hpp"
#include "offprint/paper/catalogue.hpp"

namespace offprint::runs {
namespace fs = std::filesystem;

namespace {

constexpr std::string_view data_mark = "data:", upload_mark = "upload:", run_mark = "run:";

bool is_hash(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// One name of a file as uploads and catalogue have them: it is no path, and a command line can hold it among others.
bool is_plain_name(std::string_view text) {
  return !text.empty() && text.size() <= 100 && text[0] != '.' && text[0] != '-' &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.'; });
}

/// "HASH/NAME" of an upload or "RUN/FILE" of a run, split; two empty texts if it is neither.
std::pair<std::string, std::string> halves(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos) return {};
  return {std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
}

std::optional<Artifact> artifact_of(Store& store, const std::string& source) {
  const auto [run, id] = halves(std::string_view(source).substr(run_mark.size()));
  const auto run_number = parse_integer(run), file_number = parse_integer(id);
  if (!run_number || !file_number) return std::nullopt;
  const auto record = store.find(*run_number);
  if (!record || record->state != "done") return std::nullopt;
  for (auto& artifact : store.artifacts(*run_number))
    if (artifact.id == *file_number) return artifact;
  return std::nullopt;
}

/// What is left of a name to stand in a path inside: never empty, never hidden.
std::string name_inside(const std::string& name) {
  std::string plain;
  for (const char c : name.substr(0, 100)) plain += is_letter_or_digit(c) || c == '-' || c == '_' || c == '.' ? c : '_';
  if (!is_plain_name(plain)) plain = "file" + plain;
  return plain.substr(0, 100);
}

[[noreturn]] void refuse(const std::string& source, const std::string& problem) {
  throw BadInput(source, problem, "choose another or upload one");
}

}  // namespace

bool is_identity(std::string_view source) {
  if (source.starts_with(data_mark)) return is_plain_name(source.substr(data_mark.size()));
  if (source.starts_with(upload_mark)) {
    const auto [hash, name] = halves(source.substr(upload_mark.size()));
    return is_hash(hash) && is_plain_name(name);
  }
  if (!source.starts_with(run_mark)) return false;
  const auto [run, id] = halves(source.substr(run_mark.size()));
  return parse_integer(run).value_or(0) > 0 && parse_integer(id).value_or(0) > 0;
}

bool takes_files(const Option& option) {
  return option.kind == OptionKind::input_file || option.kind == OptionKind::input_files;
}

std::vector<std::string> sources_in(const Option& option, const std::string& text) {
  if (text.empty()) return {};
  return option.kind == OptionKind::input_files ? split(text, ',') : std::vector{text};
}

fs::path uploads_of(const Store& store) { return fs::absolute(store.folder()) / "uploads"; }

Input open_input(Store& store, const std::string& source) {
  if (!is_identity(source)) {
    const RegularFile file(source, RegularFile::Links::followed);
    return {source, source, store.hash_of(file), source};
  }
  if (source.starts_with(data_mark)) {
    data::find(source.substr(data_mark.size()));
    return {source, {}, "", source};
  }
  if (source.starts_with(upload_mark)) {
    const auto [hash, name] = halves(std::string_view(source).substr(upload_mark.size()));
    const auto file = uploads_of(store) / hash / name;
    std::error_code error;
    if (!fs::exists(fs::symlink_status(file, error))) refuse(name, "is not among the uploads any more");
    if (store.hash_of(RegularFile(uploads_of(store) / hash, name)) != hash)
      refuse(name, "was changed since it was uploaded");
    return {source, file, hash, "inputs/upload-" + hash.substr(0, 12) + "/" + name};
  }
  const auto artifact = artifact_of(store, source);
  if (!artifact) refuse(source, "is no file of a finished run");
  const auto run = source.substr(run_mark.size(), source.find('/') - run_mark.size());
  try {
    if (store.hash_of(store.open(std::stoll(run), *artifact)) != artifact->sha256)
      refuse(artifact->name, "was changed since run " + run + " wrote it");
  } catch (const IoError&) {
    refuse(artifact->name, "cannot be read any more");
  }
  return {source, artifact->path, artifact->sha256, "inputs/run-" + run + "/" + name_inside(artifact->name)};
}

std::string shown_source(Store& store, const std::string& source) {
  if (!is_identity(source) || source.starts_with(data_mark)) return source;
  if (source.starts_with(upload_mark)) return halves(source).second;
  const auto artifact = artifact_of(store, source);
  return artifact ? artifact->name : source;
}

std::string shown_text(Store& store, const Option* option, const std::string& text) {
  if (!option || !takes_files(*option)) return text;
  auto sources = sources_in(*option, text);
  for (auto& source : sources) source = shown_source(store, source);
  return join(sources, ",");
}

std::string without_input_folders(std::string text) {
  constexpr std::string_view uploads = "inputs/upload-", written = "inputs/run-";
  for (auto at = text.find(uploads); at != std::string::npos; at = text.find(uploads, at)) {
    const auto end = text.find('/', at + uploads.size());
    if (end == std::string::npos || end - at - uploads.size() != 12) {
      ++at;
      continue;
    }
    text.erase(at, end + 1 - at);
  }
  return replace_all(std::move(text), written, "run-");
}

namespace {

/// Some verbs mark a state as used by a file beside it, so that it is not continued a second time. All runs that are
/// given the same document, whatever it is called and wherever it came from, therefore find it in the same folder,
/// named by its hash; it is found there under the first of its names. The document itself cannot be changed there, and
/// once it is marked nothing can.
Binding marks_folder(Store& store, const Input& input, std::string& name) {
  const auto folder = fs::absolute(store.folder()) / "spent" / input.sha256;
  fs::create_directories(folder);
  bool used = false;
  std::string first;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto one = entry.path().filename().string();
    if (one.ends_with(".used"))
      used = true;
    else
      first = one;
  }
  if (first.empty())
    write_file(folder / name, "");  // where the document is shown
  else
    name = first;
  return {folder, "", !used};
}

}  // namespace

Job job_of(Store& store, const RunRecord& run, const std::string& program) {
  const auto* paper = find_paper(run.request.slug);
  const auto* verb = paper ? paper->find_verb(run.request.verb) : nullptr;
  if (!verb)
    throw BadInput(command_name(run.request.slug) + " " + run.request.verb, "is not in this build",
                   "offprint list shows what is");
  const auto& settings = run.request.settings;
  Job job;
  job.words = {program,
               command_name(run.request.slug),
               run.request.verb,
               "--json-lines",
               "--no-record",
               "--seed=" + std::to_string(settings.seed),
               "--threads=" + std::to_string(settings.threads),
               "--device=" + settings.device};
  job.devices = settings.device != "cpu";
  job.beside = {std::string(own_folder) + "/inputs"};
  const auto bind = [&](const Binding& binding) {
    if (std::none_of(job.bindings.begin(), job.bindings.end(),
                     [&](const Binding& one) { return one.to == binding.to; }))
      job.bindings.push_back(binding);
  };
  for (const auto& [name, text] : run.request.options) {
    const auto option = std::find_if(verb->options.begin(), verb->options.end(),
                                     [&, wanted = &name](const Option& one) { return one.name == *wanted; });
    if (option == verb->options.end() || !takes_files(*option)) {
      job.words.push_back("--" + name + "=" + text);
      continue;
    }
    std::vector<std::string> inside;
    for (const auto& source : sources_in(*option, text)) {
      auto input = open_input(store, source);
      if (!is_identity(source)) {
        bind({fs::absolute(input.file), input.inside});
        if (source.find("-idx3-ubyte") != std::string::npos)  // images, whose labels lie beside them
          for (const auto& entry : fs::directory_iterator(fs::absolute(input.file).parent_path()))
            if (entry.is_regular_file() && entry.path().filename().string().find("-idx1-ubyte") != std::string::npos)
              bind({entry.path(), entry.path().string()});
      } else if (!input.file.empty()) {
        const auto slash = input.inside.rfind('/');
        const auto place = input.inside.substr(0, slash);
        auto file_name = input.inside.substr(slash + 1);
        if (file_name.ends_with(".json")) {
          auto marks = marks_folder(store, input, file_name);
          marks.to = std::string(own_folder) + "/" + place;
          bind(marks);
          input.inside = place + "/" + file_name;
        }
        bind({input.file, std::string(own_folder) + "/" + input.inside});
      }
      inside.push_back(input.inside);
    }
    job.words.push_back("--" + name + "=" + join(inside, ","));
  }
  for (const auto& option : verb->options)
    if (option.kind == OptionKind::output_file) job.words.push_back("--" + option.name + "=" + option.suggested_name);
  return job;
}

void tidy_marks(const Job& job) {
  for (const auto& binding : job.bindings) {
    if (!binding.writable) continue;
    std::error_code error;
    std::string name;  // of the document: the mount that shows it stands in the list after its folder
    for (const auto& other : job.bindings)
      if (other.to.starts_with(binding.to + "/")) name = other.to.substr(binding.to.size() + 1);
    std::vector<fs::path> foreign;
    for (const auto& entry : fs::directory_iterator(binding.from, error))
      if (const auto one = entry.path().filename().string(); one != name && one != name + ".used")
        foreign.push_back(entry.path());
    for (const auto& path : foreign) fs::remove_all(path, error);
  }
}

}  // namespace offprint::runs
