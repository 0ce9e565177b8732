// What verbs that read or make a data set show of it.
#pragma once
#include "offprint/control/dataset.hpp"
#include "offprint/paper/run.hpp"

namespace offprint::control::verbs {

/// Its statistics as a table, normalised scores where a task is given, and the returns of its episodes as a figure.
void show_dataset(const OfflineDataset& data, const Task* task, Run& run);

}  // namespace offprint::control::verbs
