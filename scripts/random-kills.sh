#!/usr/bin/env bash
# Kills a run at random moments and runs it again: the table must be that of an undisturbed run, and nothing may
# be left lying about.
#
#     scripts/random-kills.sh            # 200 kills of experiments/quickstart.toml
#     scripts/random-kills.sh 20         # as CI does
#     scripts/random-kills.sh 20 7       # with the random numbers of seed 7
#
# Every third kill is of the parent, of a trial's process, and of all of them at once; each by SIGKILL. ODDBENCH
# names the program (default: target/release/oddbench), EXPERIMENT the file.
set -euo pipefail
cd "$(dirname "$0")/.."

kills=${1:-200}
RANDOM=${2:-1}
oddbench=${ODDBENCH:-${CARGO_TARGET_DIR:-target}/release/oddbench}
experiment=$(realpath "${EXPERIMENT:-experiments/quickstart.toml}")
[ -x "$oddbench" ] || { echo "random-kills: there is no program $oddbench; build it, or name it in ODDBENCH" >&2; exit 2; }
oddbench=$(realpath "$oddbench")
name=$(basename "$experiment" .toml)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

run() { "$oddbench" run "$experiment" --no-report --quiet; }
# The table without the seconds and the memory, which no two runs share.
table() { sed -E 's/,[^,]*,[^,]*,[^,]*,([^,]*,[^,]*)$/,\1/' "results/$name/summary.csv"; }
files() { (cd results && find . | sort); }
milliseconds() { date +%s%3N; }
# The processes of trials that this parent has started.
children() { pgrep -P "$1" || true; }

start=$(milliseconds)
run
took=$(($(milliseconds) - start))
table >expected-table
files >expected-files
rm -rf results

tried=0 in_time=0 wrong=0
while [ "$tried" -lt "$kills" ]; do
  # Not the function: the number must be that of the program, not of a shell around it.
  "$oddbench" run "$experiment" --no-report --quiet >/dev/null 2>&1 &
  parent=$!
  pause=$((RANDOM * took / 32768))
  sleep "$((pause / 1000)).$(printf %03d $((pause % 1000)))"
  case $((tried % 3)) in
  0) victims=$parent ;;
  1) victims=$(children "$parent" | head -1) ;;
  *) victims="$parent $(children "$parent" | tr '\n' ' ')" ;;
  esac
  # shellcheck disable=SC2086
  if [ -n "$victims" ] && kill -9 $victims 2>/dev/null; then in_time=$((in_time + 1)); fi
  wait "$parent" 2>/dev/null || true
  # A trial that lost its parent ends by itself, a moment later.
  if ! run >again.log 2>&1; then
    sleep 1
    run >again.log 2>&1 || { echo "kill $tried after $pause ms: the run after it failed" >&2; cat again.log >&2; }
  fi
  table >table 2>/dev/null || true
  files >found
  if ! cmp -s expected-table table || ! cmp -s expected-files found; then
    wrong=$((wrong + 1))
    echo "kill $tried after $pause ms leaves something else:" >&2
    diff expected-table table | cut -c 1-120 | head -5 >&2 || true
    diff expected-files found | head -5 >&2 || true
  fi
  rm -rf results
  tried=$((tried + 1))
done
echo "$tried kills, $in_time of them while something ran (an undisturbed run takes $took ms): $wrong left something else"
[ "$wrong" -eq 0 ]
