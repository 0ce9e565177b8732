#!/usr/bin/env bash
# run.sh NODE CHROMIUM PROGRAM NPM_FOLDER TEST: one test of this folder; skipped, saying why, where a browser or the npm packages are missing.
set -u
[[ -x $1 ]] || { echo 'skipped: there is no node'; exit 77; }
[[ -x $2 ]] || { echo 'skipped: there is no chromium'; exit 77; }
[[ -d $4/node_modules/playwright-core ]] || { echo "skipped: playwright-core is not in $4"; exit 77; }
export CHROMIUM=$2 OFFPRINT NPM_FOLDER
OFFPRINT=$(realpath "$3") NPM_FOLDER=$(realpath "$4")
exec "$1" --test "$(dirname "${BASH_SOURCE[0]}")/$5"
