// Classifiers of images and features on libtorch, their checkpoints, and tensors of labelled images.
#pragma once
#include <torch/torch.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "offprint/base/random.hpp"
#include "offprint/data/images.hpp"

namespace offprint::nn {

/// cnn: two convolutions 4 x 4 of stride 2 with `filters` and 2 `filters` channels, a dense layer of `hidden`, each
/// with ReLU, and a dense layer to the classes; images of at least 4 x 4. mlp: one hidden layer with ReLU.
struct Architecture {
  enum class Kind { cnn, mlp } kind = Kind::cnn;
  std::int64_t channels = 1, height = 28, width = 28, classes = 10;
  std::int64_t filters = 8, hidden = 100;
  bool operator==(const Architecture&) const = default;
};

/// The architecture for these data: a cnn for images, an mlp for vectors of features.
Architecture architecture_for(const data::LabelledImages& images, std::int64_t filters = 8, std::int64_t hidden = 100);

/// A network from inputs n x channels x height x width to logits n x classes.
class Network : public torch::nn::Module {
 public:
  explicit Network(const Architecture& architecture) : architecture_(architecture) {}
  virtual torch::Tensor forward(const torch::Tensor& inputs) = 0;
  const Architecture& architecture() const { return architecture_; }

 private:
  Architecture architecture_;
};

/// Weights and biases are uniform in +-1/sqrt(fan in). Throws BadInput if the images are too small or a size is not
/// positive.
std::shared_ptr<Network> make_network(const Architecture& architecture, Random random);

/// A safetensors file: parameters and buffers by name, the architecture and `metadata` in the header.
void save_network(const std::filesystem::path& path, const Network& network,
                  const std::map<std::string, std::string>& metadata = {});
/// Throws BadInput unless save_network wrote it and all fits. `metadata`, if given, receives the header's texts.
std::shared_ptr<Network> load_network(const std::filesystem::path& path,
                                      std::map<std::string, std::string>* metadata = nullptr);

struct ImageTensors {
  torch::Tensor images;  ///< n x channels x height x width, float32
  torch::Tensor labels;  ///< n, int64
  std::int64_t count() const { return labels.size(0); }
};
ImageTensors to_tensors(const data::LabelledImages& images, torch::Device device = torch::kCPU);

/// "cpu" or "cuda". Throws BadInput if the installed libtorch or the machine has no CUDA.
torch::Device device_of(const std::string& name);

/// Settings of this thread and process: threads of libtorch and OpenBLAS (for small networks one is fastest: more only
/// spin), deterministic kernels, denormals flushed to zero, and memory that is kept between steps.
void use_threads(int threads);

/// A tensor like `shape_of` with values uniform in [low, high).
torch::Tensor uniform_like(const torch::Tensor& shape_of, double low, double high, Random& random);

/// The bytes of a contiguous float32 tensor on the processor, for data::write_safetensors.
std::vector<float> values_of(const torch::Tensor& tensor);

}  // namespace offprint::nn
