#!/usr/bin/env bash
# Runs the program as people do, with good and bad input: exit status, one clear line, no half files, and valid JSON.
set -u
program=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OFFPRINT_DATA=$work/data
cd "$work" || exit 1
failures=0
fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

good() { "$program" "$@" >out 2>err || fail "offprint $* gave $?: $(cat err)"; }
json() { good "$@"; jq -e . out >/dev/null || fail "offprint $* printed no JSON"; }
# bad STATUS WORDS COMMAND...: exits with STATUS, says WORDS on one line of standard error, leaves no file "output".
bad() {
  local status=$1 words=$2; shift 2
  "$program" "$@" >out 2>err; local got=$?
  [[ $got == "$status" ]] || fail "offprint $* gave $got, not $status: $(cat err)"
  grep -q -- "$words" err || fail "offprint $* did not say '$words': $(cat err)"
  [[ $(grep -c '^offprint: ' err) == 1 ]] || fail "offprint $* did not print one line: $(cat err)"
  compgen -G 'output*' >/dev/null && { fail "offprint $* left a file"; rm -f output*; }
}

json list --json
good list; good doctor; json doctor --json; good doctor --security; json doctor --security --json; good data list; json data list --json; good --help; good --version; good presto --help; good presto fit --help; good completion bash; good manual
bash -n <("$program" completion bash) || fail 'the completion is no bash'
json papers search rare events --json; [[ $(jq -r '.papers[0].slug' out) == presto ]] || fail 'the search did not find PRESTO'
json papers search proportoinal --json; [[ $(jq -r .corrected out) == proportional ]] || fail 'the search mended no typing mistake'
good papers search '" NEAR( -x* ' ; good papers search nothingofthekind; [[ ! -s out ]] || fail 'the search found what is not there'
bad 2 'words' papers search; bad 2 'subcommand' papers
bad 2 'did you mean presto' prseto
bad 2 'does not run yet' diffix-attack
bad 2 'has the verbs' presto fti
bad 2 'did you mean --response' presto fit x.csv --respnose y -o output
bad 2 '--data: is needed' presto fit --response y -o output
bad 3 'no such file' presto fit nothing.csv --response y -o output
: >empty.csv; bad 3 'is empty' presto fit empty.csv --response y -o output
printf 'y,x\n1,2\n2,3\n3\n' >ragged.csv; bad 3 'ragged.csv line 4' presto fit ragged.csv --response y -o output
printf 'y,x\n1,2\n2,nan\n3,1\n1,1\n2,2\n3,3\n' >nan.csv; bad 3 'nan.csv line 3 column x' presto fit nan.csv --response y -o output
printf 'y,x\n1,2\n2,4\n3,1\n1,1\n2,2\n3,3\n' >tiny.csv
bad 3 "has no column 'z'" presto fit tiny.csv --response z -o output
bad 3 "class '4' of --order never occurs" presto fit tiny.csv --response y --order 1,2,3,4 -o output
bad 3 "class '3' is not in --order" presto fit tiny.csv --response y --order 1,2 -o output
printf '\x93NUMPY\x01\x00\x10\x00half' >cut.npy; bad 3 'truncated' presto fit cut.npy --response x1 -o output
bad 2 '--folds' presto fit tiny.csv --response y --folds 1 -o output
bad 3 'is no PRESTO model' presto predict tiny.csv tiny.csv -o output
bad 1 'cannot be written' presto fit tiny.csv --response y -o "$work/no/such/folder"
bad 2 "'P99' is no claim of presto" presto reproduce --budget smoke --claims P1,P99
bad 2 '' runs show abc
bad 3 'ledger\|not committed' reproduce presto --record --ledger tiny.csv --budget smoke
bad 3 'did you mean data:fair' data get fiar
json continual-privacy convert --rho 0.5 --delta 1e-6 --json
good continual-privacy plan --horizon 100000 --dim 10 --epsilon 1 --delta 1e-6
{ echo x; for i in $(seq 900); do echo $((i % 2)); done; } >events.csv
good continual-privacy count --input events.csv --column x --horizon 1000 --rho 0.5 -o releases.csv --state state.json
counted=$("$program" runs list --json --limit 1 | jq '.runs[0].id')
[[ $(wc -l <releases.csv) == 901 ]] || fail 'releases.csv has a wrong number of lines'
head -n 51 events.csv >more.csv
good continual-privacy resume state.json --input more.csv -o more_releases.csv
bad 3 'was continued before' continual-privacy resume state.json --input more.csv -o output
bad 3 'has 900 rows, but only 800' continual-privacy count --input events.csv --column x --horizon 800 --rho 0.5 -o output
bad 3 "has no column 'y'" continual-privacy count --input events.csv --column y --horizon 1000 --rho 0.5 -o output
bad 3 'no such file' continual-privacy count --input nothing.csv --column x --horizon 1000 --rho 0.5 -o output
bad 3 'is empty' continual-privacy count --input empty.csv --column x --horizon 1000 --rho 0.5 -o output
bad 3 'nan.csv line 3 column x' continual-privacy count --input nan.csv --column x --low 0 --high 9 --horizon 1000 --rho 0.5 -o output
bad 3 'truncated' continual-privacy count --input cut.npy --horizon 1000 --rho 0.5 -o output
bad 2 '--rho' continual-privacy count --input events.csv --column x --horizon 1000 --rho -0.5 -o output
bad 2 '--horizon: is needed' continual-privacy count --input events.csv --column x --rho 0.5 -o output
bad 2 '--rho: give the budget' continual-privacy plan --horizon 1000
json runs list --json
if "$program" data list --json | jq -e '.data[] | select(.name == "fair") | .present' >/dev/null; then
  good presto fit data:fair --response rate_marriage --order 5,4,3,2,1 --seed 1 --lambdas 6 -o model.json
  good presto predict model.json data:fair -o probabilities.csv
  [[ $(wc -l <probabilities.csv) == 6367 ]] || fail 'probabilities.csv has a wrong number of lines'
  json presto compare data:fair --response rate_marriage --order 5,4,3,2,1 --splits 2 --lambdas 4 --test 0.1 --json
  json runs list --json --state done; fitted=$(jq '.runs[-1].id' out); other=$(jq '.runs[0].id' out)
  good runs show "$fitted"; json runs show "$fitted" --json; json runs compare "$fitted" "$other" --json; good runs export "$fitted" exported
  for words in "--data $OFFPRINT_DATA $fitted --to moved" "$fitted --to moved --data $OFFPRINT_DATA" "--data $OFFPRINT_DATA $fitted moved" "$fitted --data $OFFPRINT_DATA moved"; do
    rm -rf moved; good runs export $words; [[ -s moved/run.json ]] || fail "runs export $words wrote nothing"
  done
  [[ -s exported/run.json && -s exported/events.jsonl ]] || fail 'the export is not whole'
  if command -v gnuplot >/dev/null; then compgen -G 'exported/figures/*.svg' >/dev/null && grep -q '</svg>' exported/figures/*.svg || fail 'the export has no pictures'; fi
  bad 3 'is there already' runs export "$fitted" exported
  good runs rm "$fitted"; bad 3 'there is no such run' runs show "$fitted"
fi
# ends ID: waits until a run of the queue is done.
ends() {
  for _ in $(seq 100); do "$program" runs list --json >out; [[ $(jq -r ".runs[] | select(.id == $1) | .state" out) == done ]] && return; sleep 0.2; done
  fail "run $1 did not end well: $("$program" runs show "$1")"
}
id=$("$program" presto simulate --sims 2 --rows 300 --detach) || fail 'detach failed'
ends "$id"
again=$(cd / && "$program" runs again "$counted") || fail 'a run cannot be repeated'
ends "$again"
bad 3 'has ended already' runs cancel "$id"
bad 2 'can be reached by others' serve --listen 0.0.0.0:0
bad 2 '--listen' serve --listen nonsense
# Language models: n-grams, their tests, a transformer killed and resumed.
for i in $(seq 3000); do echo "$i the quick brown fox jumps over the lazy dog"; done >corpus.txt; head -c 3000 corpus.txt >essay.txt
good llm-provenance train corpus.txt --order 5 -o a.ngram; good llm-provenance train essay.txt --order 3 -o b.ngram
json llm-provenance score essay.txt --model a.ngram --model b.ngram --json; [[ $(jq '.tables.models | length' out) == 2 ]] || fail 'score did not take two models'
good llm-provenance generate a.ngram --prompts corpus.txt --texts 5 --tokens 100 -o texts.jsonl
good llm-provenance attribute texts.jsonl --models a.ngram b.ngram -o out.csv; [[ $(wc -l <out.csv) == 6 ]] || fail 'out.csv has a wrong number of lines'
bad 3 'is empty' llm-provenance train empty.csv --order 5 -o output
bad 3 'is no language model' llm-provenance score essay.txt --model essay.txt
head -c 500 a.ngram >half.ngram; bad 3 'half.ngram' llm-provenance attribute texts.jsonl --models half.ngram b.ngram -o output
small=(--layers 1 --width 32 --heads 2 --context 32 --batch 2)
good lm train corpus.txt "${small[@]}" --steps 300 -o whole.safetensors
"$program" lm train corpus.txt "${small[@]}" --steps 300 --checkpoint-every 20 -o cut.safetensors --no-record >/dev/null 2>&1 & training=$!
for _ in $(seq 600); do [[ -e cut.safetensors.checkpoint ]] && break; sleep 0.05; done
kill -9 $training; wait $training 2>/dev/null
[[ -e cut.safetensors.checkpoint && ! -e cut.safetensors ]] || fail 'the killed training left no checkpoint, or a model'
good lm train corpus.txt "${small[@]}" --steps 300 --resume -o cut.safetensors
cmp -s whole.safetensors cut.safetensors || fail 'the resumed training ended with other numbers'
json lm generate whole.safetensors --prompt "The " --tokens 20 --seed 1 --json; json lm perplexity whole.safetensors essay.txt --json
json llm-provenance score essay.txt --model whole.safetensors --json
printf '\x00\x10\xa5\xd4\xe8\x00\x00\x00{}' >huge.safetensors; bad 3 'huge.safetensors' lm generate huge.safetensors --prompt x
echo hi >hi.txt; bad 3 'has .* tokens' lm train hi.txt "${small[@]}" -o output
bad 2 '--prompt' lm generate whole.safetensors
# Losses: bounds, a network trained, killed, resumed and attacked.
json comp-sum-losses bound --tau 1 --n 10 --excess 0.05 --json; [[ $(jq '.tables.bound[0].excess_error * 1000 | floor' out) == 313 ]] || fail 'bound gave another number'
printf 'a,b,c\n1,2,0.5\n2,0,1\n0,0,3\n' >scores.csv; printf 'label\n1\n0\n2\n' >labels.csv; printf 'label\n1\n0\n3\n' >wrong.csv
json comp-sum-losses certify scores.csv --labels labels.csv --tau 1 --json
bad 3 'wrong.csv line 4 column label' comp-sum-losses certify scores.csv --labels wrong.csv
bad 2 '--tau' comp-sum-losses bound --tau -1
bad 3 'is no safetensors file' comp-sum-losses attack scores.csv
printf '\xff\xff\xff\xff\xff\x00\x00\x00{' >huge.safetensors; bad 3 'huge.safetensors' comp-sum-losses attack huge.safetensors
bad 3 'no such file' comp-sum-losses train --data nothing.npy -o output
printf '\x00\x00\x08\x03\x00\x00' >cut-images-idx3-ubyte; cp cut-images-idx3-ubyte cut-labels-idx1-ubyte; bad 3 'truncated' comp-sum-losses train --data cut-images-idx3-ubyte -o output
if "$program" data list --json | jq -e '.data[] | select(.name == "fashion_mnist") | .present' >/dev/null; then
  fashion=(--data data:fashion-mnist --images 2000 --epochs 25 --averaging 0.9 --keep-best)
  good comp-sum-losses train "${fashion[@]}" -o net.safetensors
  "$program" comp-sum-losses train "${fashion[@]}" -o killed.safetensors --no-record >/dev/null 2>&1 & training=$!
  for _ in $(seq 600); do [[ -e killed.safetensors.checkpoint ]] && break; sleep 0.05; done
  kill -9 $training; wait $training 2>/dev/null
  [[ -e killed.safetensors.checkpoint && ! -e killed.safetensors ]] || fail 'the killed training left no checkpoint, or a network'
  bad 3 'other options' comp-sum-losses train "${fashion[@]}" --learning-rate 0.5 --resume -o killed.safetensors
  good comp-sum-losses train "${fashion[@]}" --resume -o killed.safetensors
  cmp -s net.safetensors killed.safetensors || fail 'the resumed training ended with other numbers'
  json comp-sum-losses attack net.safetensors --data data:fashion-mnist --images 100 --attacks fgsm,pgd,apgd --epsilon 0.1 --json
  bad 2 'did you mean pgd' comp-sum-losses attack net.safetensors --attacks pdg
  bad 3 'is a table' comp-sum-losses train --data data:fair -o output
fi
(( failures == 0 )) && echo 'all commands behaved'
exit $((failures > 0))
