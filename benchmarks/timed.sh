#!/usr/bin/env bash
# timed.sh LOG COMMAND...: runs a compiler and appends its CPU seconds and its output file to LOG.
log=$1; shift
"$@"; status=$?
output=
for (( i = 1; i < $#; ++i )); do [[ ${!i} == -o ]] && { j=$((i + 1)); output=${!j}; }; done
times | awk -v file="$output" 'NR == 2 {
  for (i = 1; i <= 2; ++i) { split($i, part, "m"); sum += part[1] * 60 + part[2] }
  printf "%.2f %s\n", sum, file }' >>"$log"
exit $status
