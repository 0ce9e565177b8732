// Labelled images, or vectors of features, for classifiers: from the catalogue or from a user's own files.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace offprint::data {

struct LabelledImages {
  std::string source;                               ///< what the user called it
  std::size_t channels = 1, height = 1, width = 1;  ///< vectors of d features are 1 x 1 x d
  std::vector<float> pixels;         ///< count x channels x height x width, row-major; of images in [0, 1]
  std::vector<std::int64_t> labels;  ///< 0..classes-1
  std::size_t classes = 0;           ///< largest label + 1

  std::size_t count() const { return labels.size(); }
  std::size_t size() const { return channels * height * width; }  ///< values of one image
  bool are_images() const { return height > 1; }
};

/// Which half of a data set of the catalogue. A user's own file is taken as it is.
enum class Part { train, test };

/// The first `most` labelled images of
///   data:NAME            a set of images of the catalogue (fashion-mnist, digits);
///   an IDX file          n x h x w or n x c x h x w, packed by gzip or not, with its labels in `labels`; empty: the
/// file named alike, images -> labels, idx3
///   -> idx1; an NPY file          of the same shapes, or n x d, with its labels in `labels`; a table
/// (.csv, .tsv, .jsonl) with the column "label"
///   and otherwise numbers; d = s*s columns stay vectors of features.
/// Unsigned bytes become x / 255; other images that leave [0, 1] but stay within 0..255 likewise.
/// Throws BadInput naming file and item: sizes that do not fit, labels that are no integers in 0..9999 or none, values
/// that are not finite.
LabelledImages read_images(const std::string& source, const std::string& labels = "", Part part = Part::train,
                           std::size_t most = std::numeric_limits<std::size_t>::max());

}  // namespace offprint::data
