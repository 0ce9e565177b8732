#!/usr/bin/env bash
# tidy_test.sh TIDY: which files tidy.sh gives to clang-tidy, with a clang-tidy and a ninja that only play.
set -euo pipefail
tidy=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OFFPRINT_CACHE=$work/cache PATH=$work/bin:$PATH
unset OFFPRINT_TIDY
fail() { echo "FAILED: $1"; exit 1; }
mkdir -p "$work/bin" "$work/build" "$work/tree/src/offprint"
cat >"$work/bin/clang-tidy" <<'EOF'
#!/usr/bin/env bash
[[ $1 != --version ]] || { echo 'a clang-tidy that plays'; exit; }
file=${!#}
basename "$file" >>"$LOOKED"
! grep -q BAD "$file" || { echo "$file:1:1: error: bad [bugprone-bad,-warnings-as-errors]"; exit 1; }
EOF
cat >"$work/bin/ninja" <<'EOF'
#!/usr/bin/env bash
cat "$2/deps"
EOF
chmod +x "$work/bin/"*
export LOOKED=$work/looked

# A tree of 40 sources; each has a header of its own, all include common.hpp; one includes libtorch.
cd "$work/tree"
git init -q .
git config user.email test@example.org
git config user.name test
touch .clang-tidy src/offprint/common.hpp
for i in {10..49}; do
  echo "int f$i();" >src/offprint/f$i.hpp
  echo "int f$i() { return $i; }" >src/offprint/f$i.cpp
done
cp src/offprint/f10.cpp src/offprint/f10_test.cpp
entry() {
  printf '{"directory": "%s", "file": "%s", "command": "c++ %s-o %s.o -c %s"}' \
    "$work/build" "$PWD/$1" "$2" "$1" "$PWD/$1"
}
{
  echo '['
  for file in src/offprint/*.cpp; do
    entry "$file" "$([[ $file != */f49.cpp ]] || echo '-include x/cmake_pch.hxx ')"
    echo ','
    printf '%s.o: #deps 3, deps mtime 1 (VALID)\n    ../%s\n    ../%s\n    ../src/offprint/common.hpp\n\n' \
      "$file" "$file" "${file%.cpp}.hpp" >>"$work/build/deps"
  done
  entry nothing.cpp ''
  echo ']'
} >"$work/build/compile_commands.json"
git add .
git commit -qm 'the tree'
echo '// newer' >>src/offprint/f30.cpp
git commit -qam 'one file anew'
echo '// not committed' >>src/offprint/f40.hpp

looked() { sort "$LOOKED" | tr '\n' ' '; }
run() { : >"$LOOKED"; "$tidy" "$work/build" "$work/tree" >"$work/said" 2>&1; }

# Cold: a bounded number, with what changed last among them, and it says so.
run || fail "$(cat "$work/said")"
[[ $(wc -l <"$LOOKED") == 30 && $(looked) == *f30.cpp* && $(looked) == *f40.cpp* ]] || fail "cold: $(looked)"
[[ $(looked) != *_test* && $(looked) != *f49* ]] || fail "cold: $(looked)"
grep -q '30 of 39 files' "$work/said" && grep -q 'the next run looks at the next' "$work/said" &&
  grep -q '1 more include libtorch' "$work/said" || fail "$(cat "$work/said")"
# The next runs look at the rest, then at nothing.
run && [[ $(wc -l <"$LOOKED") == 9 ]] || fail "second: $(looked)"
run && [[ $(looked) == '' ]] || fail "third: $(looked)"
# A source, and a header through its source.
echo '// changed' >>src/offprint/f12.cpp
echo '// changed' >>src/offprint/f13.hpp
run && [[ $(looked) == 'f12.cpp f13.cpp ' ]] || fail "changed: $(looked)"
# A finding fails until it is mended.
echo '// BAD' >>src/offprint/f14.cpp
for again in 1 2; do
  run && fail 'a finding passed'
  grep -q 'bugprone-bad' "$work/said" && [[ $(looked) == 'f14.cpp ' ]] || fail "finding: $(cat "$work/said")"
done
sed -i '/BAD/d' src/offprint/f14.cpp
run && [[ $(looked) == '' ]] || fail "mended as it was: $(looked)"
# The whole tree when asked.
echo '// changed' >>src/offprint/common.hpp
OFFPRINT_TIDY=all run && [[ $(wc -l <"$LOOKED") == 39 ]] || fail "all: $(looked)"
