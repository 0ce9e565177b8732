// For the files that build or read JSON; all others only pass it on.
#pragma once
#include <nlohmann/json.hpp>

#include "offprint/paper/figure.hpp"
