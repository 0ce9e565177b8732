#!/usr/bin/env bash
# Measures the page: a server on a free port with an empty store, wrk beside it. Prints each target with the measured value; fails if one is missed.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
build=${OFFPRINT_BUILD:-$root/build}
program=$build/bin/offprint
work=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
missed=0

# target NAME VALUE RELATION BOUND UNIT
target() {
  local verdict=met
  jq -en "$2 $3 $4" >/dev/null || { verdict=MISSED; missed=1; }
  printf '%-44s %10s %-6s target %s %s   %s\n' "$1" "$2" "$5" "$3" "$4" "$verdict"
}

"$program" serve --listen 127.0.0.1:0 --data "$work/data" >"$work/log" &
server=$!
for _ in $(seq 100); do grep -q http "$work/log" && break; sleep 0.05; done
url=$(grep -o 'http://[^ ]*' "$work/log")

# 50 connections for as long as 100,000 requests take.
cat >"$work/report.lua" <<'LUA'
done = function(summary, latency)
  print(string.format("RESULT %d %.1f %.3f %.3f", summary.requests, summary.requests / summary.duration * 1e6, latency:percentile(95) / 1000, latency:percentile(99) / 1000))
end
LUA
requests=0 rates=() tails=()
while (( requests < 100000 )); do
  read -r _ count rate _ tail < <(wrk -t1 -c50 -d3s -s "$work/report.lua" "$url" | grep RESULT)
  requests=$((requests + count)) rates+=("$rate") tails+=("$tail")
done
middle() { printf '%s\n' "$@" | sort -g | sed -n "$(( ($# + 1) / 2 ))p"; }
target 'list page, 50 connections' "$(middle "${rates[@]}")" '>=' 8000 'req/s'
target 'list page, 99th percentile' "$(middle "${tails[@]}")" '<=' 20 ms
target "resident memory after $requests requests" "$(awk '/VmRSS/ { printf "%.1f", $2 / 1024 }' "/proc/$server/status")" '<=' 60 MB
target 'list page, gzip -9' "$(curl -fsS "$url" | gzip -9 | wc -c | awk '{ printf "%.1f", $1 / 1024 }')" '<=' 60 KB

# Searches as people type them, one client: words, two words, beginnings, mistyped words, nonsense.
{ cat "$work/report.lua"; cat <<'LUA'; } >"$work/search.lua"
local texts = {"privacy", "reward+learning", "rare+events", "priv", "pirvacy", "offline+reinforcment+learning", "the+of+a", "minimum+entropy", "zzzzzzzzz", "climate", "langauge+model", "robust"}
local next = 0
request = function()
  next = next % #texts + 1
  return wrk.format("GET", "/?q=" .. texts[next])
end
LUA
read -r _ _ _ slow _ < <(wrk -t1 -c1 -d3s -s "$work/search.lua" "$url" | grep RESULT)
target 'search over the listed papers, 95th percentile' "$slow" '<=' 5 ms
times=$("$(find "$build" -name page_search_bench -type f -perm -u+x)")
target 'search over 10,000 abstracts, 95th percentile' "$(jq .p95 <<<"$times")" '<=' 20 ms
target 'search over 10,000 abstracts, 99th percentile' "$(jq .p99 <<<"$times")" '<=' 50 ms

# All at once on a store with long runs: 300 viewers of a running run, uploads of 60 MB, comparisons of 20 runs, the run with the longest note; beside them
# eight readers of the list. The running run belongs to this script's own process, so that nobody calls it lost.
kill "$server"; wait "$server" 2>/dev/null || true
rm "$work/log"
owner="$$:$(sed 's/.*) //' /proc/$$/stat | cut -d' ' -f20)"
/usr/bin/python3 "$root/benchmarks/page_store.py" "$work/long" "$owner"
"$program" serve --listen 127.0.0.1:0 --data "$work/long" >"$work/log" &
server=$!
for _ in $(seq 600); do grep -qs http "$work/log" && break; sleep 0.1; done
url=$(grep -o 'http://[^ ]*' "$work/log")
cat >"$work/viewers.lua" <<'LUA'
request = function() return wrk.format("GET", "/api/v1/runs/21/events?after=2001") end
delay = function() return 500 end
LUA
awk 'BEGIN { print "y,x"; for (i = 0; i < 4600000; ++i) print "1,2.345678901" }' >"$work/large.csv"
chosen=$(seq -s '&run=' 1 20)
busy() { while [[ -e $work/on ]]; do "$@" >/dev/null 2>>"$work/busy" || true; done; }
touch "$work/on"
wrk -t1 -c300 -d14s -s "$work/viewers.lua" "$url" >"$work/viewers" &
busy curl -fsS -F verb=fit -F response=nothing -F "data=@$work/large.csv;filename=large.csv" "${url}api/v1/papers/presto/runs" &
busy curl -fsS "${url}compare?run=$chosen" &
busy curl -fsS "${url}runs/20" &
sleep 2
read -r _ _ _ tail < <(wrk -t1 -c8 -d10s -s "$work/report.lua" "$url" | awk '/RESULT/ { print $2, $3, $4, $5 }')
rm "$work/on"
target 'list under load, 99th percentile' "$tail" '<=' 20 ms
target 'greatest resident memory under load' "$(awk '/VmHWM/ { printf "%.1f", $2 / 1024 }' "/proc/$server/status")" '<=' 150 MB
wait $(jobs -p | grep -vx "$server") 2>/dev/null || true
compared=$(curl -fsS -o /dev/null -w '%{time_total}' "${url}compare?run=$chosen")
target 'comparison of 20 long runs' "$compared" '<=' 2 s
target 'viewers served' "$(awk '/requests in/ { print $1 }' "$work/viewers")" '>=' 4000 requests

# Searches that differ, and equal ones, eight clients.
{ cat "$work/report.lua"; cat <<'LUA'; } >"$work/equal.lua"
local next = 0
local texts = {"privacy", "reward+learning", "rare+events", "priv", "pirvacy"}
request = function() next = next % #texts + 1; return wrk.format("GET", "/?q=" .. texts[next]) end
LUA
read -r rate tail < <(wrk -t1 -c8 -d3s -s "$work/equal.lua" "$url" | awk '/RESULT/ { print $3, $5 }')
target 'equal searches' "$rate" '>=' 5000 'req/s'
target 'equal searches, 99th percentile' "$tail" '<=' 20 ms
read -r rate < <(wrk -t1 -c8 -d3s -s "$work/report.lua" "${url}api/v1/papers" | awk '/RESULT/ { print $3 }')
target '/api/v1/papers' "$rate" '>=' 2000 'req/s'

# wall COMMAND...: the middle of 21 wall times, in ms.
wall() {
  local walls=() start
  for _ in $(seq 21); do
    start=${EPOCHREALTIME/./}
    "$@" >/dev/null
    walls+=("$(( ${EPOCHREALTIME/./} - start ))")
  done
  jq -n "$(middle "${walls[@]}") / 1000"
}
target 'offprint list, wall' "$(wall "$program" list)" '<=' 50 ms
"$root/offprint" list >/dev/null
target './offprint list, second start, wall' "$(wall "$root/offprint" list)" '<=' 200 ms
exit $missed
