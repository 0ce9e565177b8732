#!/usr/bin/env bash
# What a build from nothing costs: CPU seconds of the compiler by folder, without a compiler cache, and the dearest files.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake -S "$root" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DOFFPRINT_BENCH=OFF \
  -DCMAKE_CXX_COMPILER_LAUNCHER="$root/benchmarks/timed.sh;$work/log" >"$work/cmake.log"
started=$SECONDS
cmake --build "$work/build" >"$work/ninja.log" || { tail -n 20 "$work/ninja.log" >&2; exit 1; }
echo "wall: $((SECONDS - started)) s on $(nproc) cores, others' work included"
awk '{ file = $2; sub(/\/CMakeFiles\/[^\/]*\.dir/, "", file); sub(/^src\/offprint\//, "", file)
       folder = file; sub(/\/(verbs\/)?[^\/]*$/, "", folder); tests = file ~ /_test\.cpp/ ? "tests" : "code"
       sum[folder, tests] += $1; all[folder] += $1; total += $1; n++ }
     END { for (f in all) printf "%8.1f %8.1f %8.1f  %s\n", all[f], sum[f, "code"], sum[f, "tests"], f | "sort -nr"; close("sort -nr")
           printf "%8.1f CPU seconds in %d files\n", total, n }' "$work/log" | sed '1i\     all     code    tests  folder (CPU seconds)'
echo "the dearest files:"
sort -nr "$work/log" | head -n 15 | sed 's#CMakeFiles/[^/]*\.dir/##; s#src/offprint/##'
