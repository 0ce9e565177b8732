// What the page does to runs: starts, cancels and repeats them, and hands out their files.
#include <algorithm>
#include <filesystem>

#include "offprint/base/file.hpp"
#include "offprint/base/text.hpp"
#include "offprint/page/responses.hpp"
#include "offprint/page/site.hpp"
#include "offprint/runs/dispatcher.hpp"
#include "offprint/runs/provenance.hpp"
#include "offprint/runs/recorder.hpp"

namespace offprint::page {
namespace fs = std::filesystem;

namespace {

/// What an upload is, by its bytes alone.
std::string upload_ending(const std::string& bytes) {
  if (bytes.starts_with("PK\x03\x04"))
    throw BadInput("the upload", "is a zip archive", "unpack it and upload one file");
  if (bytes.starts_with("\x93NUMPY")) return ".npy";
  if (bytes.starts_with("\x89HDF\r\n\x1a\n")) return ".hdf5";
  if (bytes.starts_with("\x1f\x8b")) return ".gz";
  if (bytes.size() > 9 && bytes[8] == '{' && bytes.find('\0') < 8)
    return ".safetensors";  // eight bytes of length, then the header
  if (bytes.starts_with('{')) return Json::accept(bytes) ? ".json" : ".jsonl";
  return std::string_view(bytes).substr(0, 4096).find('\0') == std::string_view::npos ? ".csv" : ".bin";
}

/// What is left of a client's file name to show it in errors: letters, digits, - and _; never a path, never empty.
std::string upload_stem(const std::string& name) {
  std::string stem;
  for (const char c : name.substr(0, name.rfind('.')).substr(0, 60))
    stem += is_letter_or_digit(c) || c == '-' || c == '_' ? c : '_';
  return stem.empty() ? "upload" : stem;
}

/// The later value of an option counts; files of an option that takes several add up.
void give(runs::Values& values, const Option& option, const std::string& text) {
  const auto given =
      std::find_if(values.begin(), values.end(), [&](const auto& one) { return one.first == option.name; });
  if (given == values.end())
    values.emplace_back(option.name, text);
  else
    given->second = option.kind == OptionKind::input_files ? given->second + "," + text : text;
}

}  // namespace

std::string Site::keep_upload(const std::string& name, const std::string& bytes) {
  if (settings_.network && !runs::sandbox_works())
    throw BadInput("the upload", "is refused: runs have no sandbox on this machine",
                   "let bubblewrap make user namespaces");
  const auto ending = upload_ending(bytes);
  const auto folder = fs::absolute(store_.folder()) / "uploads" / sha256(bytes);
  fs::create_directories(folder);
  const auto file = folder / (upload_stem(name) + ending);
  write_file(file, bytes);
  return file.string();
}

/// The file that a form names as run:RUN/FILE.
std::string Site::file_of_run(const std::string& option, const std::string& source) {
  if (const auto parts = split(std::string_view(source).substr(4), '/'); parts.size() == 2)
    if (const auto run = parse_integer(parts[0]), id = parse_integer(parts[1]); run && id)
      for (const auto& artifact : store_.artifacts(*run))
        if (artifact.id == *id && fs::exists(artifact.path)) return fs::absolute(artifact.path).string();
  throw UsageError("--" + option + ": " + source + " is no file of a run; choose another or upload one");
}

Response Site::start_run(const Paper& paper, const Request& request, bool from_api) {
  const auto type = request.headers.find("content-type");
  const auto fields = parse_form(type == request.headers.end() ? "" : type->second, request.body);
  std::string verb_name;
  runs::Request wanted{paper.slug, "", {}, {}};
  Values shown;
  bool ours = from_api;
  for (const auto& field : fields) {
    if (field.name == "token") ours = field.value == token_;
    if (field.name == "verb") verb_name = field.value;
  }
  if (!ours) return problem(403, "the form is out of date; load the page again", from_api);
  const auto* verb = paper.find_verb(verb_name);
  if (!verb) return problem(404, "the paper has no such verb", from_api);
  wanted.verb = verb->name;
  try {
    for (const auto& field : fields) {
      if (field.name == "seed" || field.name == "threads") {
        const auto value = parse_integer(field.value);
        if (!value || *value < (field.name == "threads") || *value > (field.name == "threads" ? 64 : INT64_MAX))
          throw UsageError("--" + field.name + ": '" + field.value + "' is not a whole number in range");
        if (field.name == "seed")
          wanted.settings.seed = static_cast<std::uint64_t>(*value);
        else
          wanted.settings.threads = static_cast<int>(*value);
        shown.emplace_back(field.name, field.value);
        continue;
      }
      const auto option = std::find_if(verb->options.begin(), verb->options.end(),
                                       [&](const Option& one) { return one.name == field.name; });
      if (option == verb->options.end() || option->kind == OptionKind::output_file) continue;
      auto text = field.value;
      const bool input = option->kind == OptionKind::input_file || option->kind == OptionKind::input_files;
      if (field.file) {
        if (text.empty()) continue;
        if (!input) throw UsageError("--" + field.name + ": takes no file");
        text = keep_upload(field.file_name, text);
      } else if (input && text.starts_with("run:")) {
        text = file_of_run(field.name, text);
      } else if (input && !text.empty() && !text.starts_with("data:")) {
        throw UsageError("--" + field.name + ": choose a data set or upload a file");
      }
      if (text.empty() || text == option->default_text) continue;
      give(wanted.options, *option, text);
      give(shown, *option, field.file ? text : field.value);
    }
    auto checked = wanted.options;
    for (const auto& option : verb->options)
      if (option.kind == OptionKind::output_file) checked.emplace_back(option.name, option.suggested_name);
    make_options(paper, *verb, checked);
    const bool again = std::any_of(fields.begin(), fields.end(),
                                   [](const Field& field) { return field.name == "again" && field.value == "yes"; });
    if (!again)
      if (const auto stored = store_.find_done(runs::cache_key_of(wanted, runs::provenance_of(*verb, wanted.options))))
        return from_api ? json({{"run", stored->id}, {"stored", true}})
                        : redirect(paper_link(paper) + "?stored=" + std::to_string(stored->id) + "#stored");
    const auto id = runs::enqueue(store_, wanted);
    return from_api ? json({{"run", id}}, 202) : redirect("/runs/" + std::to_string(id));
  } catch (const UsageError& error) {
    return from_api ? problem(400, error.what(), true)
                    : paper_page(paper, {.verb = verb_name, .error = error.what(), .values = shown}, 400);
  } catch (const BadInput& error) {
    return from_api ? problem(400, error.what(), true)
                    : paper_page(paper, {.verb = verb_name, .error = error.what(), .values = shown}, 400);
  }
}

Response Site::run_action(std::int64_t id, const std::string& action) {
  const auto run = store_.find(id);
  if (!run) return problem(404, "there is no such run", false);
  if (action == "cancel") {
    store_.request_cancel(id);
    return redirect("/runs/" + std::to_string(id));
  }
  if (action == "again") {
    if (!run->finished()) return problem(409, "this run has not ended yet", false);
    return redirect(run_link(runs::enqueue(store_, run->request)));
  }
  return problem(404, "there is no such action", false);
}

Response Site::artifact(std::int64_t run, std::int64_t id) {
  for (const auto& artifact : store_.artifacts(run))
    if (artifact.id == id && fs::exists(artifact.path)) {
      std::string name;
      for (const char c : artifact.name) name += is_letter_or_digit(c) || c == '.' || c == '-' || c == '_' ? c : '_';
      return {200,
              name.ends_with(".svg") ? "image/svg+xml" : "application/octet-stream",
              {{"Content-Disposition", "attachment; filename=\"" + name + "\""}},
              read_file(artifact.path)};
    }
  return problem(404, "there is no such file", false);
}

}  // namespace offprint::page
