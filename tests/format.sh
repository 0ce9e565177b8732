#!/usr/bin/env bash
# Every source of ours is as clang-format leaves it, in lines of at most 120 columns; scripts inside tests are as they are.
cd "$1" || exit 1
find src tests examples -name '*.[ch]pp' -print0 | xargs -0 clang-format --dry-run --Werror || exit 1
find src tests examples -name '*.[ch]pp' ! -name '*_test.cpp' -print0 | LC_ALL=C.UTF-8 xargs -0 grep -nP '^.{121,}' && exit 1
exit 0
