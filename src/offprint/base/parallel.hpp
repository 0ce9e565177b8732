// Data parallelism over oneTBB, bounded by the run's thread count.
#pragma once
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <cstddef>

namespace offprint {

/// Calls body(i) for i in 0..count-1 on at most `threads` threads; the first exception stops the rest and is rethrown.
/// Give each i its own Random (`random.split(i)`): the result then does not depend on the thread count.
template <class Body>
void parallel_for(std::size_t count, int threads, const Body& body) {
  if (threads <= 1) {
    for (std::size_t i = 0; i < count; ++i) body(i);
    return;
  }
  tbb::task_arena(threads).execute([&] { tbb::parallel_for(std::size_t{0}, count, [&](std::size_t i) { body(i); }); });
}

}  // namespace offprint
