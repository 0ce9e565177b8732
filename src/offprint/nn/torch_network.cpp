#include "offprint/nn/torch_network.hpp"

#include <fmt/format.h>
#include <malloc.h>

#include <cmath>

#include "offprint/base/error.hpp"
#include "offprint/base/text.hpp"
#include "offprint/data/safetensors.hpp"
#include "offprint/nn/batch_last_convolution.hpp"

extern "C" void openblas_set_num_threads(int threads);

namespace offprint::nn {
namespace {

using torch::Tensor;

/// convolve_relu as an operation of autograd. Input: channels x height x width x batch.
class ConvolveRelu : public torch::autograd::Function<ConvolveRelu> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& in, const Tensor& weight,
                        const Tensor& bias) {
    const auto shape = shape_of(in, weight);
    const auto batch = in.size(3);
    auto padded = torch::empty({shape.padded_values() * batch}),
         out = torch::empty({shape.out_channels, shape.out_height(), shape.out_width(), batch});
    convolve_relu(shape, batch, in.data_ptr<float>(), weight.data_ptr<float>(), bias.data_ptr<float>(),
                  padded.data_ptr<float>(), out.data_ptr<float>());
    context->save_for_backward({in, weight, padded, out});
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &in = saved[0], &weight = saved[1], &padded = saved[2], &out = saved[3];
    const auto shape = shape_of(in, weight);
    const auto gradient = gradients[0].contiguous();
    Tensor of_in, of_weight, of_bias;
    if (context->needs_input_grad(0)) of_in = torch::empty_like(in);
    if (context->needs_input_grad(1) || context->needs_input_grad(2)) {
      of_weight = torch::empty_like(weight);
      of_bias = torch::empty({shape.out_channels});
    }
    const auto pointer = [](const Tensor& tensor) { return tensor.defined() ? tensor.data_ptr<float>() : nullptr; };
    convolve_relu_backward(shape, in.size(3), padded.data_ptr<float>(), weight.data_ptr<float>(), out.data_ptr<float>(),
                           gradient.data_ptr<float>(), pointer(of_in), pointer(of_weight), pointer(of_bias));
    return {of_in, of_weight, of_bias};
  }

 private:
  static Convolution shape_of(const Tensor& in, const Tensor& weight) {
    return {in.size(0), in.size(1), in.size(2), weight.size(0), weight.size(2), 2, 1};
  }
};

/// The layers' weights by name, inputs first.
std::vector<std::pair<std::string, std::vector<std::int64_t>>> weight_shapes(const Architecture& a) {
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> shapes;
  std::int64_t features = a.channels * a.height * a.width;
  if (a.kind == Architecture::Kind::cnn) {
    shapes.push_back({"conv1", {a.filters, a.channels, 4, 4}});
    shapes.push_back({"conv2", {2 * a.filters, a.filters, 4, 4}});
    features = 2 * a.filters * (a.height / 2 / 2) * (a.width / 2 / 2);
  }
  shapes.push_back({"dense1", {a.hidden, features}});
  shapes.push_back({"dense2", {a.classes, a.hidden}});
  return shapes;
}

class OwnNetwork : public Network {
 public:
  OwnNetwork(const Architecture& a, Random random) : Network(a) {
    for (const auto& [name, shape] : weight_shapes(a)) add_layer(name, shape, random);
  }

  Tensor forward(const Tensor& inputs) override {
    const bool cnn = architecture().kind == Architecture::Kind::cnn;
    if (!inputs.device().is_cpu()) return on_device(inputs, cnn);
    // Activations are features x batch, the batch a multiple of what the kernel wants.
    const auto count = inputs.size(0), padding = (batch_multiple - count % batch_multiple) % batch_multiple;
    auto h = inputs.reshape({count, -1}).t();
    if (padding) h = torch::constant_pad_nd(h, {0, padding});
    if (cnn) {
      h = h.contiguous().view({architecture().channels, architecture().height, architecture().width, count + padding});
      h = ConvolveRelu::apply(h, layers_[0].weight, layers_[0].bias);
      h = ConvolveRelu::apply(h, layers_[1].weight, layers_[1].bias);
      h = h.view({-1, count + padding});
    }
    const auto &first = layers_[layers_.size() - 2], &last = layers_.back();
    h = torch::addmm(first.bias.unsqueeze(1), first.weight, h).relu_();
    h = torch::addmm(last.bias.unsqueeze(1), last.weight, h).t();
    return padding ? h.narrow(0, 0, count) : h;
  }

 private:
  struct Layer {
    Tensor weight, bias;
  };

  Tensor on_device(const Tensor& inputs, bool cnn) const {
    auto h = inputs;
    if (cnn)
      for (int i = 0; i < 2; ++i)
        h = torch::conv2d(h, layers_[static_cast<std::size_t>(i)].weight, layers_[static_cast<std::size_t>(i)].bias, 2,
                          1)
                .relu();
    h = torch::linear(h.flatten(1), layers_[layers_.size() - 2].weight, layers_[layers_.size() - 2].bias).relu();
    return torch::linear(h, layers_.back().weight, layers_.back().bias);
  }

  void add_layer(const std::string& name, std::vector<std::int64_t> shape, const Random& random) {
    auto stream = random.split(name);
    const auto weight = torch::empty(shape), bias = torch::empty({shape[0]});
    const double bound = 1 / std::sqrt(static_cast<double>(weight.numel() / shape[0]));
    layers_.push_back({register_parameter(name + "_weight", uniform_like(weight, -bound, bound, stream)),
                       register_parameter(name + "_bias", uniform_like(bias, -bound, bound, stream))});
  }

  /// Parameters moved to another device are new tensors in the module: the layers follow them.
  std::vector<Layer> layers_;

 public:
  void to(torch::Device device, bool = false) override {
    Module::to(device);
    const auto all = parameters();
    for (std::size_t i = 0; i < layers_.size(); ++i) layers_[i] = {all[2 * i], all[2 * i + 1]};
  }
};

std::int64_t number_of(const std::map<std::string, std::string>& metadata, const std::string& key,
                       const std::string& source) {
  const auto found = metadata.find(key);
  const auto value = found == metadata.end() ? std::nullopt : parse_integer(found->second);
  if (!value || *value < 1 || *value > 1000000)
    throw BadInput(source, "its header has no sensible '" + key + "'", "give a network written by offprint");
  return *value;
}

}  // namespace

Architecture architecture_for(const data::LabelledImages& images, std::int64_t filters, std::int64_t hidden) {
  const auto as_integer = [](std::size_t value) { return static_cast<std::int64_t>(value); };
  return {images.are_images() ? Architecture::Kind::cnn : Architecture::Kind::mlp,
          as_integer(images.channels),
          as_integer(images.height),
          as_integer(images.width),
          as_integer(images.classes),
          filters,
          hidden};
}

std::shared_ptr<Network> make_network(const Architecture& architecture, Random random) {
  const auto& a = architecture;
  if (a.kind == Architecture::Kind::cnn && (a.height < 4 || a.width < 4))
    throw BadInput("", fmt::format("images of {} x {} pixels are too small for this network", a.height, a.width),
                   "give images of at least 4 x 4");
  if (a.channels < 1 || a.height < 1 || a.width < 1 || a.classes < 2 || a.filters < 1 || a.hidden < 1)
    throw BadInput("", "a size of the network is not positive, or it has fewer than two classes",
                   "mend the architecture");
  return std::make_shared<OwnNetwork>(a, random);
}

void save_network(const std::filesystem::path& path, const Network& network,
                  const std::map<std::string, std::string>& metadata) {
  const auto& a = network.architecture();
  auto header = metadata;
  header.insert({{"format", "offprint network 1"},
                 {"kind", a.kind == Architecture::Kind::cnn ? "cnn" : "mlp"},
                 {"channels", std::to_string(a.channels)},
                 {"height", std::to_string(a.height)},
                 {"width", std::to_string(a.width)},
                 {"classes", std::to_string(a.classes)},
                 {"filters", std::to_string(a.filters)},
                 {"hidden", std::to_string(a.hidden)}});
  std::map<std::string, std::vector<float>> values;
  std::map<std::string, data::TensorView> views;
  const auto add = [&](const std::string& name, const Tensor& tensor) {
    const auto& stored = values[name] = values_of(tensor);
    views.emplace(name, data::view_of(std::span(stored), {tensor.sizes().begin(), tensor.sizes().end()}));
  };
  for (const auto& item : network.named_parameters()) add(item.key(), item.value());
  for (const auto& item : network.named_buffers()) add(item.key(), item.value());
  data::write_safetensors(path, views, header);
}

std::shared_ptr<Network> load_network(const std::filesystem::path& path, std::map<std::string, std::string>* metadata) {
  const auto tensors = data::read_safetensors(path);
  const auto& header = tensors.metadata();
  const auto source = path.string();
  const auto format = header.find("format");
  if (format == header.end() || format->second != "offprint network 1")
    throw BadInput(source, "is not a network of offprint", "give one that train wrote");
  Architecture a;
  a.kind = header.count("kind") && header.at("kind") == "mlp" ? Architecture::Kind::mlp : Architecture::Kind::cnn;
  for (const auto& [key, member] : {std::pair{"channels", &Architecture::channels},
                                    {"height", &Architecture::height},
                                    {"width", &Architecture::width},
                                    {"classes", &Architecture::classes},
                                    {"filters", &Architecture::filters},
                                    {"hidden", &Architecture::hidden}})
    a.*member = number_of(header, key, source);
  // The header may lie about sizes: those of the file's tensors are looked at before any memory is taken.
  for (const auto& [name, shape] : weight_shapes(a))
    tensors.at(name + "_weight", std::vector<std::size_t>(shape.begin(), shape.end()));
  auto network = make_network(a, Random(0));
  torch::NoGradGuard no_gradients;
  const auto fill = [&](const std::string& name, Tensor tensor) {
    const std::vector<std::size_t> shape(tensor.sizes().begin(), tensor.sizes().end());
    const auto values = tensors.at(name, shape).floats();
    for (const float value : values)
      if (!std::isfinite(value))
        throw BadInput(source, "its tensor " + name + " holds a value that is not finite", "give one that train wrote");
    tensor.copy_(torch::from_blob(const_cast<float*>(values.data()), tensor.sizes()));
  };
  for (const auto& item : network->named_parameters()) fill(item.key(), item.value());
  for (const auto& item : network->named_buffers()) fill(item.key(), item.value());
  if (metadata) *metadata = header;
  return network;
}

ImageTensors to_tensors(const data::LabelledImages& images, torch::Device device) {
  const auto n = static_cast<std::int64_t>(images.count());
  const std::vector<std::int64_t> shape{n, static_cast<std::int64_t>(images.channels),
                                        static_cast<std::int64_t>(images.height),
                                        static_cast<std::int64_t>(images.width)};
  return {torch::from_blob(const_cast<float*>(images.pixels.data()), shape).clone().to(device),
          torch::from_blob(const_cast<std::int64_t*>(images.labels.data()), {n}, torch::kInt64).clone().to(device)};
}

torch::Device device_of(const std::string& name) {
  if (name == "cpu") return torch::kCPU;
  if (!torch::cuda::is_available())
    throw BadInput("--device " + name, "the installed libtorch or this machine has no CUDA",
                   "leave it out to run on the processor");
  return torch::kCUDA;
}

void use_threads(int threads) {
  at::set_num_threads(threads);
  openblas_set_num_threads(threads);
  at::globalContext().setFlushDenormal(true);
  at::globalContext().setDeterministicAlgorithms(true, true);
  // Activations of a batch are a megabyte each: they stay with the process instead of being mapped, zeroed and unmapped
  // at every step.
  mallopt(M_MMAP_THRESHOLD, 1 << 28);
  mallopt(M_TRIM_THRESHOLD, 1 << 28);
}

Tensor uniform_like(const Tensor& shape_of, double low, double high, Random& random) {
  auto values = torch::empty(shape_of.sizes(), torch::kFloat32);
  auto* out = values.data_ptr<float>();
  const auto count = values.numel();
  const auto scale = static_cast<float>(high - low), start = static_cast<float>(low);
  for (std::int64_t i = 0; i < count; ++i) {
    out[i] = start + scale * static_cast<float>(random() >> 40) * 0x1p-24F;
  }
  return values.to(shape_of.device());
}

std::vector<float> values_of(const Tensor& tensor) {
  const auto flat = tensor.detach().to(torch::kCPU, torch::kFloat32).contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

}  // namespace offprint::nn
