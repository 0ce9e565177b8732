// What the paper printed (Section 7).
#pragma once
#include <array>

namespace offprint::comp_sum_losses {

/// Test accuracy in percent after natural training, by tau: CIFAR-10 and CIFAR-100, ResNet-34, mean over runs.
struct PublishedAccuracy {
  double tau, cifar_10, cifar_100;
};
inline constexpr std::array<PublishedAccuracy, 5> published_accuracies{
    {{0, 87.37, 57.87}, {0.5, 90.28, 65.52}, {1, 92.59, 70.93}, {1.5, 92.03, 69.87}, {2, 90.35, 8.99}}};

}  // namespace offprint::comp_sum_losses
