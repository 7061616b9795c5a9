#!/usr/bin/env bash
# Plants every fault that crates/cli/tests/it/faults knows, one at a time, and says how many that were: each write of a
# run, of single trials, of a fit and of scored rows fails in three ways; each file of finished results, their report
# and a fitted model is cut off at nine places, has a bit flipped at nine places, and is removed; storage without locks
# or second names; a clock that goes back at each reading. CI tries a spread sample of the same.
#
#     scripts/faults.sh             # all: the better part of an hour on two cores
#     scripts/faults.sh at_rest     # those of the tests whose names contain this
set -euo pipefail
cd "$(dirname "$0")/.."

log=$(mktemp)
trap 'rm -f "$log"' EXIT
ODDBENCH_FAULTS=all cargo test --release -p oddbench-cli --test it "faults::${1:-}" 2>&1 | tee "$log"
echo
sed -n 's/^FAULTS //p' "$log" | sort
