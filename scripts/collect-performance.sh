#!/usr/bin/env bash
# Copies what a comparison of backends leaves into a folder that can be committed: its report without the
# figures of single models, the tables, the manifest, and the records of all trials without their scores.
#
#     scripts/collect-performance.sh results/backends reports/backends docs/performance/2026-11-21-machine
set -euo pipefail
if [ $# -ne 3 ]; then
  echo 'usage: scripts/collect-performance.sh RESULTS REPORT OUT' >&2
  exit 2
fi
results=$1 report=$2 out=$3

mkdir -p "$out/figures" "$out/records"
# The parts that say what was run, how it compares and how to repeat it.
awk '/^## / { keep = /^## (What was run|Backends|Failures|How to reproduce)/ } /^# / { keep = 1 } keep' \
  "$report/report.md" >"$out/report.md"
cp "$report/table.csv" "$out/table.csv"
cp "$report"/figures/backends-*.svg "$out/figures/"
cp "$results/manifest.json" "$out/manifest.json"
# The trials of this experiment alone: the folder may hold others of earlier runs.
for id in $(grep -o '"id": *"[^"]*"' "$results/manifest.json" | cut -d'"' -f4 | sort -u); do
  if [ -e "$results/trials/$id/record.json" ]; then
    cp "$results/trials/$id/record.json" "$out/records/$id.json"
  fi
done
du -sh "$out"
