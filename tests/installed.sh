#!/usr/bin/env bash
# Installs the build tree into a folder of its own and builds the example project against it.
set -euo pipefail
build=$1 example=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --prefix "$work/installed" >"$work/log"
cmake -S "$example" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/installed" -DCMAKE_BUILD_TYPE=Release >>"$work/log" 2>&1 || { tail -n 20 "$work/log"; exit 1; }
cmake --build "$work/build" >>"$work/log" 2>&1 || { tail -n 20 "$work/log"; exit 1; }
"$work/build/example"
"$work/installed/bin/offprint" list | grep -q presto
test -s "$work/installed/share/man/man1/offprint.1"
# The page's files are whole without the source tree.
[[ -z $(find "$work/installed/share" -type l) ]] || { echo 'installed files point into the source tree'; exit 1; }
test -s "$work/installed/share/offprint/assets/offprint.css"
