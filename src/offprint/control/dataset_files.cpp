// The files of data sets: D4RL's HDF5 keys, the same in NPZ, Minari's groups, tables.
#include <fmt/format.h>

#include <algorithm>

#include "offprint/base/error.hpp"
#include "offprint/base/text.hpp"
#include "offprint/control/dataset.hpp"
#include "offprint/data/catalogue.hpp"
#include "offprint/data/hdf5.hpp"
#include "offprint/data/npz.hpp"

namespace offprint::control {
namespace {

namespace fs = std::filesystem;

bool is_npz(const fs::path& path) { return path.extension() == ".npz"; }

/// What both file formats give: arrays by D4RL's keys.
class Keys {
 public:
  virtual ~Keys() = default;
  virtual bool has(const std::string& key) const = 0;
  virtual std::vector<std::size_t> shape(const std::string& key) const = 0;
  virtual std::vector<float> floats(const std::string& key) const = 0;
  virtual std::vector<double> doubles(const std::string& key) const = 0;
  virtual std::vector<std::uint8_t> truths(const std::string& key) const = 0;
  virtual std::string text(const std::string& key) const = 0;
};

class Hdf5Keys : public Keys {
 public:
  explicit Hdf5Keys(const fs::path& path) : reader_(path) {
    if (!reader_.contains("observations") && reader_.contains("episode_0"))
      throw BadInput(path.string(), "is in Minari's layout, one group an episode",
                     "offprint control import --layout minari makes a D4RL file of it");
  }
  bool has(const std::string& key) const override { return reader_.contains(key); }
  std::vector<std::size_t> shape(const std::string& key) const override { return reader_.shape(key); }
  std::vector<float> floats(const std::string& key) const override { return reader_.floats(key); }
  std::vector<double> doubles(const std::string& key) const override { return reader_.doubles(key); }
  std::vector<std::uint8_t> truths(const std::string& key) const override { return reader_.truths(key); }
  std::string text(const std::string& key) const override { return reader_.text(key); }

 private:
  data::Hdf5Reader reader_;
};

class NpzKeys : public Keys {
 public:
  explicit NpzKeys(const fs::path& path) : arrays_(data::read_npz(path)) {}
  bool has(const std::string& key) const override { return arrays_.count(key) > 0; }
  std::vector<std::size_t> shape(const std::string& key) const override { return arrays_.at(key).shape; }
  std::vector<float> floats(const std::string& key) const override {
    return {arrays_.at(key).values.begin(), arrays_.at(key).values.end()};
  }
  std::vector<double> doubles(const std::string& key) const override { return arrays_.at(key).values; }
  std::vector<std::uint8_t> truths(const std::string& key) const override {
    std::vector<std::uint8_t> result;
    for (const double value : arrays_.at(key).values) result.push_back(value != 0);
    return result;
  }
  std::string text(const std::string&) const override { return ""; }

 private:
  std::map<std::string, data::Array> arrays_;
};

/// The width of a matrix of `rows` rows; a column may also be a plain vector.
int width_of(const Keys& keys, const std::string& key, std::size_t rows, const std::string& source) {
  const auto shape = keys.shape(key);
  if (shape.empty() || shape.size() > 2 || shape[0] != rows ||
      (shape.size() == 2 && (shape[1] == 0 || shape[1] > 100000)))
    throw BadInput(source + " " + key,
                   fmt::format("has the shape ({}) where {} rows are needed", fmt::join(shape, ", "), rows),
                   "write all keys with the same rows");
  return shape.size() == 2 ? static_cast<int>(shape[1]) : 1;
}

OfflineDataset read_keys(const Keys& keys, const std::string& source) {
  OfflineDataset data;
  data.source = source;
  std::string missing;
  for (const char* key : {"observations", "actions", "rewards", "terminals"})
    if (!keys.has(key)) missing += (missing.empty() ? "" : ", ") + std::string(key);
  if (!missing.empty())
    throw BadInput(source, "lacks " + missing,
                   "write D4RL's keys: observations, actions, rewards, terminals, timeouts");
  const auto shape = keys.shape("rewards");
  const std::size_t rows = shape.empty() ? 0 : shape[0];
  data.observation_size = width_of(keys, "observations", rows, source);
  data.action_size = width_of(keys, "actions", rows, source);
  for (const char* key : {"rewards", "terminals"})
    if (width_of(keys, key, rows, source) != 1)
      throw BadInput(source + " " + key, "has more than one number a row", "write one");
  data.observations = keys.floats("observations");
  data.actions = keys.floats("actions");
  data.rewards = keys.floats("rewards");
  data.terminals = keys.truths("terminals");
  if (keys.has("timeouts") && width_of(keys, "timeouts", rows, source) == 1) data.timeouts = keys.truths("timeouts");
  if (keys.has("next_observations")) {
    if (width_of(keys, "next_observations", rows, source) != data.observation_size)
      throw BadInput(source + " next_observations", "has another width than observations", "write them alike");
    data.next_observations = keys.floats("next_observations");
  }
  if (keys.has("infos/qpos") && keys.has("infos/qvel")) {
    width_of(keys, "infos/qpos", rows, source);
    width_of(keys, "infos/qvel", rows, source);
    data.positions = keys.doubles("infos/qpos");
    data.velocities = keys.doubles("infos/qvel");
  }
  const auto text = [&](const char* key) { return keys.has(key) ? keys.text(key) : std::string(); };
  data.algorithm = text("metadata/algorithm");
  data.task = text("metadata/task");
  data.kind = text("metadata/kind");
  data.physics = text("metadata/physics");
  return data;
}

}  // namespace

OfflineDataset read_dataset(const fs::path& path, const ReadOptions& options) {
  auto data = is_npz(path) ? read_keys(NpzKeys(path), path.string()) : read_keys(Hdf5Keys(path), path.string());
  check_dataset(data, options);
  return data;
}

void write_dataset(const fs::path& path, const OfflineDataset& data) {
  const auto rows = data.size(), o = static_cast<std::size_t>(data.observation_size),
             a = static_cast<std::size_t>(data.action_size);
  if (is_npz(path)) {
    const auto array = [](const auto& values, std::vector<std::size_t> shape) {
      return data::Array{std::move(shape), {values.begin(), values.end()}};
    };
    std::map<std::string, data::Array> arrays{{"observations", array(data.observations, {rows, o})},
                                              {"actions", array(data.actions, {rows, a})},
                                              {"rewards", array(data.rewards, {rows})},
                                              {"terminals", array(data.terminals, {rows})},
                                              {"timeouts", array(data.timeouts, {rows})}};
    if (!data.next_observations.empty()) arrays["next_observations"] = array(data.next_observations, {rows, o});
    data::write_npz(path, arrays);
    return;
  }
  data::Hdf5Writer writer;
  writer.add("observations", data.observations, {rows, o});
  writer.add("actions", data.actions, {rows, a});
  writer.add("rewards", data.rewards, {rows});
  writer.add_truths("terminals", data.terminals, {rows});
  writer.add_truths("timeouts", data.timeouts, {rows});
  if (!data.next_observations.empty()) writer.add("next_observations", data.next_observations, {rows, o});
  if (!data.positions.empty()) {
    writer.add("infos/qpos", data.positions, {rows, data.positions.size() / rows});
    writer.add("infos/qvel", data.velocities, {rows, data.velocities.size() / rows});
  }
  const std::pair<const char*, const std::string*> texts[]{{"metadata/algorithm", &data.algorithm},
                                                           {"metadata/task", &data.task},
                                                           {"metadata/kind", &data.kind},
                                                           {"metadata/physics", &data.physics}};
  for (const auto& [key, text] : texts)
    if (!text->empty()) writer.add_text(key, *text);
  writer.commit(path);
}

OfflineDataset read_minari(const fs::path& path, const ReadOptions& options) {
  const data::Hdf5Reader reader(path);
  OfflineDataset data;
  data.source = path.string();
  const auto append = [](std::vector<float>& to, const std::vector<float>& from, std::size_t first, std::size_t count) {
    to.insert(to.end(), from.begin() + static_cast<std::ptrdiff_t>(first),
              from.begin() + static_cast<std::ptrdiff_t>(first + count));
  };
  for (int episode = 0; reader.contains(fmt::format("episode_{}", episode)); ++episode) {
    const auto key = [&](const char* name) { return fmt::format("episode_{}/{}", episode, name); };
    if (!reader.contains(key("observations")) || reader.shape(key("observations")).size() != 2)
      throw BadInput(data.source + " " + key("observations"), "is not one matrix",
                     "only plain vectors of observations can be imported");
    const auto observations = reader.floats(key("observations")), actions = reader.floats(key("actions")),
               rewards = reader.floats(key("rewards"));
    const auto terminations = reader.truths(key("terminations")), truncations = reader.truths(key("truncations"));
    const std::size_t steps = rewards.size(), width = reader.shape(key("observations"))[1];
    const auto action_shape = reader.shape(key("actions"));
    const std::size_t action_width = action_shape.size() == 2 ? action_shape[1] : 1;
    if (episode == 0) {
      data.observation_size = static_cast<int>(width);
      data.action_size = static_cast<int>(action_width);
    }
    if (width == 0 || steps == 0 || width != static_cast<std::size_t>(data.observation_size) ||
        action_width != static_cast<std::size_t>(data.action_size) || observations.size() != (steps + 1) * width ||
        actions.size() != steps * action_width || terminations.size() != steps || truncations.size() != steps)
      throw BadInput(data.source + fmt::format(" episode_{}", episode), "its arrays do not fit each other",
                     "it needs one more observation than actions");
    append(data.observations, observations, 0, steps * width);
    append(data.next_observations, observations, width, steps * width);
    append(data.actions, actions, 0, actions.size());
    append(data.rewards, rewards, 0, steps);
    data.terminals.insert(data.terminals.end(), terminations.begin(), terminations.end());
    data.timeouts.insert(data.timeouts.end(), truncations.begin(), truncations.end());
    if (!data.terminals.back()) data.timeouts.back() = 1;  // an episode that just stops is cut
  }
  if (data.size() == 0) throw BadInput(data.source, "has no group episode_0", "give a file in Minari's layout");
  check_dataset(data, options);
  return data;
}

OfflineDataset read_csv_dataset(const std::string& source, const ReadOptions& options) {
  const auto table = data::read_table(source);
  OfflineDataset data;
  data.source = source;
  const auto count = [&](const std::string& prefix) {
    int n = 0;
    while (table.has(prefix + std::to_string(n))) ++n;
    return n;
  };
  data.observation_size = count("s");
  data.action_size = count("a");
  if (data.observation_size == 0 || data.action_size == 0)
    throw BadInput(
        source, "has no columns s0 and a0",
        "name the columns s0, s1, ... of states, a0, ... of actions, r, terminal, and if logged sn0, ... and timeout");
  const auto matrix = [&](const std::string& prefix, int width) {
    std::vector<float> values(table.rows() * static_cast<std::size_t>(width));
    for (int f = 0; f < width; ++f) {
      const auto column = table.numeric(prefix + std::to_string(f));
      for (std::size_t i = 0; i < column.size(); ++i)
        values[i * static_cast<std::size_t>(width) + static_cast<std::size_t>(f)] = static_cast<float>(column[i]);
    }
    return values;
  };
  const auto truths = [&](const char* name) {
    std::vector<std::uint8_t> values;
    for (const double value : table.numeric(name)) values.push_back(value != 0);
    return values;
  };
  data.observations = matrix("s", data.observation_size);
  data.actions = matrix("a", data.action_size);
  const auto rewards = table.numeric("r");
  data.rewards.assign(rewards.begin(), rewards.end());
  data.terminals = truths("terminal");
  if (table.has("timeout")) data.timeouts = truths("timeout");
  if (table.has("sn0")) data.next_observations = matrix("sn", data.observation_size);
  check_dataset(data, options);
  return data;
}

}  // namespace offprint::control
