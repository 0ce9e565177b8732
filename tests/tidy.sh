#!/usr/bin/env bash
# tidy.sh BUILD SOURCE: clang-tidy (.clang-tidy in the root) over every source of ours that is part of this build, tests apart. What passed is remembered in the
# user's cache by content, so that a file is looked at again only when it, one of our headers it includes, its flags or the checks have changed.
set -euo pipefail
build=$1 source=$(realpath "$2")
command -v clang-tidy >/dev/null || { echo 'skipped: there is no clang-tidy'; exit 77; }
cache=${OFFPRINT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/offprint}/tidy
mkdir -p "$cache"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ninja -C "$build" -t deps 2>/dev/null | sed 's/ *#deps .*//' >"$work/deps"
{ clang-tidy --version; cat "$source/.clang-tidy"; } >"$work/rules"

# Of each source: its command and the contents of what it includes of ours, hashed; paths are relative, so that every checkout shares the cache.
jq -r '.[] | [.file, .output, (.command | sub(" -o .*"; ""))] | @tsv' "$build/compile_commands.json" | while IFS=$'\t' read -r file object command; do
  [[ $file == "$source"/src/* && $file != *_test.cpp && $file != *_bench.cpp ]] || continue
  mapfile -t ours < <(awk -v target="$object:" '/^[^ ]/ { found = $1 == target } found' "$work/deps" | grep -o 'src/offprint/.*' | sort -u)
  key=$({ cat "$work/rules"; echo "${command//$source/}"; (cd "$source" && cat "$file" "${ours[@]}"); } | sha256sum | cut -c1-40)
  [[ -e $cache/$key ]] || printf '%s\t%s\n' "$file" "$key"
done >"$work/todo"

echo "clang-tidy: $(wc -l <"$work/todo") files to look at"
check() {
  local file=$1 key=$2
  # What this clang cannot read and g++ can (structured bindings in captures) is no finding.
  if ! clang-tidy -p "$build" --quiet --extra-arg=-Wno-unknown-warning-option "$file" >"$work/$key" 2>/dev/null &&
    grep ' error: ' "$work/$key" | grep -qv '\[clang-diagnostic-error'; then
    cat "$work/$key"
    return 1
  fi
  touch "$cache/$key"
}
export -f check
export build work cache
xargs -r -P "$(nproc)" -n 2 bash -c 'check "$0" "$1"' <"$work/todo"
