// Where a result comes from: program, machine, libraries, inputs.
#pragma once
#include "offprint/runs/store.hpp"

namespace offprint::runs {

Json machine_facts();  ///< {"cpu","cores","memory_gib","system"}

/// {"program": {"version","commit","sha256"}, "machine", "libraries", "inputs": [{"option","source","sha256"}]}. Inputs that cannot be read are left to the
/// verb to refuse.
Json provenance_of(const Verb& verb, const Values& options);

/// Equal for the same program, paper, verb, options, seed, threads and input contents: such a run gives the same result.
std::string cache_key_of(const Request& request, const Json& provenance);

}  // namespace offprint::runs
