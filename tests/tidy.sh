#!/usr/bin/env bash
# tidy.sh BUILD SOURCE: clang-tidy (.clang-tidy in the root) over the sources of ours that are part of this build, tests
# apart, and over our headers through them. What passed is remembered in the user's cache by content: a file is looked
# at again only when it, one of our headers that it includes, its flags or the checks have changed. At most 30 files a
# time (a minute or two on two cores), last changed first; OFFPRINT_TIDY=all, as `./test --tidy-all` sets it, looks at
# all.
set -euo pipefail
build=$(realpath "$1") source=$(realpath "$2")
limit=30
[[ ${OFFPRINT_TIDY:-} != all ]] || limit=1000000
command -v clang-tidy >/dev/null || { echo 'skipped: there is no clang-tidy'; exit 77; }
cache=${OFFPRINT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/offprint}/tidy
mkdir -p "$cache"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# "object<TAB>header header ...", of our files alone, whatever checkout the build tree was made for.
ninja -C "$build" -t deps 2>/dev/null | awk '
  /^[^ ]/ { if (object != "") print object "\t" ours; object = $1; sub(/:$/, "", object); ours = ""; next }
  /CMakeFiles/ { next }
  match($0, /src\/offprint\/.*/) { ours = ours " " substr($0, RSTART) }
  END { if (object != "") print object "\t" ours }' >"$work/deps"
declare -A included=()
while IFS=$'\t' read -r object ours; do included[$object]=$ours; done <"$work/deps"
rules=$({ clang-tidy --version; cat "$source/.clang-tidy"; } | sha256sum)

# Of each source: its command and the contents of what it includes of ours, hashed; paths are relative, so that every
# checkout shares the cache. clang 14 cannot read libtorch's headers in C++20: sources that include them are left out.
declare -A key_of=() includes=()
unreadable=0
cd "$source"
consider() {
  local file=$1 object=$2 command=$3 ours key header
  [[ $file == "$source"/src/* && $file != *_test.cpp && $file != *_bench.cpp ]] || return 0
  if [[ $command == *cmake_pch.hxx* ]]; then (( ++unreadable )); return 0; fi
  file=${file#"$source/"}
  read -ra ours <<<"${included[$object]:-}"
  key=$({ echo "$rules ${command//$source/}"; cat "$file" "${ours[@]}"; } | sha256sum | cut -c1-40)
  [[ ! -e $cache/$key ]] || return 0
  key_of[$file]=$key
  for header in "${ours[@]}"; do includes[$header]+=" $file"; done
}
while IFS=$'\t' read -r file object command; do
  if [[ $file == */Unity/unity_*.cxx ]]; then  # several sources compiled as one
    while read -r part; do consider "$part" "$object" "$command"; done < <(sed -n 's/^#include "\(.*\)"/\1/p' "$file")
  else
    consider "$file" "$object" "$command"
  fi
done < <(jq -r '.[] | [.file, (.command | capture(" -o (?<o>[^ ]+)").o, sub(" -o .*"; ""))] | @tsv' \
  "$build/compile_commands.json")

# Last changed first: what is not committed yet, then commit by commit. A header is looked at through one source, the
# one of its name if it is waiting.
declare -A taken=()
take() {
  [[ -n ${key_of[$1]:-} && -z ${taken[$1]:-} && ${#taken[@]} -lt $limit ]] || return 0
  taken[$1]=1
  printf '%s\t%s\n' "$source/$1" "${key_of[$1]}"
}
changed() {
  git -C "$source" status --porcelain --no-renames -- src 2>/dev/null | cut -c4-
  git -C "$source" log --name-only --format= --no-renames -- src 2>/dev/null | head -n 20000
}
{
  while read -r path; do
    (( ${#taken[@]} < limit )) || break
    take "$path"
    [[ $path == *.hpp && -n ${includes[$path]:-} ]] || continue
    read -ra through <<<"${includes[$path]}"
    [[ " ${through[*]} " != *" ${path%.hpp}.cpp "* ]] || through=("${path%.hpp}.cpp")
    take "${through[0]}"
  done < <(changed | awk '!seen[$0]++')
  for file in "${!key_of[@]}"; do take "$file"; done
} >"$work/todo"

count=$(wc -l <"$work/todo")
echo "clang-tidy: $count of ${#key_of[@]} files that changed since they passed, last changed first" \
  "($unreadable more include libtorch, which this clang cannot read)"
(( count == ${#key_of[@]} )) || echo 'clang-tidy: the next run looks at the next ones; ./test --tidy-all looks at all'
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
