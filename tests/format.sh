#!/usr/bin/env bash
# Every source of ours is as clang-format leaves it.
cd "$1" || exit 1
find src tests examples -name '*.[ch]pp' -print0 | xargs -0 clang-format --dry-run --Werror
