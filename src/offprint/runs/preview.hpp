// What an instant verb answers, at once and without a record: for forms whose figures follow their fields.
#pragma once
#include "offprint/runs/store.hpp"

namespace offprint::runs {

/// Runs the request in a sandbox of its own for at most `seconds`, and forgets it:
/// {"events": [{"kind", "payload"}, ...], "error": ""}. Throws as open_input() does for inputs that are not there.
Json preview(Store& store, const Request& request, double seconds = 5);

}  // namespace offprint::runs
