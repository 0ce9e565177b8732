// Where a result comes from: program, machine, libraries, inputs, the catalogue's data sets and what earlier runs
// prepared.
#pragma once
#include "offprint/runs/store.hpp"

namespace offprint::runs {

Json machine_facts();  ///< {"cpu","cores","memory_gib","system"}

/// {"program": {"version","commit","sha256"}, "machine", "libraries", "inputs": [{"option","source","sha256"}],
/// "catalogue", "prepared"}. Files are known by their bytes; the libraries of the system, folders of texts and prepared
/// files by place, size and time of change. Inputs that cannot be read are left to the verb to refuse.
Json provenance_of(Store& store, const Verb& verb, const Values& options);

/// Equal for the same program, libraries, paper, verb, options, seed, threads, contents of inputs and catalogue: such a
/// run gives the same result.
std::string cache_key_of(const Request& request, const Json& provenance);

}  // namespace offprint::runs
