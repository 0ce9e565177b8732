#include "offprint/nn/report.hpp"

#include <gtest/gtest.h>

#include "offprint/base/file.hpp"
#include "offprint/data/table.hpp"
#include "offprint/paper/json.hpp"
#include "offprint/paper/sinks.hpp"

namespace offprint::nn {
namespace {

/// A folder with a table of forty feature vectors of two classes, and a run that is listened to.
class Report : public testing::Test {
 protected:
  Report() : run({}, {}, heard) {
    use_threads(1);
    folder = std::filesystem::temp_directory_path() / ("offprint-report-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    std::string text = "a,b,label\n";
    for (int i = 0; i < 40; ++i)
      text += std::to_string(i % 2 ? 1.0 + i * 0.01 : -1.0 - i * 0.01) + "," + std::to_string(i) + "," +
              std::to_string(i % 2) + "\n";
    write_file(folder / "rows.csv", text);
    options.data = {(folder / "rows.csv").string()};
    options.epochs = 3;
    options.batch = 8;
    options.validation = 0.25;
    options.output = {(folder / "net.safetensors").string()};
  }
  ~Report() override { std::filesystem::remove_all(folder); }

  MemorySink heard;
  offprint::Run run;
  std::filesystem::path folder;
  TrainingRunOptions options;
};

TEST_F(Report, HeldOutImagesAreNotTrainedOnAndTheSplitIsTheSeeds) {
  const auto split = read_split(options, run), again = read_split(options, run);
  EXPECT_EQ(split.validation.count(), 10);
  EXPECT_EQ(split.train.count(), 30);
  EXPECT_TRUE(split.train.images.equal(again.train.images));
  // The second feature numbers the rows: every one is in one part.
  std::vector<int> seen(40);
  for (const auto* part : {&split.train, &split.validation})
    for (std::int64_t i = 0; i < part->count(); ++i)
      ++seen[static_cast<std::size_t>(part->images[i].flatten()[1].item<float>())];
  EXPECT_EQ(seen, std::vector<int>(40, 1));
  options.validation = 0.9;
  options.images = 1;
  EXPECT_THROW(read_split(options, run), BadInput);
}

TEST_F(Report, TrainsWritesAndShows) {
  const auto split = read_split(options, run);
  train_and_report(
      options, split,
      [](Network& network, const torch::Tensor& images, const torch::Tensor& labels, Random) {
        return torch::nn::functional::cross_entropy(network.forward(images), labels);
      },
      "cross-entropy", run);
  std::map<std::string, std::string> metadata;
  load_network(options.output.path, &metadata);
  EXPECT_EQ(metadata["trained_with"], "cross-entropy");
  EXPECT_FALSE(std::filesystem::exists(options.output.path + ".checkpoint"));
  std::map<std::string, int> kinds;
  for (const auto& event : heard.events) ++kinds[event.kind];
  EXPECT_EQ(kinds["table"], 1);
  EXPECT_EQ(kinds["figure"], 1);
  EXPECT_EQ(kinds["file"], 1);
  EXPECT_EQ(kinds["metric"], 6);
  EXPECT_FALSE(test_part(options, run)) << "a user's own file has no test part";
  EXPECT_THROW(require_images(split.images), BadInput);
}

TEST_F(Report, TheGalleryShowsWhatTheAttackAdded) {
  const ImageTensors data{torch::full({3, 1, 2, 2}, 0.5), torch::zeros({3}, torch::kInt64)};
  const auto figure = gallery(data, data.images + 0.1, 0.1, "pgd");
  const auto& grid = figure.marks[0].grid;
  ASSERT_EQ(grid.size(), 6u);
  ASSERT_EQ(grid[0].size(), 6u);
  EXPECT_NEAR(grid[0][0], 0.5, 1e-6);
  EXPECT_NEAR(grid[2][0], 0.6, 1e-6);
  EXPECT_NEAR(grid[4][0], 1, 1e-5);  // the whole radius upwards
  EXPECT_NO_THROW(validate(figure));
}

}  // namespace
}  // namespace offprint::nn
