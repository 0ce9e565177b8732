#include "offprint/data/images.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <utility>

#include "offprint/base/error.hpp"
#include "offprint/base/file.hpp"
#include "offprint/base/text.hpp"
#include "offprint/data/catalogue.hpp"
#include "offprint/data/idx.hpp"
#include "offprint/data/npy.hpp"
#include "offprint/data/rdata.hpp"
#include "offprint/data/table.hpp"

namespace offprint::data {
namespace {
namespace fs = std::filesystem;

constexpr std::size_t unpacked_limit = std::size_t{1} << 32;

std::string read_unpacked(const fs::path& path) {
  auto bytes = read_file(path);
  return bytes.starts_with("\x1f\x8b") ? decompress(bytes, path.string(), unpacked_limit) : bytes;
}

/// An array of either format, cut to its first `most` items.
IdxArray read_array(const fs::path& path, const std::string& source, std::size_t most) {
  const auto bytes = read_unpacked(path);
  if (!bytes.starts_with("\x93NUMPY")) return parse_idx(bytes, source, most);
  const auto array = parse_npy(bytes, source);
  if (array.shape.empty() || array.values.empty())
    throw BadInput(source, "is empty", "give an array with at least one item");
  const auto items = std::min(most, array.shape[0]);
  IdxArray cut{array.shape,
               {array.values.begin(),
                array.values.begin() + static_cast<std::ptrdiff_t>(array.values.size() / array.shape[0] * items)},
               false};
  cut.shape[0] = items;
  return cut;
}

std::int64_t label_of(double value, const std::string& source, std::size_t item) {
  if (!(value >= 0 && value <= 9999) || value != std::floor(value))
    throw BadInput(fmt::format("{} item {}", source, item + 1),
                   "the label " + short_number(value) + " is no integer in 0..9999", "number the classes from 0");
  return static_cast<std::int64_t>(value);
}

void set_shape(LabelledImages& images, const std::vector<std::size_t>& shape) {
  if (shape.size() == 2)
    images.width = shape[1];
  else if (shape.size() == 3)
    std::tie(images.height, images.width) = std::pair(shape[1], shape[2]);
  else if (shape.size() == 4)
    std::tie(images.channels, images.height, images.width) = std::tuple(shape[1], shape[2], shape[3]);
  else
    throw BadInput(images.source, fmt::format("has {} dimensions", shape.size()),
                   "give n x height x width, n x channels x height x width, or n x features");
}

/// Checks the values and brings images into [0, 1].
void scale(LabelledImages& images, bool bytes) {
  float low = 0, high = 0;
  for (std::size_t i = 0; i < images.pixels.size(); ++i) {
    const float value = images.pixels[i];
    if (!std::isfinite(value))
      throw BadInput(fmt::format("{} item {}", images.source, i / images.size() + 1),
                     "holds a value that is not finite", "mend it");
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (!images.are_images() || (!bytes && low >= 0 && high <= 1)) return;
  if (low < 0 || high > 255)
    throw BadInput(images.source, fmt::format("its pixels range from {} to {}", short_number(low), short_number(high)),
                   "give pixels in 0..1 or 0..255");
  for (auto& value : images.pixels) value /= 255;
}

void finish(LabelledImages& images, bool bytes) {
  scale(images, bytes);
  images.classes = static_cast<std::size_t>(*std::max_element(images.labels.begin(), images.labels.end()) + 1);
  if (images.classes < 2) throw BadInput(images.source, "has one class only", "give labels of at least two");
}

LabelledImages from_arrays(const fs::path& pixels, const fs::path& labels, std::string source, std::size_t most) {
  LabelledImages images;
  images.source = std::move(source);
  auto array = read_array(pixels, images.source, most);
  const auto names = read_array(labels, labels.string(), most);
  set_shape(images, array.shape);
  if (names.shape.size() != 1)
    throw BadInput(labels.string(), fmt::format("has {} dimensions", names.shape.size()), "give one label an image");
  if (names.shape[0] != array.shape[0])
    throw BadInput(labels.string(),
                   fmt::format("has {} labels where {} has {} items", names.shape[0], images.source, array.shape[0]),
                   "give one label an image");
  images.pixels = std::move(array.values);
  for (std::size_t i = 0; i < names.values.size(); ++i)
    images.labels.push_back(label_of(names.values[i], labels.string(), i));
  finish(images, array.bytes);
  return images;
}

/// scikit-learn's digits: 65 numbers a line without a header, 8 x 8 pixels in 0..16 and the label. The last 297 of 1797
/// are the test part.
LabelledImages read_digits(const fs::path& path, const std::string& source, Part part, std::size_t most) {
  constexpr std::size_t train = 1500;
  LabelledImages images{source, 1, 8, 8, {}, {}, 10};
  const auto bytes = read_unpacked(path);
  std::size_t line = 0;
  for (const auto& text : split(bytes, '\n')) {
    const auto index = line++;
    if (trim(text).empty() || (index < train) != (part == Part::train) || images.count() == most) continue;
    const auto where = fmt::format("{} line {}", source, index + 1);
    const auto fields = split(text, ',');
    if (fields.size() != 65) throw BadInput(where, "has not 65 numbers", "fetch the data set again");
    for (std::size_t j = 0; j < 65; ++j) {
      const auto value = parse_double(fields[j]);
      if (!value)
        throw BadInput(where, "'" + fields[j].substr(0, 20) + "' is not a number", "fetch the data set again");
      if (j < 64)
        images.pixels.push_back(static_cast<float>(*value / 16));
      else
        images.labels.push_back(label_of(*value, source, index));
    }
  }
  return images;
}

LabelledImages from_table(const std::string& source, std::size_t most) {
  const auto table = read_table(source);
  LabelledImages images;
  images.source = source;
  const auto labels = table.numeric("label");
  const auto rows = std::min(most, table.rows());
  images.width = table.columns.size() - 1;
  if (images.width == 0) throw BadInput(source, "has no column beside the label", "give at least one feature");
  images.pixels.resize(rows * images.width);
  std::size_t feature = 0;
  for (const auto& name : table.names()) {
    if (name == "label") continue;
    const auto values = table.numeric(name);
    for (std::size_t i = 0; i < rows; ++i) images.pixels[i * images.width + feature] = static_cast<float>(values[i]);
    ++feature;
  }
  for (std::size_t i = 0; i < rows; ++i) images.labels.push_back(label_of(labels[i], source, i));
  finish(images, false);
  return images;
}

/// The file of labels that belongs to a file of images by the convention of names, if it is there.
std::optional<fs::path> labels_beside(const fs::path& path) {
  auto name = replace_all(replace_all(path.filename().string(), "images", "labels"), "idx3", "idx1");
  const auto beside = path.parent_path() / name;
  std::error_code ignored;
  if (name == path.filename().string() || !fs::is_regular_file(beside, ignored)) return std::nullopt;
  return beside;
}

}  // namespace

LabelledImages read_images(const std::string& source, const std::string& labels, Part part, std::size_t most) {
  if (source.starts_with("data:example"))  // a small file of our own, read like a user's
    return read_images(resolve(source).string(), labels.empty() ? "" : resolve(labels).string(), part, most);
  if (source.starts_with("data:")) {
    const auto file = find(source.substr(5));
    const auto name = file.filename().string();
    if (name == "digits.csv.gz") return read_digits(file, source, part, most);
    if (name.find("-idx3-") == std::string::npos)
      throw BadInput(source, "is a table, not a set of images", "data:fashion-mnist and data:digits are images");
    const auto folder = file.parent_path();
    const std::string prefix = part == Part::train ? "train" : "t10k";
    return from_arrays(folder / (prefix + "-images-idx3-ubyte.gz"), folder / (prefix + "-labels-idx1-ubyte.gz"), source,
                       most);
  }
  const auto extension = to_lower(fs::path(source).extension().string());
  if (extension == ".csv" || extension == ".tsv" || extension == ".jsonl") return from_table(source, most);
  if (!fs::exists(source)) throw BadInput(source, "no such file", "check the path");
  if (!labels.empty()) return from_arrays(source, labels, source, most);
  if (const auto beside = labels_beside(source)) return from_arrays(source, *beside, source, most);
  throw BadInput(source, "comes without labels", "give their file with --labels");
}

}  // namespace offprint::data
