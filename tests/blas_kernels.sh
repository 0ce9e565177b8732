#!/usr/bin/env bash
# blas_kernels.sh PROGRAM TEST STRANGE: the choice of BLAS kernels end to end, TEST being a test program that links
# them. STRANGE is a library to preload that plays an OpenBLAS which does not know this processor (strange_blas.cpp).
set -euo pipefail
program=$(realpath "$1") test_program=$(realpath "$2") strange=$(realpath "$3")
grep -q ' avx2 ' /proc/cpuinfo || { echo 'skipped: this processor has no AVX2'; exit 77; }
unset OPENBLAS_CORETYPE OFFPRINT_BLAS_TRAIL
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# Each program logs in its own folder: a recorded run in its sandbox can write to no other.
export OFFPRINT_CACHE=$work/cache OFFPRINT_DATA=$work/data STRANGE_BLAS_LOG=log
fail() { echo "FAILED: $1"; cat "$work/log"; exit 1; }
starts() { wc -l <"$work/log"; }
run() { : >"$work/log"; LD_PRELOAD=$strange "$@"; }
said() { jq -r '.findings[] | select(.what == "BLAS") | .state' "$work/doctor"; }
doctor() { run "$program" doctor --json >"$work/doctor"; }

# Chosen, checked, remembered: the second time nothing is checked and the same is taken.
doctor
reason='chosen by Offprint, products checked; by itself the library takes Prescott'
[[ $(said) == *"$reason"* ]] || fail "$(said)"
best=$(said | sed 's/.*kernels for \([^ ]*\) .*/\1/')
(( $(starts) == 2 )) || fail 'not started anew exactly once'
[[ $(ls "$OFFPRINT_CACHE/blas") == "$best"-* && $(head -n 1 "$OFFPRINT_CACHE/blas/"*) == right ]] ||
  fail 'nothing is remembered'
echo "takes $best"
before=$(stat -c %Y.%i "$OFFPRINT_CACHE/blas/"*)
doctor
[[ $(said) == *"kernels for $best (chosen by"* && $(stat -c %Y.%i "$OFFPRINT_CACHE/blas/"*) == "$before" ]] ||
  fail 'it was not remembered'

# A verb is started anew with its arguments as they stood: ones with blanks and line ends, empty ones.
run "$program" presto fit $'a b\nc.csv' --response x -o m.json --json >"$work/out" 2>&1 &&
  fail 'a missing file was read'
grep -qF 'a b c.csv' "$work/out" || fail "$(cat "$work/out")"
(( $(starts) == 2 )) || fail 'the verb was not started anew exactly once'
run "$program" presto fit x.csv -o m.json --response '' >"$work/out" 2>&1 && fail 'an empty response was taken'
grep -q 'response: is needed' "$work/out" || fail "$(cat "$work/out")"
run "$program" presto fit x.csv -o m.json '' >"$work/out" 2>&1 && fail 'an empty word was taken'
(( $(starts) == 2 )) || fail 'the verb was not started anew exactly once'

# What need not compute is not started anew: list, help, a wrong word.
for words in list 'presto --help' 'presto fit --help' 'papers search privacy' nonsense; do
  run "$program" $words >/dev/null 2>&1 || true
  (( $(starts) == 1 )) || fail "offprint $words was started anew"
done

# The user's own choice stays.
OPENBLAS_CORETYPE=Haswell doctor
[[ $(said) == *'kernels for Haswell (set by OPENBLAS_CORETYPE)'* ]] || fail "$(said)"
(( $(starts) == 1 )) || fail "the user's choice was overruled"

# Wrong products, and a crash in the check: the next best is taken; if none is right, the library's own. It ends even
# where nothing can be remembered.
for trouble in STRANGE_BLAS_WRONG STRANGE_BLAS_CRASH; do
  rm -rf "$OFFPRINT_CACHE"
  all=Cooperlake,SkylakeX,Haswell
  declare -x "$trouble=${all%%,Haswell}"
  doctor
  [[ $(said) == *'kernels for Haswell (chosen by'* ]] || fail "$trouble: $(said)"
  declare -x "$trouble=$all"
  rm -rf "$OFFPRINT_CACHE"
  doctor
  [[ $(said) == *"the library's own choice; the kernels for "*'Haswell compute wrong products here'* ]] ||
    fail "$trouble: $(said)"
  doctor
  (( $(starts) == 1 )) || fail "$trouble: tried again what is remembered as wrong"
  touch "$work/no-folder"
  OFFPRINT_CACHE=$work/no-folder doctor
  [[ $(said) == *"the library's own choice; the kernels for "* ]] || fail "$trouble: $(said)"
  (( $(starts) <= 5 )) || fail "$trouble: too many starts"
  unset "$trouble"
done
rm -rf "$OFFPRINT_CACHE"

# The program with libtorch takes over what was chosen, without starting twice itself.
run "$program" comp-sum-losses train --data nothing.csv -o m.safetensors >/dev/null 2>&1 || true
[[ $(grep offprint-torch "$work/log") == "offprint-torch '$best'" ]] || fail 'offprint-torch does not compute with it'

# A test program chooses before its main.
run "$test_program" --gtest_filter='*Themselves*' >/dev/null || fail 'the test program fails'
[[ $(cat "$work/log") == "blas_test ''"$'\n'"blas_test '$best'" ]] || fail 'the test program has not chosen'

