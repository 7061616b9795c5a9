#!/usr/bin/env bash
# Stops what scripts/slurm-up.sh has started in that folder, jobs included, and removes the folder.
#
#   scripts/slurm-down.sh DIR
set -uo pipefail
dir=$(readlink -m "$1")
export SLURM_CONF=$dir/slurm.conf
timeout 10 scancel --user="$(id -un)" 2>/dev/null
sleep 0.5

# By the number in a file, if a process of that name still has it. A process that has ended and that nobody has
# asked for stays in the table, so that its state is looked at.
lives() { [ "$(cat "/proc/$1/comm" 2>/dev/null)" = "$2" ] && ! grep -q '^State:.Z' "/proc/$1/status"; }
stop() {
  local pid
  pid=$(cat "$1" 2>/dev/null) || return 0
  lives "$pid" "$2" || return 0
  kill "$pid"
  for _ in $(seq 50); do lives "$pid" "$2" || return 0; sleep 0.1; done
  kill -KILL "$pid"
}
stop "$dir/run/slurmd-a.pid" slurmd
stop "$dir/run/slurmd-b.pid" slurmd
stop "$dir/run/slurmctld.pid" slurmctld
stop "$dir/munge/pid" munged
rm -rf "$dir"
